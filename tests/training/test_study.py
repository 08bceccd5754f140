"""A study on disk: what Optuna is asked to try, and a database that is not as it should be."""

import math
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import get_args

import numpy as np
import optuna
import pytest
from config_strategies import values_of as strategy_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import Config
from tagger.errors import DataError, TaggerError
from tagger.search_space import Choices, Range, searchable, values_of, with_values
from tagger.training.study import TrialRecord, begin_trial, best_of, create_study, open_study, settings_of
from tagger.training.study_place import begin_study, check_new, check_old

SPACE = {"units": Range(8, 64), "input_dropout": Range(0.1, 0.5)}


def is_number(item):
    return bool({int, float} & {item.type, *get_args(item.type)})


@st.composite
def domains(draw, item):
    """A domain of an option: some of its values, or a range between two of them."""
    values = strategy_of(item.type, item.metadata).filter(lambda value: value is not None)
    if not is_number(item) or draw(st.booleans()):
        return Choices(tuple(draw(st.lists(values, min_size=2, max_size=4, unique=True))))
    ends = values.filter(lambda value: abs(value) < 1e6)
    low, high = sorted(draw(st.lists(ends, min_size=2, max_size=2, unique=True)))
    if draw(st.booleans()):
        steps = draw(st.integers(1, 20))
        step = draw(st.integers(1, 50)) if isinstance(low, int) else draw(st.sampled_from([0.1, 0.05, 0.25, 1e-3]))
        low = low if isinstance(low, int) else float(round(Decimal(str(low)), 3))
        high = type(low)(Decimal(str(low)) + steps * Decimal(str(step)))
        return Range(low, high, step=step)
    log = low > 0 and draw(st.booleans())
    return Range(low, high, log=log)


def is_of(value, domain):
    """Whether a suggestion is one that the domain allows, and of its type."""
    if isinstance(domain, Choices):
        return any(value == choice and type(value) is type(choice) for choice in domain.values)
    if type(value) is not type(domain.low) or not domain.low <= value <= domain.high:
        return False
    return domain.step is None or not (Decimal(str(value)) - Decimal(str(domain.low))) % Decimal(str(domain.step))


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_suggestions_are_of_the_space_and_of_the_type(data):
    items = data.draw(st.lists(st.sampled_from([*searchable().values()]), min_size=1, max_size=4, unique_by=id))
    space = {item.name: data.draw(domains(item), label=item.name) for item in items}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    for number in range(14):  # ten at random, then by what came of them
        trial = begin_trial(study, space, seed=data.draw(st.integers(0, 2**40)) if number == 0 else 3)
        tried = settings_of(trial)
        assert set(tried) == set(space)
        assert {name: tried[name] for name in space if not is_of(tried[name], space[name])} == {}
        study.tell(trial, float(number % 5))


def test_suggestions_are_what_a_configuration_takes():
    space = {
        "learning_rate": Range(0.0, 100.0),
        "units": Range(1, 8192, log=True),
        "optimizer": Choices(("nadam", "adam")),
    }
    study = optuna.create_study()
    for _ in range(20):
        settings = settings_of(begin_trial(study, space, seed=1))
        assert {name: values_of(with_values(Config(), settings))[name] for name in space} == settings


@pytest.mark.parametrize("low", [0.0, 0.3])
def test_the_end_of_a_range_is_a_plain_number(low):
    """As a configuration demands, which takes no number of NumPy's."""
    space = {"singleton_rate": Range(low, math.nextafter(low, 1.0))}
    trials = [begin_trial(optuna.create_study(), space, seed) for seed in range(8)]
    assert any(type(trial.params["singleton_rate"]) is np.float64 for trial in trials)  # so Optuna may well do
    for trial in trials:
        assert type(settings_of(trial)["singleton_rate"]) is float
        assert with_values(Config(), settings_of(trial)).words.singleton_rate == trial.params["singleton_rate"]


def test_steps_are_the_decimals_that_a_person_would_write():
    study = optuna.create_study()
    tried = {
        settings_of(begin_trial(study, {"input_dropout": Range(0.1, 0.6, step=0.05)}, seed))["input_dropout"]
        for seed in range(99)
    }
    assert {*map(str, tried)} == {"0.1", "0.15", "0.2", "0.25", "0.3", "0.35", "0.4", "0.45", "0.5", "0.55", "0.6"}


def test_both_ends_and_all_choices_are_tried():
    space = {"layers": Range(1, 3), "lowercase": Choices((True, False)), "input_dropout": Range(0.0, 0.2, step=0.1)}
    study = optuna.create_study()
    tried = {name: set() for name in space}
    for _ in range(60):
        trial = begin_trial(study, space, seed=1)
        study.tell(trial, 0.5)
        for name, value in settings_of(trial).items():
            tried[name].add(value)
    assert tried == {"layers": {1, 2, 3}, "lowercase": {True, False}, "input_dropout": {0.0, 0.1, 0.2}}


def test_a_logarithmic_range_gives_each_decade_its_share():
    study = optuna.create_study()
    rates = []
    for seed in range(60):
        trial = begin_trial(study, {"learning_rate": Range(1e-4, 1.0, log=True)}, seed)
        rates.append(trial.params["learning_rate"])
    assert 20 < sum(rate < 1e-2 for rate in rates) < 40


def record(number, f1, state="complete"):
    return TrialRecord(number, state, f1, 1, 1, {})


def test_the_best_are_complete_and_of_equals_the_earlier_comes_first():
    records = [record(0, 0.5), record(1, 0.9, "pruned"), record(2, 0.7), record(3, 0.7), record(4, None, "failed")]
    assert [one.number for one in best_of(records, 2)] == [2, 3]
    assert [one.number for one in best_of(records, 9)] == [2, 3, 0]


@pytest.mark.parametrize("name", ["study", "a b", "a?b=c", "a#b", "50%41", "{SCHEMA_VERSION}", "é"])
def test_a_study_lies_where_its_path_says(tmp_path, name):
    (tmp_path / name).mkdir()
    create_study(tmp_path / name, {"answer": 42}, first={"units": 8})
    assert [path.name for path in (tmp_path / name).iterdir()] == ["study.db"]
    with open_study(tmp_path / name) as study:
        assert (study.user_attrs, study.direction.name) == ({"answer": 42}, "MAXIMIZE")
        assert begin_trial(study, SPACE, seed=1).params["units"] == 8


def foreign(path):
    with sqlite3.connect(path) as database:
        database.execute("create table recipes (name)")


def another_study(path):
    optuna.create_study(storage=f"sqlite:///{path}", study_name="another")


def of_another_version(path):
    create_study(path.parent, {}, None)
    with sqlite3.connect(path) as database:
        database.execute("update version_info set schema_version = 99")
        database.execute("update alembic_version set version_num = 'v99'")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"rubbish" * 1000), "cannot be read or written: "),
        (lambda path: path.write_bytes(b""), "cannot be read or written: "),
        (lambda path: path.mkdir(), "cannot be read or written: "),
        (foreign, "cannot be read or written: "),
        (another_study, "not a study of `tagger tune`"),
        (of_another_version, "The runtime optuna version "),
    ],
    ids=["rubbish", "empty", "directory", "foreign", "another study", "another version"],
)
def test_what_is_no_study_of_ours_is_said_in_one_line_and_left_alone(tmp_path, make, said):
    path = tmp_path / "study.db"
    make(path)
    before = path.is_file() and path.read_bytes()
    with pytest.raises(TaggerError) as caught, open_study(tmp_path):
        pass
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)
    assert (path.is_file() and path.read_bytes()) == before


def test_a_study_that_can_no_longer_be_written_is_said_in_one_line(tmp_path):
    create_study(tmp_path, {}, None)
    said = r"study\.db: cannot be read or written: .*no such table"
    with pytest.raises(TaggerError, match=said) as caught, open_study(tmp_path) as study:
        with sqlite3.connect(tmp_path / "study.db") as database:
            database.execute("drop table trials")
        begin_trial(study, SPACE, seed=1)
    assert "\n" not in str(caught.value)


def occupied(path):
    path.mkdir()
    (path / "thesis.txt").write_text("precious")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (occupied, "study: something else stands there; name another directory with --output"),
        (lambda path: path.write_text("precious"), "study: something else stands there"),
        (lambda path: path.symlink_to(path), "study: cannot be written: "),
    ],
    ids=["occupied", "file", "loop"],
)
def test_a_place_that_is_taken_is_refused(tmp_path, make, said):
    make(tmp_path / "study")
    with pytest.raises(DataError) as caught:
        check_new(tmp_path / "study")
    assert said in str(caught.value)


def test_a_mount_point_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "is_mount", lambda self: self == tmp_path)
    with pytest.raises(DataError, match="this directory cannot be replaced; name one below it with --output"):
        check_new(tmp_path)
    check_new(tmp_path / "study")


def test_the_current_directory_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="this directory cannot be replaced"):
        check_new(tmp_path)


@pytest.mark.parametrize("exists", [True, False])
def test_a_study_comes_to_be_in_an_empty_place_once(tmp_path, exists):
    place = tmp_path / "deep" / "study"
    if exists:
        place.mkdir(parents=True)
    with pytest.raises(DataError, match="study: no study stands there; leave --resume out to begin one"):
        check_old(place)
    check_new(place)
    begin_study(place, {}, None)
    check_old(place)
    assert [path.name for path in place.parent.iterdir()] == ["study"]
    with pytest.raises(DataError, match="study: a study stands there; go on with it with --resume"):
        check_new(place)


def test_a_study_that_cannot_be_made_is_not_there_in_part(tmp_path, monkeypatch):
    def full_disk(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(optuna.Study, "enqueue_trial", full_disk)
    with pytest.raises(OSError, match="No space"):
        begin_study(tmp_path / "study", {}, {"units": 8})
    assert not any(tmp_path.iterdir())
