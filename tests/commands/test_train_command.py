"""`tagger train`: a labelled file in, a model directory and a report out."""

import errno
import json
import re
import signal
import stat
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tagger import Tagger, __version__
from tagger.commands.training_display import show_training
from tagger.config import ColumnFormat, Config, TrainingConfig, WordConfig
from tagger.evaluation.scores import Report, Score, Scores
from tagger.features.vocabulary import build_vocabulary

TINY = ("--units", "2", "--embedding-size", "2", "--epochs", "1", "--lm-weight", "0")
TWO = "Anna B-PER\nlives O\n\nOslo B-LOC\nsleeps O\n"
EPOCH = re.compile(
    r" +(\d+)  +\d+\.\d{4}  +(?:\d+\.\d{3}|-)  +(\d+\.\d|-)  (\d\.\d{3})  (\d\.\d{3})  (\d\.\d{4})(\*)? .*$"
)


def epochs_in(out):
    """The table's rows: epoch, perplexity, P, R, F1, whether it is the best so far."""
    return [row.groups() for row in map(EPOCH.match, out.splitlines()) if row]


def test_every_epoch_is_a_line_of_the_table(trained):
    rows = epochs_in(trained.out)
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert 10 < len(rows) <= 25
    scores = [float(row[4]) for row in rows]
    before = [max(scores[:place], default=0.0) for place in range(len(scores))]
    best = [score > highest or not highest for score, highest in zip(scores, before, strict=True)]
    assert [row[5] is not None for row in rows] == best
    history = json.loads((trained.model / "model.json").read_text())["history"]
    assert [(float(row[1]), float(row[4])) for row in rows] == [
        (round(epoch["perplexity"], 1), round(epoch["dev"]["f1"], 4)) for epoch in history
    ]


def test_the_report_at_the_end_is_that_of_evaluate(run, trained):
    rows = epochs_in(trained.out)
    best = max(int(row[0]) for row in rows if row[5])
    report = run("evaluate", trained.model, trained.train).out
    assert trained.out.endswith(f"\nDev, after the best epoch ({best}):\n\n{report}\nThe model is in {trained.model}\n")


def test_it_says_what_it_learns_from(trained):
    model = json.loads((trained.model / "model.json").read_text())
    train = model["data"]["train"]
    counts = f"{train['sentences']} sentences, {train['tokens']} tokens, {sum(train['entities'].values())} entities"
    first, second, third = trained.out.splitlines()[:3]
    assert (first, second) == (f"train: {counts}", f"dev: {counts}")
    words = len((trained.model / "words.txt").read_text().splitlines())
    assert third.startswith(f"scheme IOB2; {words} words; ")


def test_the_model_remembers_the_options_it_was_made_with(trained):
    model = json.loads((trained.model / "model.json").read_text())
    config = model["config"]
    assert model["tagger_version"] == __version__
    assert (config["encoder"]["units"], config["words"]["embedding_size"]) == (16, 16)
    assert (config["training"]["schedule"], config["training"]["learning_rate"]) == ("constant", 0.05)
    assert config["language_model"]["lm_softmax"] == "full"
    assert config["encoder"]["state_dropout"] == 0.0


def test_all_files_of_a_model_may_be_read_by_the_same_people(trained):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in trained.model.iterdir()}
    assert len(modes) == 1


def test_nothing_but_the_model_is_left(trained):
    assert {path.name for path in trained.model.parent.iterdir()} == {"model", "train.conll"}


def test_the_model_tags_from_python(trained):
    assert [len(sentence.tags) for sentence in Tagger.load(trained.model).tag([["Anna", "sleeps"], []])] == [2, 0]


@pytest.fixture
def events(write):
    """What a run of two epochs without a dev file reports, made by hand."""
    from tagger.training.data import load_data
    from tagger.training.loop import EpochDone, Position, Progress, StepDone
    from tagger.training.plan import Plan
    from tagger.training.run import Finished, Started

    data = load_data(write("train.conll", TWO), None, ColumnFormat(), seed=1)
    config = Config(training=TrainingConfig(epochs=2))
    score = Score(0.5, 0.25, 1 / 3, 8)
    report = Report(score, {"PER": score})
    epoch = {"tag_loss": 0.125, "lm_loss": 6.5, "dev": score, "seconds": 123.4, "train_seconds": 2.0, "tokens": 250_000}
    plan = Plan(config, data, build_vocabulary(data.train, WordConfig()), (), None)
    step = {"tokens": 2, "all_tokens": 4, "tag_loss": 0.5, "lm_loss": 7.5, "rate": 0.01}
    return [
        Started(plan, 1_234_567, pretrained=0, progress=Progress()),
        StepDone(epoch=1, number=0, position=Position(1, 1, seconds=0.5), **step),
        EpochDone(epoch=1, perplexity=1234.56, is_best=True, **epoch),
        StepDone(epoch=2, number=2, position=Position(2, 1, seconds=0.5), **step),
        EpochDone(epoch=2, perplexity=None, is_best=False, **epoch),
        Finished(write("model", "").with_name("model"), 1, Scores(report, report, report)),
    ]


def test_without_a_dev_file_it_says_that_a_tenth_is_held_out(events, capsys):
    show_training(events)
    first, second, third, *_ = capsys.readouterr().out.splitlines()
    assert first == "train: 1 sentences, 2 tokens, 1 entities"
    assert second == "dev: 1 sentences, 2 tokens, 1 entities (no --dev: a tenth of train, held out)"
    assert third.endswith("; 1,234,567 parameters; * is the best epoch so far")


def test_numbers_stand_below_their_headings(events, capsys):
    show_training(events)
    out, err = capsys.readouterr()
    assert err == ""
    heading, first, second = out.split("\n\n")[1].splitlines()
    assert len(heading) == len(first) == len(second)
    names, values = re.split("  +", heading), first.replace("*", " ").split()
    assert dict(zip(names, values, strict=True)) == {
        "epoch": "1",
        "tag loss": "0.1250",
        "lm loss": "6.500",
        "perplexity": "1234.6",
        "dev P": "0.500",
        "dev R": "0.250",
        "dev F1": "0.3333",
        "seconds": "123.4",
        "tokens/s": "125,000",
    }
    assert second.split()[3] == "-"


def test_a_terminal_sees_the_bar_on_standard_error_alone(events, capsys, monkeypatch):
    show_training(events)
    table = capsys.readouterr().out
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    show_training(events)
    out, err = capsys.readouterr()
    assert out == table
    assert re.search(r"epoch \d/\d .* loss \d\.\d{4}  [\d,]+ tokens/s", err)


def test_a_run_that_goes_on_shows_the_epochs_before(events, capsys):
    from tagger.training.loop import Position, Progress

    show_training(events)
    whole = epochs_in(capsys.readouterr().out)
    started, _, first, *rest = events
    show_training([replace(started, progress=Progress(Position(2, 3), (first,))), *rest])
    out = capsys.readouterr().out
    assert "\ngoing on in epoch 2, after 3 of its steps\n" in out
    assert epochs_in(out) == whole


@pytest.mark.parametrize("resumable", [False, True])
def test_a_run_that_was_asked_to_stop_says_how_it_goes_on(events, capsys, resumable):
    *others, _, finished = events
    show_training([*others, replace(finished, resumable=resumable)])
    out = capsys.readouterr().out
    assert ("\nthe run is not finished; go on with the same command and --resume\n" in out) is resumable
    assert "stopped: no better" not in out


def test_every_line_fits_a_terminal_of_eighty_columns(events, capsys):
    show_training(events)
    *lines, model = capsys.readouterr().out.splitlines()
    assert model.startswith("The model is in ")  # a path may be of any length
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ("", [], "train.conll:1: found no sentence"),
        (" \n\t\n", [], "train.conll:1: found no sentence"),
        ("Anna\nlives\n", [], "train.conll:1: expected at least 2 columns, found 1: 'Anna'"),
        (TWO, ["--tag-column", "3"], "train.conll:1: expected a tag in column 3, found 2 columns: 'Anna B-PER'"),
        (TWO, ["--word-column", "3"], "train.conll:1: expected a word in column 3, found 2 columns: 'Anna B-PER'"),
        (TWO + "x Y-PER\n", [], "train.conll:6: unknown form of tag 'Y-PER'"),
        (TWO + "x BPER\n", [], "train.conll:6: unknown form of tag 'BPER'"),
        (TWO + "x S-PER\n", ["--scheme", "IOB1"], "train.conll:6: tag 'S-PER' is not of scheme IOB1"),
        (b"Anna B-PER\n\nM\xfcnchen B-LOC\n", [], "train.conll:3: byte 0xfc at position 2 is not UTF-8"),
        ("Anna O\n\nOslo O\n", [], "train.conll:1: found no entity, every tag is O"),
        ("Anna B-PER\n", [], "train.conll:1: found entities in too few sentences to hold a tenth out"),
        (TWO, ["--dev", "nosuch.conll"], "nosuch.conll: no such file"),
        (TWO, ["--dev", "words.conll"], "words.conll:1: expected at least 2 columns, found 1: 'Anna'"),
        (TWO, ["--vectors", "nosuch.txt"], "nosuch.txt: no such file"),
        (TWO, ["--vectors", "vectors.txt", "--embedding-size", "3"], "vectors.txt:1: expected a vector of 3 numbers"),
        (TWO, ["--vectors", "broken.txt"], "broken.txt:2: expected a vector of 2 numbers, found 1"),
        (TWO, ["--output", "train.conll"], "train.conll: not only a model stands there"),
        (TWO, ["--output", "full"], "full: not only a model stands there"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_left(refuses, write, content, options, text):
    write("train.conll", content)
    write("words.conll", "Anna\n")
    write("vectors.txt", "anna 0.1 0.2\n")
    write("broken.txt", "anna 0.1 0.2\noslo 0.3\n").with_name("full").mkdir()
    write("full/thesis.txt", "precious")
    refuses(text, "train", "train.conll", "-o", "model", *options)


@pytest.mark.parametrize(
    ("name", "text"), [("nosuch", "nosuch: no such file"), (".", "cannot be read: Is a directory")]
)
def test_a_file_that_cannot_be_opened_is_one_line(refuses, name, text):
    refuses(text, "train", name, "-o", "model")


def test_a_place_that_cannot_be_written_is_known_before_anything_is_learned(refuses, write):
    write("train.conll", TWO)
    refuses("cannot be written", "train", "train.conll", "-o", "train.conll/model", *TINY)


@pytest.mark.parametrize("missing", ["tensorflow", "onnx", "seqeval"])
def test_without_the_train_extra_it_says_how_to_install_it(refuses, write, monkeypatch, missing):
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == missing else object())
    write("train.conll", TWO)
    text = f"`tagger train` needs {missing}; in the checkout: pip install '.[train]'"
    refuses(text, "train", "train.conll", "-o", "model")


@pytest.mark.slow
def test_a_tenth_serves_where_no_dev_file_is_named(run, trained, tmp_path):
    ran = run("train", trained.train, "-o", "model", *TINY)
    assert (ran.code, ran.err) == (0, "")
    assert "dev: 1 sentences, " in ran.out
    assert "(no --dev: a tenth of train, held out)\n" in ran.out
    assert "held out of train" in run("show", "model").out
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_model_is_replaced_only_by_a_whole_one(run, write, tmp_path, monkeypatch):
    def full_disk(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def manifest():
        return (tmp_path / "model" / "model.json").read_bytes()

    write("train.conll", TWO)
    command = ("train", "train.conll", "-o", "model", *TINY)
    assert run(*command).code == 0
    old = manifest()
    with monkeypatch.context() as patch:
        patch.setattr("tagger.training.store.write_manifest", full_disk)
        broken = run(*command, "--seed", "2")
    place = tmp_path / "model.unfinished" / "model"
    text = "No space left on device; make room, then go on with --resume"
    assert (broken.code, broken.err) == (2, f"tagger: {place}: cannot be written: {text}\n")
    assert manifest() == old
    assert run(*command, "--seed", "2", "--resume").code == 0
    new = manifest()
    assert new != old
    assert {path.name for path in tmp_path.iterdir()} == {"model", "train.conll"}
    assert run(*command, "--seed", "2").code == 0
    assert manifest() == new


@pytest.mark.slow
def test_files_that_are_not_the_models_are_never_removed(run, write, tmp_path):
    write("train.conll", TWO)
    (tmp_path / "work").mkdir()
    write("work/model.json", "{}")
    write("work/thesis.txt", "precious")
    run("train", "train.conll", "-o", "work", *TINY)
    assert (tmp_path / "work" / "thesis.txt").read_text() == "precious"


def test_the_folder_that_one_stands_in_is_refused(refuses, write):
    write("train.conll", TWO)
    refuses(".: the current directory cannot be replaced", "train", "train.conll", "-o", ".", *TINY)


POLITE = "\nEnding the epoch; Ctrl-C again stops at once.\n"
INTERRUPTED = "tagger: interrupted; the same command with --resume goes on\n"
ENDLESS = ("train", "train.conll", "-o", "model", *TINY, "--epochs", "1000000", "--patience", "1000000")


@pytest.fixture
def ended_in(start, write):
    """Send a signal to an endless run once it has shown an epoch; what it has printed by then and after."""
    write("train.conll", TWO)

    def ended_in(end, epoch, *arguments):
        process, lines = start(*ENDLESS, *arguments), [""]
        while not lines[-1].startswith(f"{epoch:5}  "):
            lines.append(process.stdout.readline().decode())
            assert lines[-1], process.communicate()
        process.send_signal(end)
        out, err = (stream.decode() for stream in process.communicate())
        assert "Traceback" not in out + err
        return SimpleNamespace(code=process.returncode, out="".join(lines) + out, err=err)

    return ended_in


def names_in(directory):
    return {path.name for path in directory.iterdir()}


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_model_and_a_run_that_can_go_on(ended_in, tmp_path):
    def history():
        return [json.loads(line) for line in (tmp_path / "model" / "history.jsonl").read_text().splitlines()]

    first = ended_in(signal.SIGINT, 1)
    assert (first.code, POLITE in first.err) == (0, True)
    assert "\nthe run is not finished; go on with the same command and --resume\n" in first.out
    assert names_in(tmp_path) == {"train.conll", "model", "model.unfinished"}
    assert len(Tagger.load(tmp_path / "model").tag([["Anna", "sleeps"]])[0].tags) == 2
    begun = history()
    assert [row["epoch"] for row in begun] == [int(row[0]) for row in epochs_in(first.out)]

    second = ended_in(signal.SIGINT, len(begun) + 1, "--resume")
    assert second.code == 0
    assert epochs_in(second.out)[: len(begun)] == epochs_in(first.out)
    assert history()[: len(begun)] == begun
    assert len(history()) > len(begun)


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_no_model_and_can_go_on(ended_in, tmp_path, end):
    ended = ended_in(end, 1)
    assert (ended.code, ended.err.endswith(INTERRUPTED)) == (128 + end, True)
    assert names_in(tmp_path) == {"train.conll", "model.unfinished"}
    shown = epochs_in(ended.out)
    assert shown
    again = ended_in(signal.SIGINT, len(shown) + 1, "--resume")
    assert again.code == 0
    assert epochs_in(again.out)[: len(shown)] == shown
    assert "model" in names_in(tmp_path)


@pytest.fixture
def interrupts_in_step(monkeypatch):
    """Have a run get SIGINT so many times in one of its steps, the first being 1."""
    from tagger.training.learner import Learner

    steps, step_of = [], Learner.step

    def interrupts_in_step(number, times):
        def step(*arguments):
            steps.append(1)
            for _ in range(times if len(steps) == number else 0):
                signal.raise_signal(signal.SIGINT)
            return step_of(*arguments)

        monkeypatch.setattr(Learner, "step", step)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield interrupts_in_step
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "said", "left"), [(1, "", {"train.conll"}), (3, INTERRUPTED, {"train.conll", "model.unfinished"})]
)
def test_the_second_ctrl_c_stops_at_once(run, write, tmp_path, interrupts_in_step, step, said, left):
    write("train.conll", TWO)
    interrupts_in_step(step, times=2)
    ran = run(*ENDLESS)
    assert (ran.code, ran.err) == (130, POLITE + said)
    assert len(epochs_in(ran.out)) == step - 1
    assert names_in(tmp_path) == left


def test_a_learning_rate_beyond_reason_is_refused(refuses, write):
    write("train.conll", TWO)
    refuses("--learning-rate: 1e+39 is more than 100", "train", "train.conll", "-o", "model", "--learning-rate", "1e39")
