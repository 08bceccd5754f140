"""A search: the trials it runs, what it keeps of them, and how it goes on after it was broken off."""

import csv
import json
import shutil
import tomllib
import warnings
from dataclasses import replace

import optuna
import pytest
from scripted_runs import config, script_runs, write_train

from tagger.config import ColumnFormat
from tagger.errors import ConfigError, DataError, TaggerError
from tagger.run_file import read_run_file
from tagger.search_space import DEFAULT_SPACE, Choices, Range, space_json, values_of
from tagger.training import tuning
from tagger.training.loop import EpochDone, StepDone
from tagger.training.request import TrainRequest
from tagger.training.study import create_study
from tagger.training.tuning import SearchDone, SearchStarted, TrialDone, TrialStarted, TuneRequest, tune

SPACE = {
    "learning_rate": Range(0.001, 0.01, log=True),
    "units": Choices((32, 64, 128)),
    "layers": Range(1, 5, step=2),
    "lowercase": Choices((True, False)),
}
OUTPUTS = {"study.db", "space.toml", "trials.csv", "trials.png", "best.toml"}


def smooth(options, epoch):
    """Better with a higher learning rate, and from epoch to epoch but the last."""
    return 50 * options["learning_rate"] + 0.01 * min(epoch, 5) - 0.001 * epoch


@pytest.fixture
def runs(monkeypatch):
    """Have all training be scripted."""
    return script_runs(monkeypatch, smooth)


def request_in(directory, trials, space=SPACE):
    base = TrainRequest(write_train(directory), directory / "study", config=config(seed=7))
    return TuneRequest(base, trials, space)


@pytest.fixture
def request_of(tmp_path):
    """A request for a search in a folder of its own, over a small space."""
    request = request_in(tmp_path, trials=4)
    return lambda **fields: replace(request, **fields)


def settings_of(directory):
    """What Optuna says was tried, without what was tried again."""
    trials = study_in(directory).trials
    again = {trial.user_attrs.get("repeats") for trial in trials}
    return [trial.params for trial in trials if trial.number not in again]


def study_in(directory):
    return optuna.load_study(study_name="tagger", storage=f"sqlite:///{directory / 'study.db'}")


def table_in(directory):
    with (directory / "trials.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def names_in(directory):
    return {path.name for path in directory.iterdir()}


def last(events):
    *_, done = events
    return done


def test_a_search_runs_as_many_trials_as_asked_for(runs, request_of):
    events = list(tune(request_of(trials=3)))
    assert [type(event) for event in events] == [
        SearchStarted,
        *3 * [TrialStarted, *6 * [StepDone, EpochDone], TrialDone],
        SearchDone,
    ]
    assert [len(event.records) for event in events if isinstance(event, TrialDone)] == [1, 2, 3]
    assert [event.number for event in events if isinstance(event, TrialStarted)] == [0, 1, 2]


def test_a_trial_is_the_base_with_its_settings(runs, request_of):
    request = request_of(trials=5)
    events = list(tune(request))
    common = values_of(request.base.config)
    started = [event.settings for event in events if isinstance(event, TrialStarted)]
    assert [set(settings) for settings in started] == [set(SPACE)] * 5
    assert [values_of(run.config) for run in runs.trials] == [common | settings for settings in started]
    assert len({str(settings) for settings in started}) == 5
    assert {(run.train, run.dev, run.vectors, run.columns) for run in runs.trials} == {
        (request.base.train, None, None, ColumnFormat())
    }


def test_the_first_trial_tries_the_base_where_the_space_has_it(runs, request_of):
    list(tune(request_of(trials=2)))
    base = values_of(config(seed=7))
    assert settings_of(request_of().base.output)[0] == {name: base[name] for name in SPACE}


def test_a_base_outside_the_space_is_not_tried(runs, request_of):
    space = SPACE | {"units": Choices((16, 32))}
    list(tune(request_of(trials=2, space=space)))
    assert {settings["units"] for settings in settings_of(request_of().base.output)} <= {16, 32}
    assert len(runs.trials) == 2


def test_without_a_space_the_default_one_is_searched(runs, request_of):
    request = request_of(trials=1, space=None)
    started = next(tune(request))
    assert started.space == DEFAULT_SPACE
    assert tomllib.loads((request.base.output / "space.toml").read_text()) == space_json(DEFAULT_SPACE)


def test_no_trial_leaves_anything_but_its_record(runs, request_of):
    request = request_of()
    list(tune(request))
    assert names_in(request.base.output) == OUTPUTS
    assert names_in(request.base.output.parent) == {"study", "train.conll"}
    assert not any(run.output.exists() or run.output.parent.exists() for run in runs.requests)
    assert {run.output.parent.parent for run in runs.trials} == {request.base.output}  # where there is room for it


def test_trials_write_no_checkpoints_and_no_logs(runs, request_of):
    list(tune(request_of(trials=1)))
    assert {(run.running.checkpoint_minutes, run.running.tensorboard) for run in runs.requests} == {(0.0, False)}
    assert not any(run.resume or run.restart for run in runs.requests)


def test_records_table_and_best_are_what_optuna_says(runs, request_of):
    runs.score = lambda options, epoch: smooth(options, epoch) if options["units"] != 32 or epoch < 3 else 0.0
    request = request_of(trials=14)
    records = last(tune(request)).records
    study = study_in(request.base.output)
    rows = table_in(request.base.output)
    assert [*rows[0]] == ["number", "state", "dev_f1", "best_epoch", "epochs", *SPACE]
    assert len(records) == len(rows) == len(study.trials) == 14
    assert {row["state"] for row in rows} == {"complete", "pruned"}
    for record, row, trial in zip(records, rows, study.trials, strict=True):
        scores = trial.intermediate_values
        best = max(scores.values())
        assert record.number == int(row["number"]) == trial.number
        assert record.state == row["state"] == trial.state.name.lower()
        assert record.f1 == float(row["dev_f1"]) == best
        assert scores[record.best_epoch] == scores[int(row["best_epoch"])] == best
        assert record.epochs == int(row["epochs"]) == len(scores)
        assert record.settings == trial.params
        assert {name: str(value) for name, value in trial.params.items()} == {name: row[name] for name in SPACE}
        assert trial.state.name == "PRUNED" or trial.value == best
    best = read_run_file(request.base.output / "best.toml")
    assert {name: best[name] for name in SPACE} == study.best_trial.params


def test_the_earlier_of_two_equals_is_the_best(runs, request_of):
    runs.score = lambda options, epoch: 0.5
    request = request_of(trials=3)
    records = last(tune(request)).records
    best = read_run_file(request.base.output / "best.toml")
    assert {name: best[name] for name in SPACE} == records[0].settings
    assert {record.best_epoch for record in records} == {1}


def test_the_best_as_a_file_has_all_options_and_finds_the_files(runs, request_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dev.conll").write_text("Oslo B-LOC\n")
    base = replace(request_of().base, train=tmp_path / "train.conll", dev=tmp_path / "dev.conll")
    base = replace(base, columns=ColumnFormat(tag_column=2))
    records = last(tune(request_of(base=base))).records
    best = max(records, key=lambda record: record.f1)
    found = read_run_file(base.output / "best.toml")
    paths = {name: found.pop(name).resolve() for name in ("train", "dev")}
    assert paths == {"train": base.train, "dev": base.dev}
    expected = values_of(base.config) | best.settings | {"word_column": 1, "tag_column": 2}
    expected |= {"separator": "auto", "scheme": "auto"}
    assert found == {name: value for name, value in expected.items() if value is not None}


def test_a_trial_below_the_median_is_pruned(runs, request_of):
    scores = [0.5, 0.6, 0.7, 0.8, 0.9, 0.69, 0.71]
    runs.score = lambda options, epoch: scores[len(runs.trials) - 1]
    *_, done = events = list(tune(request_of(trials=7)))
    assert events[0].prunes_from == 2
    assert [record.state for record in done.records] == [*5 * ["complete"], "pruned", "complete"]
    assert [record.epochs for record in done.records] == [6, 6, 6, 6, 6, 2, 6]
    assert runs.closed == 2  # the run that sees whether others can start is closed as well


def test_a_trial_that_is_good_at_first_is_not_pruned_before_a_third_of_its_epochs(runs, request_of):
    slow = {6: [0.0, 0.0, 0.6], 7: [0.0, 0.0, 0.0]}
    runs.score = lambda options, epoch: [*slow.get(len(runs.trials), []), *9 * [0.5]][epoch - 1]
    base = replace(request_of().base, config=config(epochs=9))
    events = list(tune(request_of(trials=7, base=base)))
    assert (events[0].prunes_from, [record.epochs for record in events[-1].records]) == (3, [9, 9, 9, 9, 9, 9, 3])


def test_the_last_epoch_comes_too_late_to_prune(runs, request_of):
    runs.score = lambda options, epoch: 0.1 if len(runs.trials) == 6 else 0.5
    base = replace(request_of().base, config=config(epochs=1))
    assert last(tune(request_of(trials=6, base=base))).records[-1].state == "complete"


@pytest.mark.parametrize(
    "fields", [{"prune": False}, {"space": SPACE | {"epochs": Choices((6, 7))}}], ids=["no-prune", "epochs searched"]
)
def test_no_trial_is_pruned_where_that_is_off_or_epochs_differ(runs, request_of, fields):
    runs.score = lambda options, epoch: 1.0 / len(runs.requests)
    *_, done = events = list(tune(request_of(trials=8, **fields)))
    assert events[0].prunes_from is None
    assert {record.state for record in done.records} == {"complete"}


def test_a_trial_that_diverges_has_failed_and_the_search_goes_on(runs, request_of):
    message = "epoch 2: the loss is no longer a finite number; try a lower --learning-rate"
    runs.score = lambda options, epoch: TaggerError(message) if len(runs.trials) == 2 and epoch == 2 else 0.5
    request = request_of(trials=3)
    records = last(tune(request)).records
    assert [record.state for record in records] == ["complete", "failed", "complete"]
    assert (records[1].epochs, records[1].f1, records[1].reason) == (1, 0.5, message)
    assert [trial.state.name for trial in study_in(request.base.output).trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert [row["state"] for row in table_in(request.base.output)] == ["complete", "failed", "complete"]
    assert names_in(request.base.output) == OUTPUTS


@pytest.mark.slow
def test_real_weights_that_diverge_are_known_as_such(eight, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("".join(f"{word} 3e38 -3e38 3e38 -3e38\n" for word in ("anna", "bremen", "in", "the")))
    base = TrainRequest(eight, tmp_path / "study", vectors=vectors, config=config(epochs=2))
    space = {"units": Choices((4, 8))}
    records = last(tune(TuneRequest(base, 2, space))).records
    assert [record.state for record in records] == ["failed", "failed"]
    assert names_in(base.output) == OUTPUTS - {"best.toml"}


def test_any_other_error_stops_the_search_and_the_trial_is_tried_again(runs, request_of):
    runs.score = lambda options, epoch: DataError("train.conll: gone") if len(runs.trials) == 2 else 0.5
    request = request_of(trials=3)
    with pytest.raises(DataError, match="gone"):
        list(tune(request))
    assert [row["state"] for row in table_in(request.base.output)] == ["complete", "interrupted"]
    runs.score = smooth
    records = last(tune(replace(request, resume=True))).records
    assert [record.state for record in records] == ["complete", "interrupted", "complete", "complete"]
    assert records[2].settings == records[1].settings


def test_a_run_that_cannot_start_leaves_nothing(runs, request_of, tmp_path):
    def broken(request):
        raise DataError("train.conll:1: found no sentence")
        yield

    request = request_of()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(DataError, match="found no sentence"):
        patch.setattr(tuning, "train_model", broken)
        list(tune(request))
    assert names_in(tmp_path) == {"train.conll"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a search of eight trials tries that nothing disturbs."""
    request = request_in(tmp_path_factory.mktemp("whole"), trials=8)
    with pytest.MonkeyPatch.context() as patch:
        script_runs(patch, smooth)
        list(tune(request))
    return settings_of(request.base.output)


def test_a_search_in_two_parts_tries_what_one_in_one_does(runs, request_of, whole):
    request = request_of(trials=3)
    list(tune(request))
    started, *_, done = tune(replace(request, trials=8, resume=True))
    assert len(started.records) == 3
    assert len(done.records) == 8
    assert settings_of(request.base.output) == whole
    assert [int(row["number"]) for row in table_in(request.base.output)] == list(range(8))


@pytest.mark.slow
def test_a_search_past_the_random_trials_depends_on_the_seed_alone(runs, request_of, tmp_path):
    found = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        base = replace(request_of().base, output=tmp_path / name, config=config(seed=seed))
        list(tune(request_of(trials=12, base=base)))
        found.append(settings_of(base.output))
    assert found[0] == found[1]
    assert [one == other for one, other in zip(found[0], found[2], strict=True)] == [True, *11 * [False]]


def test_a_search_that_has_all_its_trials_runs_none(runs, request_of):
    request = request_of(trials=2)
    list(tune(request))
    runs.requests.clear()
    events = list(tune(replace(request, resume=True)))
    assert [type(event) for event in events] == [SearchStarted, SearchDone]
    assert runs.requests == []


def until(events, number, epoch):
    """Let a search come to an epoch of a trial."""
    trial = None
    for event in events:
        trial = event.number if isinstance(event, TrialStarted) else trial
        if isinstance(event, EpochDone) and (trial, event.epoch) == (number, epoch):
            return


def test_a_search_that_is_closed_tries_its_last_trial_again(runs, request_of, whole):
    request = request_of(trials=8)
    events = tune(request)
    until(events, 2, 4)
    events.close()
    assert names_in(request.base.output) == OUTPUTS
    assert [row["state"] for row in table_in(request.base.output)] == ["complete", "complete", "interrupted"]
    assert {trial.state.name for trial in study_in(request.base.output).trials} == {"COMPLETE", "FAIL", "WAITING"}
    assert not runs.trials[-1].output.exists()
    records = last(tune(replace(request, resume=True))).records
    assert len(records) == 9
    assert settings_of(request.base.output) == whole


@pytest.mark.parametrize("trial", [0, 2])
def test_a_search_whose_process_died_goes_on(runs, request_of, whole, tmp_path, trial):
    request = request_of(trials=8)
    events = tune(request)
    until(events, trial, 2)
    dead = tmp_path / "dead"  # what lay on the disk at that moment
    shutil.copytree(request.base.output, dead)
    assert len(names_in(dead) - OUTPUTS) == 1
    events.close()
    request = replace(request, base=replace(request.base, output=dead), resume=True)
    records = last(tune(request)).records
    assert names_in(dead) == OUTPUTS
    assert [record.number for record in records if record.state == "interrupted"] == [trial]
    assert settings_of(dead) == whole


def test_a_process_that_died_while_it_noted_what_to_try_again_is_no_matter(runs, request_of, whole):
    request = request_of(trials=8)
    events = tune(request)
    until(events, 2, 2)
    study = study_in(request.base.output)
    study.enqueue_trial(study.trials[2].params, user_attrs={"repeats": 2})
    events.close()
    list(tune(replace(request, resume=True)))
    assert len(study_in(request.base.output).trials) == 9
    assert settings_of(request.base.output) == whole


def test_a_trial_that_died_before_it_had_settings_gets_the_same(runs, request_of, whole, monkeypatch):
    def killed(study, space, seed):
        study.ask()
        raise KeyboardInterrupt

    for done in (0, 2):  # with the first, the settings of the base are waiting
        request = request_of(trials=8)
        shutil.rmtree(request.base.output, ignore_errors=True)
        if done:
            list(tune(replace(request, trials=done)))
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(tuning, "begin_trial", killed)
            list(tune(replace(request, resume=done > 0)))
        assert last(tune(replace(request, resume=True))).records[done].state == "interrupted"
        assert settings_of(request.base.output) == whole


def test_two_searches_do_not_work_on_one_study(runs, request_of):
    request = request_of()
    events = tune(request)
    until(events, 0, 1)
    with pytest.raises(DataError, match="study: another `tagger tune` is at work on this study"):
        next(tune(replace(request, resume=True)))
    events.close()
    assert last(tune(replace(request, resume=True))).records


def test_after_so_many_minutes_no_trial_is_begun(runs, request_of, monkeypatch):
    clock = iter(range(0, 10_000, 40))  # seconds: one look at the start, one before each trial
    monkeypatch.setattr(tuning.time, "monotonic", lambda: next(clock))
    assert len(last(tune(request_of(trials=20, minutes=2.0))).records) == 2


def test_optuna_says_nothing_of_its_own(runs, request_of, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optuna.logging.set_verbosity(optuna.logging.INFO)  # as it is when it has just been imported
        list(tune(request_of(trials=12)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "space", "said"),
    [
        ({"epochs": 9}, None, "--epochs 9: the study in {study} was begun with --epochs 6"),
        ({"seed": 8}, None, "--seed 8: the study in {study} was begun with --seed 7"),
        ({}, SPACE | {"units": Choices((32, 64))}, "--space: [units] is not what the study in {study} was begun with"),
        ({}, {name: SPACE[name] for name in ("units", "layers")}, "--space: [learning_rate] is not"),
        ({}, SPACE | {"epochs": Choices((3, 4))}, "--space: [epochs] is not"),
    ],
)
def test_a_study_goes_on_with_its_own_options_and_space_only(runs, request_of, options, space, said):
    request = request_of(trials=1)
    list(tune(request))
    table = (request.base.output / "trials.csv").read_bytes()
    other = replace(request.base, config=config(**({"seed": 7} | options)))
    with pytest.raises(ConfigError) as caught:
        list(tune(request_of(trials=2, base=other, space=space, resume=True)))
    assert str(caught.value).startswith(said.format(study=request.base.output))
    assert (request.base.output / "trials.csv").read_bytes() == table
    assert len(study_in(request.base.output).trials) == 1


def test_a_study_goes_on_with_its_own_files_only(runs, request_of, tmp_path):
    request = request_of(trials=1)
    list(tune(request))
    moved = shutil.copy(request.base.train, tmp_path / "moved.conll")
    list(tune(request_of(base=replace(request.base, train=moved), resume=True)))  # its content is the same
    request.base.train.write_text("Bonn B-LOC\n\nOslo B-LOC\n")
    with pytest.raises(DataError, match=r"train\.conll: its content is not what the study in .* was begun with"):
        list(tune(replace(request, resume=True)))


@pytest.mark.parametrize("attributes", [{}, {"space": {}}, {"run": {}}])
def test_a_study_that_optuna_made_is_not_gone_on_with(request_of, attributes):
    request = request_of(resume=True)
    request.base.output.mkdir()
    create_study(request.base.output, attributes, None)
    with pytest.raises(DataError, match="study: the study there was not begun by `tagger tune`"):
        next(tune(request))
    assert names_in(request.base.output) == {"study.db"}


def test_a_study_of_another_version_is_not_gone_on_with(runs, request_of, monkeypatch):
    request = request_of(trials=1)
    list(tune(request))
    monkeypatch.setattr("tagger.training.request.__version__", "99.0")
    with pytest.raises(ConfigError, match=r"^the study in .*study was begun with tagger .*, this is 99\.0"):
        next(tune(replace(request, resume=True)))


def test_what_is_searched_may_have_any_value_in_the_base(runs, request_of):
    request = request_of(trials=1)
    list(tune(request))
    other = replace(request.base, config=config(seed=7, learning_rate=0.02))
    assert len(last(tune(request_of(trials=2, base=other, resume=True))).records) == 2


def test_a_study_needs_no_space_to_go_on(runs, request_of, whole):
    request = request_of(trials=3)
    list(tune(request))
    list(tune(request_of(trials=8, space=None, resume=True)))
    assert settings_of(request.base.output) == whole


def test_the_order_of_a_space_does_not_matter_when_it_goes_on(runs, request_of, whole):
    request = request_of(trials=3)
    list(tune(request))
    list(tune(request_of(trials=8, space=dict(reversed(SPACE.items())), resume=True)))
    assert settings_of(request.base.output) == whole


def test_a_search_is_one_process(runs, request_of, monkeypatch):
    workers = {"cluster": {"worker": ["localhost:1111", "localhost:2222"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(workers))
    request = request_of(trials=1)
    with pytest.raises(ConfigError, match=r"^TF_CONFIG: "):
        next(tune(request))
    assert not request.base.output.exists()
