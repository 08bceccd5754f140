"""`tagger pretrain`: text in, a language model's directory and a table out."""

import json
import os
import re
import signal
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from tagger.commands.app import app
from tagger.commands.pretraining_display import show_pretraining
from tagger.config import (
    CharacterConfig,
    ColumnFormat,
    EncoderConfig,
    LanguageConfig,
    LanguageModelConfig,
    PretrainingConfig,
    RunConfig,
    TextFormat,
    TokenFormat,
    TrainingConfig,
    WordConfig,
)
from tagger.inference.manifest import TAGGER, write_manifest_values
from tagger.presets import PRETRAINING

ALL = (
    *(PretrainingConfig, TextFormat, TokenFormat, ColumnFormat, WordConfig, CharacterConfig, EncoderConfig),
    *(LanguageModelConfig, TrainingConfig, RunConfig),
)
OF_TAGS = {"tag_column", "scheme", "lm_weight", "patience"}
OF_DOCUMENTS = {"documents", "id_field", "processes"}
OF_UNLABELLED = {"unlabelled_batch", "unlabelled_weight", "unlabelled_count", "unlabelled_words"}
OF_TRAIN = {"share_layers", "precision", "sort_pool", "tensorboard"}
NO_EFFECT = OF_TAGS | OF_DOCUMENTS | OF_UNLABELLED | OF_TRAIN
TEXT = "The river rises in Linz.\nAnna swims.\nThe river falls in Linz again.\nStorms come and go.\n\n" * 10
TINY = ("--units", "2", "--embedding-size", "2", "--characters", "none", "--least-count", "1", "--batch-size", "8")
ENDLESS = ("pretrain", "text.txt", "-o", "model", *TINY, "--epochs", "1000000", "--checkpoint-minutes", "1e-9")


def asked(*arguments):
    """What `tagger pretrain` asks of training, which does not take place."""
    requests = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tagger.training.pretraining.run.pretrain", lambda request, stopping: requests.append(request))
        patch.setattr("tagger.commands.pretraining_display.show_pretraining", lambda events: None)
        result = CliRunner().invoke(app, ["pretrain", *map(str, arguments)])
    assert (result.exit_code, result.output) == (0, "")
    return requests[0]


@pytest.fixture
def text(write):
    return write("text.txt", TEXT)


def rows_of(config):
    return {item.name: getattr(section, item.name) for section in sections_of(config) for item in fields(section)}


def sections_of(config):
    return [getattr(config, item.name) for item in fields(config)]


def test_without_options_it_has_the_defaults_and_those_of_its_own(text):
    found, plain = rows_of(asked(text, "-o", "model").config), rows_of(LanguageConfig())
    assert found == plain | dict(PRETRAINING)
    assert all(plain[name] != value for name, value in PRETRAINING.items())


def test_pretraining_defaults_cannot_be_changed_and_may_be_given_anew(text):
    with pytest.raises(TypeError):
        PRETRAINING["epochs"] = 2
    found = rows_of(asked(text, "-o", "model", "--epochs", "20", "--input-dropout", "0.5", "--window", "7").config)
    assert found == rows_of(LanguageConfig()) | dict(PRETRAINING) | {"epochs": 20, "input_dropout": 0.5, "window": 7}


def test_what_is_asked_for_reaches_the_run(text, write):
    dev, vectors = write("dev.txt", "a b\n"), write("vectors.txt", "a 1\n")
    request = asked(text, "-o", "model", "--dev", dev, "--vectors", vectors, "--tokenized", "--resume", "--errors",
                    "replace", "--checkpoint-minutes", "3")  # fmt: skip
    assert [source.path for source in request.text.sources] == [text]
    assert [source.path for source in request.dev.sources] == [dev]
    assert (request.vectors, request.output, request.checkpoint_minutes) == (vectors, Path("model"), 3.0)
    assert (request.resume, request.restart) == (True, False)
    assert all(raw.tokenized and raw.text.errors == "replace" for raw in (request.text, request.dev))


def test_help_shows_every_option_that_has_an_effect_with_its_default(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    ran = run("pretrain", "--help")
    assert (ran.code, ran.err) == (0, "")
    for item in (item for config in ALL for item in fields(config)):
        flag = "--" + item.name.replace("_", "-")
        rows = [row for row in ran.out.splitlines() if re.search(rf"│\s+{flag}\s", row)]
        if item.name in NO_EFFECT:
            assert not rows, flag
            continue
        assert len(rows) == 1, flag
        shown = re.search(r"\[default: (.*)\] +│$", rows[0])
        default = PRETRAINING.get(item.name, item.default)
        if isinstance(default, bool):
            default = flag[2:] if default else f"no-{flag[2:]}"
        assert (shown and shown.group(1)) == (None if default is None else str(default)), flag


def test_help_says_what_a_stream_is(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    words = " ".join(re.sub("[│╭╮╰╯─]", " ", run("pretrain", "--help").out).split())
    assert "the text is parted into --batch-size streams that are read side by side, --window after --window" in words


def test_help_speaks_of_passes_over_the_text_and_of_streams(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    found = run("pretrain", "--help").out
    assert "epoch" not in re.sub("--epochs", "", found)
    assert all("passes" in row.lower() for row in found.splitlines() if re.search(r"--(epochs|schedule) ", row))
    assert all("streams" in row for row in found.splitlines() if re.search(r"│ +--batch-size ", row))


MEASURES = [(0.5, 2000, 6.5, 1234.5678, True, 40_000, 20.0), (1.0, 4000, 5.25, 321.0, True, 40_000, 16.0),
            (2.0, 8000, 4.125, 400.0, False, 80_000, 0.0)]  # fmt: skip


def script(unit="word", *, resumable=False, total=0, history=0):
    """A run as its events tell it."""
    from tagger.training.pretraining.loop import Measured, Place, Stepped
    from tagger.training.pretraining.run import PretrainingFinished, PretrainingStarted

    prepared = SimpleNamespace(
        config=LanguageConfig(pretraining=PretrainingConfig(unit=unit)),
        units=1_234_567,
        sentences=4321 if unit == "word" else 0,
        vocabulary=SimpleNamespace(train_rows=1504),
        network=SimpleNamespace(head=SimpleNamespace(classes=1503)),
        parameters=98_765,
        pretrained=700 if unit == "word" else 0,
    )
    measures = [Measured(*row, all_seconds=row[-1] + 1.5) for row in MEASURES]
    place = Place(1, 1, total + 1, words=100, loss=325.0, seconds=0.5)
    return [
        PretrainingStarted(prepared, Place(total=total), tuple(measures[:history])),
        Stepped(place, 0.25, 0.01),
        *measures[history:],
        PretrainingFinished(Path("model"), 321.0, resumable),
    ]


EXPECTED = {
    "word": """\
text: 1,234,567 words, 4,321 sentences
1,504 rows, 1,503 classes, 700 vectors; 98,765 parameters; * is the best so far

 passes     steps     loss  perplexity   seconds     words/s
   0.50     2,000   6.5000    1234.57*      21.5       2,000
   1.00     4,000   5.2500     321.00*      17.5       2,500
   2.00     8,000   4.1250     400.00        1.5           0

perplexity 321.00
The model is in model
""",
    "character": """\
text: 1,234,567 characters
1,504 rows, 1,503 classes; 98,765 parameters; * is the best so far

 passes     steps     loss  perplexity   seconds  characters/s
   0.50     2,000   6.5000    1234.57*      21.5         2,000
   1.00     4,000   5.2500     321.00*      17.5         2,500
   2.00     8,000   4.1250     400.00        1.5             0

perplexity 321.00 (8.326 bits per character)
The model is in model
""",
}


@pytest.mark.parametrize("unit", EXPECTED)
def test_the_table_stands_in_line_and_says_what_was_measured(capsys, unit):
    """2 ** 8.326 is 321; piped, nothing but the table is printed."""
    show_pretraining(script(unit))
    out, err = capsys.readouterr()
    assert out == EXPECTED[unit]
    assert err == ""


def test_a_terminal_sees_the_bar_on_standard_error_alone(capsys, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    show_pretraining(script())
    out, err = capsys.readouterr()
    assert out == EXPECTED["word"]
    assert re.search(r"loss 3\.250  200 words/s", err)


def test_a_pipe_has_a_line_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr("tagger.commands.pretraining_display._SECONDS", 0.0)
    show_pretraining(script())
    assert capsys.readouterr().err == "25% done, loss 3.250  200 words/s\n"


def test_a_run_that_goes_on_shows_what_was_measured_before(capsys):
    show_pretraining(script(total=2345, history=2))
    found = capsys.readouterr().out.splitlines()
    expected = EXPECTED["word"].splitlines()
    assert found == [*expected[:2], "going on after 2,345 steps", *expected[2:]]


def test_a_run_that_was_asked_to_stop_says_how_it_goes_on(capsys):
    show_pretraining(script(resumable=True))
    out = capsys.readouterr().out
    assert "\nthe run is not finished; go on with the same command and --resume\nThe model is in model\n" in out


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ("", [], "text.txt: found no sentence"),
        ("", ["--stream"], "text.txt: found no text to learn from"),
        ("one sentence\n", [], "text.txt: found one sentence, expected at least two, as one is held out"),
        ("ab", ["--unit", "character"], "text.txt: found 2 characters, too few to learn from and to hold some out"),
        (b"good\nbad \xff\n", [], "text.txt:2: "),
        (TEXT, ["--dev", "nosuch.txt"], "nosuch.txt: no such file"),
        (TEXT, ["--vectors", "nosuch.txt"], "nosuch.txt: no such file"),
        (TEXT, ["--vectors", "text.txt", "--unit", "character"], "--vectors: are of words; leave them out"),
        (TEXT, ["--output", "full"], "full: not only a language model stands there"),
        (TEXT, ["--output", "text.txt"], "text.txt: not only a language model stands there"),
        (TEXT, ["--output", "."], ".: the current directory cannot be replaced"),
        (TEXT, ["--resume", "--restart"], "--resume and --restart: one goes on with a run, the other drops it"),
        (TEXT, ["--window", "1"], "--window: 1 is less than 2"),
        (TEXT, ["--least-count", "0"], "--least-count: 0 is less than 1"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_left(refuses, write, content, options, text):
    write("text.txt", content).with_name("full").mkdir()
    write("full/thesis.txt", "precious")
    refuses(text, "pretrain", "text.txt", "-o", "model", *TINY, *options)


def test_a_tagger_is_no_language_model_to_be_replaced(refuses, text, tmp_path):
    (tmp_path / "model").mkdir()
    write_manifest_values(tmp_path / "model", TAGGER, {"format_version": 1}, [])
    refuses("model: not only a language model stands there", "pretrain", text, "-o", "model", *TINY)


def test_standard_input_is_refused_as_it_is_read_more_than_once(refuses):
    refuses("this text is read more than once", "pretrain", "-", "-o", "model", stdin=b"some text")


@pytest.mark.parametrize("missing", ["tensorflow", "onnx"])
def test_without_the_train_extra_it_says_how_to_install_it(refuses, text, monkeypatch, missing):
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == missing else object())
    needs = f"`tagger pretrain` needs {missing}; in the checkout: pip install '.[train]'"
    refuses(needs, "pretrain", text, "-o", "model")


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--stream", "--layers", "2"], ["--unit", "character"]])
def test_a_model_that_other_commands_read(run, text, tmp_path, options):
    ran = run("pretrain", text, "-o", "model", *TINY, "--epochs", "3", *options)
    assert ran.code == 0, ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model"}
    rows = [json.loads(line) for line in (tmp_path / "model" / "history.jsonl").read_text().splitlines()]
    shown = re.findall(r"^ +(\d\.\d\d) +([\d,]+) +\d+\.\d{4} +(\d+\.\d\d)", ran.out, re.MULTILINE)
    assert shown == [(f"{row['passes']:.2f}", f"{row['steps']:,}", f"{row['perplexity']:.2f}") for row in rows]
    found = run("perplexity", "model", text, "--json")
    assert (found.code, found.err) == (0, "")
    generated = run("generate", "model", "--seed-text", "The", "--length", "5")
    assert (generated.code, generated.err) == (0, "")


@pytest.mark.slow
def test_a_killed_process_goes_on_to_the_same_bytes(start, text, tmp_path):
    """Killed once it has written a checkpoint, which it does after every step."""
    command = [*ENDLESS[:4], *TINY, "--epochs", "40", "--checkpoint-minutes", "1e-9", "--stream", "--window", "5"]
    killed = start(*command)
    while not (tmp_path / "model.unfinished" / "checkpoint").exists():
        assert killed.poll() is None, killed.communicate()
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model.unfinished"}
    models = []
    for options in (["--resume"], []):
        process = start(*command, *options)
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert ("going on after " in out.decode()) is (options == ["--resume"])
        models.append({path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()})
    assert models[0] == models[1]


POLITE = "\nMeasuring what has been learned; Ctrl-C again stops at once.\n"


@pytest.fixture
def interrupts_in_step(monkeypatch):
    """Have a run get SIGINT so many times in one of its steps, the first being 1."""
    from tagger.training.pretraining.learner import LanguageLearner

    steps, step_of = [], LanguageLearner.step

    def interrupts_in_step(number, times):
        def step(*arguments):
            steps.append(1)
            for _ in range(times if len(steps) == number else 0):
                signal.raise_signal(signal.SIGINT)
            return step_of(*arguments)

        monkeypatch.setattr(LanguageLearner, "step", step)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield interrupts_in_step
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_network_and_a_run_that_can_go_on(run, text, tmp_path, interrupts_in_step):
    interrupts_in_step(3, times=1)
    ran = run(*ENDLESS)
    assert (ran.code, ran.err.endswith(POLITE)) == (0, True)
    assert "\nthe run is not finished; go on with the same command and --resume\n" in ran.out
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model", "model.unfinished"}
    rows = [json.loads(line) for line in (tmp_path / "model" / "history.jsonl").read_text().splitlines()]
    assert rows[-1]["steps"] == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "said", "left"),
    [
        (1, "", {"text.txt"}),
        (3, "tagger: interrupted; the same command with --resume goes on\n", {"text.txt", "model.unfinished"}),
    ],
)
def test_the_second_ctrl_c_stops_at_once(run, text, tmp_path, interrupts_in_step, step, said, left):
    interrupts_in_step(step, times=2)
    ran = run(*ENDLESS)
    assert (ran.code, ran.err.endswith(POLITE + said)) == (130, True)
    assert {path.name for path in tmp_path.iterdir()} == left
