"""`tagger train --seeds`: what is said of several seeds, and what is left when it ends early."""

import re
import signal
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console
from test_training_display import epoch, finished, started, step

import tagger.training  # noqa: F401
from tagger.commands.training_display import show_training
from tagger.commands.training_progress import Bar, Lines
from tagger.training.loop import Collapsed
from tagger.training.seeds import SeedDone, SeedsDone, SeedStarted
from tagger.training.seeds_place import SeedRecord

TINY = ("--units", "2", "--embedding-size", "2", "--epochs", "2", "--lm-weight", "0")
TWO = "Anna B-PER\nlives O\n\nOslo B-LOC\nsleeps O\n"
SEEDS = ("train", "train.conll", "--dev", "train.conll", "-o", "model", *TINY)
RECORDS = [
    SeedRecord(4, "finished", 0.50, 3),
    SeedRecord(5, "finished", 0.58, 12),
    SeedRecord(6, "failed", reason="epoch 1: it went wrong"),
    SeedRecord(7, "finished", 0.54, 1),
]


@pytest.fixture
def shown(capsys, monkeypatch):
    """What events print, on standard output."""
    monkeypatch.setattr(
        "tagger.commands.training_display.describe", lambda _: {"sentences": 0, "tokens": 0, "entities": {}}
    )

    def shown(*events):
        show_training(events)
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return shown


def names_in(directory):
    return {path.name for path in directory.iterdir()}


def test_a_table_tells_the_seeds_apart_and_how_far_they_are_apart(shown):
    out = shown(SeedsDone(RECORDS, RECORDS[1]), finished())
    # the mean of 50, 58 and 54 is 54, and the root of (16 + 16 + 0) / 2 is 4
    assert out.startswith(
        "\n  seed  dev F1   best epoch\n"
        "     4  0.5000            3\n"
        "     5  0.5800*          12\n"
        "     6  failed\n"
        "     7  0.5400            1\n"
        "\nmean 0.5400, standard deviation 0.0400, worst 0.5000, best 0.5800 (3 seeds)\n\nDev, after the best epoch"
    )


def test_a_seed_that_was_stopped_in_is_not_counted(shown):
    stopped = SeedRecord(5, "stopped", 0.75, 1)
    out = shown(SeedsDone([RECORDS[0], stopped], stopped), finished(resumable=True))
    assert "     5  0.7500*           1  not finished\n" in out
    assert "\nmean 0.5000, standard deviation -, worst 0.5000, best 0.5000 (1 seed)\n" in out
    assert "\nthe run is not finished; go on with the same command and --resume\n" in out
    assert "mean" not in shown(SeedsDone([stopped], stopped), finished(resumable=True))


def test_each_table_says_which_seed_it_is_of_and_the_data_is_told_once(shown):
    runs = [
        (SeedStarted(seed, number, 2), started(epochs=1), epoch(), SeedDone(RECORDS[0]))
        for number, seed in ((1, 4), (2, 5))
    ]
    out = shown(*runs[0], *runs[1])
    assert [line for line in out.splitlines() if line.startswith("seed")] == [
        "seed 1 of 2 (--seed 4)",
        "seed 2 of 2 (--seed 5)",
    ]
    assert out.count("epoch  tag loss") == 2
    assert out.count("train: 0 sentences") == out.count("parameters; *") == 1
    assert len(re.findall(r"^    1  ", out, re.MULTILINE)) == 2


def test_a_seed_that_was_done_before_and_one_that_fails_have_a_line(shown):
    out = shown(SeedDone(RECORDS[0], earlier=True), SeedDone(RECORDS[2]), SeedDone(RECORDS[1]))
    assert out.splitlines() == [
        "seed 4: dev F1 0.5000 after epoch 3, done before",
        "seed 6: failed, epoch 1: it went wrong",
    ]


def test_an_early_end_is_said_of_its_own_seed_once(shown):
    worse = [epoch(2, is_best=False), epoch(3, is_best=False)]
    one = started(epochs=9), epoch(), *worse, SeedDone(RECORDS[0])
    other = started(epochs=1), epoch(), SeedDone(RECORDS[1])
    out = shown(*one, *other, SeedsDone(RECORDS[:2], RECORDS[1]), finished())
    assert out.count("stopped: no better dev F1 for 2 epochs") == 1
    out = shown(*other, *one, SeedsDone(RECORDS[:2], RECORDS[1]), finished())
    assert out.count("stopped: no better dev F1 for 2 epochs") == 1


def test_a_collapse_is_said_and_no_other_end(shown):
    out = shown(started(epochs=9), epoch(), Collapsed(2), finished())
    assert "\nstopped in epoch 2: the loss is no longer a finite number\nthe best model so far is kept" in out
    assert out.count("stopped") == 1


@pytest.mark.parametrize(("f1s", "remarked"), [((0.8, 0.41), []), ((0.8, 0.39), [2]), ((0.8, 0.9, 0.44, 0.5), [3])])
def test_an_epoch_below_half_of_the_best_has_a_remark(shown, f1s, remarked):
    epochs = [epoch(number, f1) for number, f1 in enumerate(f1s, 1)]
    for events in ([started(epochs=9), *epochs], [started(*epochs, epochs=9)]):
        out = shown(*events)
        found = re.findall(r"^       epoch (\d): dev F1 is less than half of the best, (\d.\d{4})$", out, re.MULTILINE)
        assert found == [(str(number), f"{max(f1s[: number - 1]):.4f}") for number in remarked]


def test_every_line_of_ours_fits_a_terminal_of_eighty_columns(shown):
    fallen = epoch(2, 0.01, is_best=False)
    events = SeedStarted(100_000, 100, 100), started(epochs=9), epoch(), fallen, Collapsed(3)
    records = [replace(record, seed=record.seed + 100_000) for record in RECORDS] * 30
    out = shown(*events, SeedDone(RECORDS[0], earlier=True), SeedsDone(records, records[0]))
    assert max(map(len, out.splitlines())) <= 80


def test_lines_and_the_bar_say_which_seed(capsys, monkeypatch):
    with Lines(lambda: 0.0) as lines:
        lines.see(SeedStarted(5, 2, 3))
        lines.see(started())
        assert lines._line(step()).startswith("seed 2/3 epoch 1/3, 25% read")
        lines.see(epoch(1, 0.75))
    console = Console(width=150, force_terminal=True, stderr=True)
    with Bar(console) as bar:
        for event in (SeedStarted(4, 1, 3), started(), epoch(1, 0.75), SeedStarted(5, 2, 3), started(), step()):
            bar.see(event)
        bar._progress.refresh()
        err = capsys.readouterr().err
    last = err.split("seed 2/3 epoch 1/3")[-1]
    assert "loss 0.5000" in last
    assert "0.7500" not in last  # the best of another seed


@pytest.fixture
def trained(run, write):
    """Trains a tiny network; the epochs are few, as it is the files that matter."""
    write("train.conll", TWO)
    return lambda *arguments: run(*SEEDS, *arguments)


@pytest.mark.slow
def test_the_run_file_of_the_best_repeats_it(trained, run, tmp_path):
    ran = trained("--seeds", "2", "--seed", "7")
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^mean 0\.\d{4}, standard deviation 0\.\d{4}, .* \(2 seeds\)$", ran.out, re.MULTILINE)
    assert names_in(tmp_path) == {"train.conll", "model"}
    model = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    assert b"seeds" not in model["run.toml"]
    again = run("train", "--config", "model/run.toml")
    assert "of 2" not in again.out
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == model


@pytest.mark.slow
def test_a_file_of_options_may_ask_for_seeds(trained, write):
    write("run.toml", "seeds = 2\n")
    assert "(2 seeds)" in trained("--config", "run.toml").out
    assert "seeds)" not in trained("--config", "run.toml", "--seeds", "1").out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--seeds", "0"), "--seeds: 0 is less than 1"),
        (("--seeds", "1001"), "--seeds: 1001 is more than 1000"),
    ],
)
def test_an_impossible_count_is_one_line(refuses, write, arguments, text):
    write("train.conll", TWO)
    refuses(text, *SEEDS, *arguments)


def test_without_dev_several_seeds_are_refused(refuses, write):
    write("train.conll", TWO)
    refuses("--seeds 2: each seed would hold out another tenth", "train", "train.conll", "-o", "model", "--seeds", "2")


@pytest.fixture
def ended_in(start, write):
    """Send a signal to runs of two seeds once they show that the second has begun; what they have printed."""
    write("train.conll", TWO)

    def ended_in(end, *arguments):
        process, lines = start(*SEEDS, "--seeds", "2", *arguments), [""]
        while not lines[-1].startswith("seed 2 of 2"):
            lines.append(process.stdout.readline().decode())
            assert lines[-1], process.communicate()
        process.send_signal(end)
        out, err = (stream.decode() for stream in process.communicate())
        assert "Traceback" not in out + err
        return SimpleNamespace(code=process.returncode, out="".join(lines) + out, err=err)

    return ended_in


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_goes_on_with_the_seeds_that_are_left(ended_in, trained, tmp_path, end):
    assert trained("--seeds", "2").code == 0
    model = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    ended = ended_in(end)
    if end == signal.SIGTERM:
        assert ended.err.endswith("tagger: interrupted; the same command with --resume goes on\n")
    assert names_in(tmp_path) == {"train.conll", "model", "model.seeds"}
    refused = trained("--seeds", "2")
    assert (refused.code, "go on with --resume" in refused.err) == (2, True)
    ran = trained("--seeds", "2", "--resume")
    assert ran.code == 0
    assert "seed 1: dev F1 " in ran.out
    assert ", done before\n" in ran.out
    assert "seed 1 of 2" not in ran.out
    assert names_in(tmp_path) == {"train.conll", "model"}
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == model


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_of_all(ended_in, trained, tmp_path):
    ended = ended_in(signal.SIGINT)
    assert ended.code == 0
    assert "the run is not finished; go on with the same command and --resume" in ended.out
    assert names_in(tmp_path) == {"train.conll", "model", "model.seeds"}
    assert trained("--seeds", "2", "--resume").code == 0
    assert names_in(tmp_path) == {"train.conll", "model"}
