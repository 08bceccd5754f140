"""`--preset`: sets of options, below a file of options and the command line."""

import runpy
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from tagger.commands.app import app
from tagger.config import SECTIONS, Config
from tagger.presets import PRESETS, PresetName
from tagger.search_space import values_of, with_values

ROOT = Path(__file__).parent.parent
OPTIONS = {item.name for section in SECTIONS for item in fields(section)}


def asked(*arguments):
    """The options that `tagger train` asks of training, which does not take place."""
    requests = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tagger.training.seeds.train_best", lambda request, stopping: requests.append(request))
        patch.setattr("tagger.commands.training_display.show_training", lambda events: None)
        result = CliRunner().invoke(app, ["train", "a", "-o", "b", *map(str, arguments)])
    assert (result.exit_code, result.output) == (0, "")
    return values_of(requests[0].config)


@pytest.fixture
def run_file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("units = 7\n")
    return path


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_made_of_options_with_values_that_they_may_have(name):
    assert set(PRESETS[name]) <= OPTIONS - {"seed"}
    made = values_of(with_values(Config(), PRESETS[name]))
    assert {option: made[option] for option in PRESETS[name]} == dict(PRESETS[name])


def test_the_names_are_those_that_may_be_chosen():
    assert get_args(PresetName) == tuple(PRESETS)


def test_presets_cannot_be_changed():
    with pytest.raises(TypeError):
        PRESETS["fast"] = {}
    with pytest.raises(TypeError):
        PRESETS["fast"]["units"] = 1


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_its_values_and_leaves_the_others(name):
    assert asked("--preset", name) == values_of(Config()) | dict(PRESETS[name])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_command_line_wins_over_the_file_and_the_file_over_the_preset(run_file, place):
    options = [("--config", run_file), ("--state-dropout", "0.4")]
    options.insert(place, ("--preset", "accurate"))
    found = asked(*(word for option in options for word in option))
    assert found == values_of(Config()) | dict(PRESETS["accurate"]) | {"units": 7, "state_dropout": 0.4}


def test_a_default_that_is_named_wins_too():
    default = Config().encoder.units
    assert PRESETS["accurate"]["units"] != default
    assert asked("--preset", "accurate", "--units", default)["units"] == default


@pytest.mark.parametrize("command", ["train", "tune"])
def test_an_unknown_preset_is_refused_with_the_choices(command):
    result = CliRunner().invoke(app, [command, "a", "-o", "b", "--preset", "slow"], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "'slow' is not one of 'fast', 'default', 'accurate'" in result.output


@pytest.mark.parametrize("command", ["train", "tune"])
def test_help_names_them(command):
    assert "<fast|default|accurate>" in CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output


def test_a_search_takes_them_too():
    requests = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tagger.training.tuning.tune", requests.append)
        patch.setattr("tagger.commands.tune_display.show_search", lambda events, request: None)
        result = CliRunner().invoke(app, ["tune", "a", "-o", "b", "--preset", "accurate", "--epochs", "4"])
    assert (result.exit_code, result.output) == (0, "")
    found = values_of(requests[0].base.config)
    assert found == values_of(Config()) | dict(PRESETS["accurate"]) | {"epochs": 4}


def test_the_table_of_the_documents_is_that_of_the_program():
    made = runpy.run_path(str(ROOT / "docs" / "make_presets.py"))["reference"]()
    assert (ROOT / "docs" / "presets.md").read_text(encoding="utf-8") == made, "run: python docs/make_presets.py"


def test_the_table_has_every_value():
    rows = [line.split("|") for line in (ROOT / "docs" / "presets.md").read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in row[1:-1]] for row in rows]
    names, _, *options = cells
    for place, name in enumerate(names[2:], start=2):
        told = {row[0].removeprefix("--").replace("-", "_"): row[place] for row in options if row[place]}
        assert told == {option: str(value) for option, value in PRESETS[name].items()}


@pytest.mark.slow
def test_a_model_keeps_the_values_and_not_the_name(tmp_path):
    train = tmp_path / "train.conll"
    train.write_text("Anna B-PER\nlives O\n\nOslo B-LOC\nsleeps O\n")
    tiny = ("--embedding-size", "2", "--epochs", "1", "--preset", "fast")
    result = CliRunner().invoke(app, ["train", str(train), "-o", str(tmp_path / "model"), *tiny])
    assert result.exit_code == 0, result.output
    kept = tomllib.loads((tmp_path / "model" / "run.toml").read_text())
    assert "preset" not in kept
    assert {option: kept[option] for option in PRESETS["fast"]} == dict(PRESETS["fast"])
