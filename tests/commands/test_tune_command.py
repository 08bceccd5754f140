"""`tagger tune`: a search as a user sees it, broken off and gone on with, and its best options trained."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import optuna
import pytest
from matplotlib.image import imread
from scripted_runs import TRAIN, script_runs

from tagger.errors import TaggerError
from tagger.search_space import DEFAULT_SPACE, space_json

ROOT = Path(__file__).parent.parent.parent
SPACE = "[learning_rate]\nlow = 0.001\nhigh = 0.01\nlog = true\n\n[units]\nchoices = [2, 4, 8]\n"
SMALL = ("--space", "space.toml", "--epochs", "4", "--output", "study")
TINY = (*SMALL, "--embedding-size", "4", "--lm-weight", "0", "--batch-size", "4")
OUTPUTS = {"study.db", "space.toml", "trials.csv", "trials.png", "best.toml"}


@pytest.fixture
def files(write):
    write("train.conll", TRAIN)
    write("space.toml", SPACE)


@pytest.fixture
def runs(files, monkeypatch):
    """Have all training be scripted; a trial is the better, the later it is."""
    runs = script_runs(monkeypatch, lambda options, epoch: 0.1 * len(runs.trials) + 0.01 * epoch)
    return runs


def table_in(directory):
    with (directory / "trials.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def names_in(directory):
    return {path.name for path in directory.iterdir()}


def test_a_line_a_trial_and_the_best_at_the_end(run, runs, tmp_path):
    ran = run("tune", "train.conll", *SMALL, "--trials", "7")
    assert (ran.code, ran.err) == (0, "")
    rows = table_in(tmp_path / "study")
    lines = [
        [str(number), f"0.{number + 1}400*", "4", "4", f"{float(row['learning_rate']):.4g}", row["units"]]
        for number, row in enumerate(rows)
    ]
    head, trials, best, end = ran.out.split("\n\n", maxsplit=3)
    assert head.splitlines() == [
        "7 trials; * is the best so far",
        "after 5 complete ones, one below their median is stopped from epoch 2 on",
    ]
    upper, lower, *found = trials.splitlines()
    assert upper.split() == ["dev", "best", "learning"]
    assert lower.split() == ["trial", "F1", "epoch", "epochs", "rate", "units"]
    assert [line.split() for line in found] == lines
    assert best == "The best of 7 trials (7 complete):"
    table, end = end.split("\n\n", maxsplit=1)
    assert table.splitlines()[:2] == [upper, lower]
    assert [line.split() for line in table.splitlines()[2:]] == [
        [cell.removesuffix("*") for cell in lines[number]] for number in (6, 5, 4, 3, 2)
    ]
    assert end == (
        "All of them: study/trials.csv, study/trials.png\n"
        "To train the best: tagger train --config study/best.toml --output MODEL\n"
    )


def test_pruned_and_failed_trials_say_so(run, runs):
    scores = [0.5, 0.5, 0.5, TaggerError("epoch 1: the loss is no longer a finite number"), 0.5, 0.5, 0.1]
    runs.score = lambda options, epoch: scores[len(runs.trials) - 1]
    lines = run("tune", "train.conll", *SMALL, "--trials", "7").out.splitlines()
    assert [line.split()[1] for line in lines[5:12]] == [
        "0.5000*",
        "0.5000",
        "0.5000",
        "failed",
        *2 * ["0.5000"],
        "0.1000",
    ]
    assert re.fullmatch(r" +3  failed +-  +0  +\S+  +\d  epoch 1: the loss is no longer .*", lines[8])
    assert re.fullmatch(r" +6  0\.1000 +1  +2  +\S+  +\d  pruned", lines[11])
    assert "The best of 7 trials (5 complete, 1 failed, 1 pruned):" in lines


def test_where_no_trial_finds_an_entity_it_says_what_to_do(run, runs):
    runs.score = lambda options, epoch: 0.0
    assert (
        "\nno trial has found an entity of dev; train longer" in run("tune", "train.conll", *SMALL, "--trials", "1").out
    )


def test_where_no_trial_is_complete_there_is_no_best(run, runs, tmp_path):
    runs.score = lambda options, epoch: TaggerError("the loss is no longer a finite number")
    ran = run("tune", "train.conll", *SMALL, "--trials", "2")
    assert ran.out.endswith("\nNo trial is complete: 2 failed\n")
    assert names_in(tmp_path / "study") == OUTPUTS - {"best.toml"}


def test_the_default_space_is_printed_where_it_is_used(run, runs):
    out = run("tune", "train.conll", "-o", "study", "--trials", "1").out
    _, _, text = out.partition("No --space, so this one is searched:\n\n")
    assert tomllib.loads(re.split(r"\n\n +dev ", text)[0]) == space_json(DEFAULT_SPACE)
    assert "--space" not in run("tune", "train.conll", "-o", "study", "--trials", "1", "--resume").out


def test_a_file_gives_the_options_that_all_trials_share(run, runs, write, tmp_path):
    write("base.toml", 'train = "train.conll"\noutput = "model"\nlayers = 2\nepochs = 9\nlearning_rate = 0.5\n')
    ran = run("tune", "--config", "base.toml", *SMALL, "--trials", "2")
    assert (ran.code, ran.err) == (0, "")
    assert {(r.train.resolve(), r.config.encoder.layers, r.config.training.epochs) for r in runs.trials} == {
        (tmp_path / "train.conll", 2, 4)
    }
    assert max(request.config.training.learning_rate for request in runs.trials) <= 0.01
    assert names_in(tmp_path) == {"train.conll", "space.toml", "base.toml", "study"}


def test_the_place_of_a_model_is_not_that_of_a_study(run, runs, write, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    write("base.toml", 'output = "model"\n')
    ran = run("tune", "train.conll", "--config", "base.toml")
    assert (ran.code, "Missing option '--output'" in ran.err) == (2, True)


def test_options_of_the_command_line_reach_the_trials(run, runs):
    run("tune", "train.conll", "--dev", "train.conll", *SMALL, "--trials", "1", "--no-lowercase", "--scheme", "IOB2")
    (request,) = runs.trials
    assert str(request.dev) == "train.conll"
    assert (request.config.words.lowercase, request.columns.scheme) == (False, "IOB2")


def test_no_prune_prunes_none(run, runs):
    runs.score = lambda options, epoch: 1.0 / len(runs.requests)
    out = run("tune", "train.conll", *SMALL, "--trials", "7", "--no-prune").out
    assert "none is stopped early" in out
    assert "(7 complete)" in out


def test_a_search_that_runs_out_of_time_says_so(run, runs):
    ran = run("tune", "train.conll", *SMALL, "--timeout", "0")
    assert (ran.code, ran.err) == (0, "")
    assert "\nstopped by --timeout; the same command with --resume goes on\n" in ran.out
    assert "--timeout" not in run("tune", "train.conll", *SMALL, "--trials", "1", "--resume").out


def test_a_study_goes_on_where_it_stopped(run, runs, tmp_path):
    first = run("tune", "train.conll", *SMALL, "--trials", "2")
    second = run("tune", "train.conll", *SMALL, "--trials", "3", "--resume")
    assert (first.code, second.code, second.err) == (0, 0, "")
    assert "\n2 of them are done already\n" in second.out
    assert re.findall(r"^ +(\d)  0\.", second.out.partition("The best")[0], flags=re.MULTILINE) == ["0", "1", "2"]
    assert len(runs.trials) == 3
    assert len(table_in(tmp_path / "study")) == 3


def test_a_terminal_sees_the_bar_on_standard_error_alone(run, runs, monkeypatch):
    runs.score = lambda options, epoch: 0.5
    arguments = ("tune", "train.conll", "--space", "space.toml", "--trials", "2", "-o")
    plain = run(*arguments, "study").out
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    seen = run(*arguments, "other")
    assert seen.out == plain.replace("study/", "other/")
    assert re.search(r"trial \d, epoch \d+/20 .* [012]/2 trials", seen.err)


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_search_says_what_is_best_and_can_go_on(run, runs, tmp_path, end):
    stop = {KeyboardInterrupt: KeyboardInterrupt(), SystemExit: SystemExit(143)}[end]
    runs.score = lambda options, epoch: stop if len(runs.trials) == 3 else 0.1 * len(runs.trials)
    ran = run("tune", "train.conll", *SMALL, "--trials", "5")
    assert ran.code == (130 if end is KeyboardInterrupt else 143)
    assert ran.err == "tagger: interrupted; the same command with --resume goes on\n"
    assert "\nThe best of 2 trials (2 complete):\n" in ran.out
    assert names_in(tmp_path / "study") == OUTPUTS
    assert [row["state"] for row in table_in(tmp_path / "study")] == ["complete", "complete", "interrupted"]
    runs.score = lambda options, epoch: 0.5
    assert run("tune", "train.conll", *SMALL, "--trials", "5", "--resume").code == 0


def test_a_search_that_is_interrupted_before_it_began_leaves_nothing(run, runs, tmp_path, monkeypatch):
    from tagger.training import tuning

    def interrupted(request):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(tuning, "train_model", interrupted)
    ran = run("tune", "train.conll", *SMALL)
    assert (ran.code, ran.out, ran.err) == (130, "", "")
    assert names_in(tmp_path) == {"train.conll", "space.toml"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nosuch.conll", *SMALL], "nosuch.conll: no such file"),
        (["train.conll", *SMALL, "--dev", "nosuch.conll"], "nosuch.conll: no such file"),
        (["train.conll", *SMALL, "--vectors", "nosuch.txt"], "nosuch.txt: no such file"),
        (["words.conll", *SMALL], "words.conll:1: expected at least 2 columns, found 1: 'Anna'"),
        (["train.conll", *SMALL, "--vectors", "words.conll"], "words.conll:1: found no word vectors"),
        (["train.conll", *SMALL, "--space", "nosuch.toml"], "nosuch.toml: no such file"),
        (["train.conll", *SMALL, "--space", "bad.toml"], "bad.toml:3: --input-dropout: 1 is not below 1.0"),
        (["train.conll", *SMALL, "--units", "0"], "--units: 0 is less than 1"),
        (["train.conll", *SMALL, "--config", "bad.toml"], "bad.toml:1: 'input_dropout' is a table"),
        (
            ["train.conll", *SMALL, "--config", "seeds.toml"],
            "seeds.toml:3: seeds: a search trains one run a trial; leave",
        ),
        (["train.conll", *SMALL, "--resume"], "study: no study stands there; leave --resume out to begin one"),
        (["train.conll", *SMALL, "-o", "full"], "full: something else stands there; name another directory"),
        (["train.conll", *SMALL, "-o", "."], ".: this directory cannot be replaced"),
        (["train.conll", *SMALL, "-o", "train.conll/study"], "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_left(refuses, files, write, tmp_path, arguments, text):
    write("words.conll", "Anna\n")
    write("bad.toml", "[input_dropout]\nlow = 0.5\nhigh = 1\n")
    write("seeds.toml", "epochs = 4\n\nseeds = 2\n")
    (tmp_path / "full").mkdir()
    write("full/thesis.txt", "precious")
    refuses(text, "tune", *arguments)


def test_a_study_is_not_begun_twice(run, runs, refuses):
    run("tune", "train.conll", *SMALL, "--trials", "1")
    refuses("study: a study stands there; go on with it with --resume", "tune", "train.conll", *SMALL)


def test_a_study_goes_on_with_its_own_options_only(run, runs, refuses):
    run("tune", "train.conll", *SMALL, "--trials", "1")
    text = "--layers 2: the study in study was begun with --layers 1"
    refuses(text, "tune", "train.conll", *SMALL, "--resume", "--layers", "2")


@pytest.mark.parametrize("missing", ["tensorflow", "onnx", "seqeval", "optuna", "matplotlib", "tomlkit"])
def test_without_the_train_extra_it_says_how_to_install_it(refuses, files, monkeypatch, missing):
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == missing else object())
    refuses(f"`tagger tune` needs {missing}; in the checkout: pip install", "tune", "train.conll", *SMALL)


def test_help_brings_in_nothing_heavy():
    code = "import sys; from tagger.commands.app import app; app(['tune', '--help'], standalone_mode=False)"
    code += "; print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "--trials" in ran.stdout
    assert not {"tensorflow", "keras", "optuna", "sqlalchemy", "matplotlib", "seqeval"} & set(ran.stderr.split())


def until(condition, process):
    """Wait for something that a process does."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.fixture
def learnable(write, trained):
    """A train file in which even a small network finds something."""
    write("train.conll", trained.train.read_bytes())
    write("space.toml", "[learning_rate]\nlow = 0.03\nhigh = 0.1\nlog = true\n\n[units]\nchoices = [8, 16]\n")


LEARNING = (
    *("train.conll", "--dev", "train.conll", "--space", "space.toml", "--output", "study", "--epochs", "20"),
    *("--embedding-size", "16", "--lm-weight", "0", "--batch-size", "4", "--input-dropout", "0"),
    *("--output-dropout", "0", "--singleton-rate", "0"),
)


@pytest.mark.slow
def test_a_killed_search_goes_on_and_its_best_options_train_to_the_same_score(start, run, learnable, tmp_path):
    study = tmp_path / "study"
    process = start("tune", *LEARNING, "--trials", "4")
    until(lambda: study.is_dir() and len(table_in_or_none(study)) == 1 and [*study.glob(".tagger-*/*")], process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert names_in(study) > OUTPUTS
    process = start("tune", *LEARNING, "--trials", "4", "--resume")
    out, err = process.communicate()
    assert (process.returncode, "Traceback" in err.decode()) == (0, False)

    assert names_in(study) == OUTPUTS
    trials = optuna.load_study(study_name="tagger", storage=f"sqlite:///{study / 'study.db'}").trials
    assert [trial.state.name for trial in trials] == ["COMPLETE", "FAIL", *3 * ["COMPLETE"]]
    assert trials[1].params == trials[2].params
    rows = table_in(study)
    assert [row["state"] for row in rows] == ["complete", "interrupted", *3 * ["complete"]]
    assert imread(study / "trials.png").ndim == 3

    best = max(float(row["dev_f1"]) for row in rows if row["state"] == "complete")
    assert best > 0
    (command,) = re.findall(r"^To train the best: tagger (.*) MODEL$", out.decode(), flags=re.MULTILINE)
    assert run(*command.split(), "model").code == 0
    report = json.loads((tmp_path / "model" / "model.json").read_text())
    assert max(epoch["dev"]["f1"] for epoch in report["history"]) == best


def table_in_or_none(study):
    return table_in(study) if (study / "trials.csv").exists() else []


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_search_ends_politely(start, learnable, tmp_path, end):
    study = tmp_path / "study"
    process = start("tune", *LEARNING, "--trials", "50")
    until(lambda: study.is_dir() and table_in_or_none(study), process)
    process.send_signal(end)
    out, err = process.communicate()
    assert process.returncode == 128 + end
    assert b"Traceback" not in err
    assert err.decode().endswith("tagger: interrupted; the same command with --resume goes on\n")
    assert b"\nThe best of " in out
    assert names_in(study) == OUTPUTS
    assert table_in(study)[-1]["state"] in {"complete", "interrupted"}
