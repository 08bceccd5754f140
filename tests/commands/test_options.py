"""Options on the command line are the fields of config: same defaults, same limits, same names."""

import re
from dataclasses import asdict, fields
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from tagger.commands.options import with_options
from tagger.config import (
    CharacterConfig,
    ColumnFormat,
    EncoderConfig,
    LanguageModelConfig,
    TagConfig,
    TrainingConfig,
    WordConfig,
)

ALL = (ColumnFormat, WordConfig, CharacterConfig, EncoderConfig, TagConfig, LanguageModelConfig, TrainingConfig)
OF_COMMAND = {"train": ALL, "evaluate": (ColumnFormat,), "tag": (ColumnFormat,)}
LEFT_OUT = {"tag": {"tag_column"}}  # where nothing reads the tags
FIELDS = [item for config in ALL for item in fields(config)]


def help_of(run, monkeypatch, command):
    """The rows of a command's help, by the panel they stand in."""
    monkeypatch.setenv("COLUMNS", "250")
    ran = run(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    panels, panel = {}, ""
    for line in ran.out.splitlines():
        if heading := re.match(r"╭─ (.+?) ─", line):
            panel = heading.group(1)
        panels.setdefault(panel, []).append(line.strip("│ "))
    return panels


def flag_of(item):
    return "--" + item.name.replace("_", "-")


def default_in_help(item):
    if isinstance(item.default, bool):
        return ("" if item.default else "no-") + flag_of(item)[2:]
    return None if item.default is None else str(item.default)


def another_value(item):
    """A value that is not the default and within the limits."""
    if choices := [choice for choice in get_args(item.type) if isinstance(choice, str)]:
        return next(choice for choice in choices if choice != item.default)
    if isinstance(item.default, bool):
        return not item.default
    if isinstance(item.default, float):
        return 0.25
    return 7 if "int" in str(item.type) else "%%"


def parse(arguments):
    """What a command with all options makes of its arguments."""
    taken = []
    app = typer.Typer()

    @app.command()
    @with_options(*ALL)
    def command(*, configs: tuple) -> None:
        taken.extend(configs)

    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return tuple(taken)


@pytest.mark.parametrize("command", OF_COMMAND)
def test_help_shows_the_defaults_and_texts_of_the_configuration(run, monkeypatch, command):
    panels = help_of(run, monkeypatch, command)
    for item in (item for config in OF_COMMAND[command] for item in fields(config)):
        if item.name in LEFT_OUT.get(command, ()):
            continue
        rows = [row for row in panels[item.metadata["panel"]] if re.search(rf"(^|\s){flag_of(item)}\s", row)]
        assert len(rows) == 1, item.name
        assert item.metadata["help"] in rows[0]
        shown = re.search(r"\[default: (.*)\]$", rows[0])
        assert (shown and shown.group(1)) == default_in_help(item)


def test_help_offers_every_choice(run, monkeypatch):
    text = "\n".join(help_of(run, monkeypatch, "train")["Files"])
    assert "<auto|IOB1|IOB2|BIOES|BILOU|BMES|BMEWO>" in text


@pytest.mark.parametrize("command", [*OF_COMMAND, "show"])
def test_a_command_alone_shows_its_help(run, command):
    asked, alone = run(command, "--help"), run(command)
    assert (alone.code, alone.out.rstrip(), alone.err) == (2, asked.out.rstrip(), "")
    assert run(command, "-h") == asked


def test_without_options_the_configurations_are_the_defaults():
    assert parse([]) == tuple(config() for config in ALL)


@pytest.mark.parametrize("item", FIELDS, ids=lambda item: item.name)
def test_each_option_sets_its_field_and_no_other(item):
    value = another_value(item)
    flag = flag_of(item) if value is not False else flag_of(item).replace("--", "--no-", 1)
    found = parse([flag] if isinstance(value, bool) else [flag, str(value)])
    values = {name: given for config in found for name, given in asdict(config).items()}
    defaults = {name: given for config in ALL for name, given in asdict(config()).items()}
    assert values == defaults | {item.name: value}
    assert value != item.default


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--input-dropout", "1.5"], "--input-dropout: 1.5 is not below 1.0"),
        (["--output-dropout", "1"], "--output-dropout: 1.0 is not below 1.0"),
        (["--state-dropout", "nan"], "--state-dropout: nan"),
        (["--singleton-rate", "1.5"], "--singleton-rate: 1.5 is more than 1.0"),
        (["--singleton-rate=-0.1"], "--singleton-rate: -0.1 is less than 0.0"),
        (["--learning-rate", "nan"], "--learning-rate: nan"),
        (["--clip-norm=-1"], "--clip-norm: -1.0 is less than 0.0"),
        (["--average-decay", "1"], "--average-decay: 1.0 is not below 1.0"),
        (["--character-width", "0"], "--character-width: 0 is less than 1"),
        (["--units", "0"], "--units: 0 is less than 1"),
        (["--layers=-2"], "--layers: -2 is less than 1"),
        (["--epochs", "0"], "--epochs: 0 is less than 1"),
        (["--seed=-1"], "--seed: -1 is less than 0"),
        (["--word-column", "0"], "--word-column: columns count from 1"),
    ],
)
def test_an_impossible_value_is_one_line(refuses, write, options, text):
    write("train.conll", "Anna B-PER\n\nOslo B-LOC\n")
    refuses(text, "train", "train.conll", "-o", "model", *options)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["tarin"], "Did you mean 'train'?"),
        (["tag", "model", "file", "--outptu", "x"], "No such option: --outptu"),
        (["tag", "model"], "Missing argument"),
        (["train", "train.conll"], "Missing option '--output'"),
        (["train", "train.conll", "-o", "m", "--scheme", "IOB3"], "'IOB3' is not one of"),
        (["tag", "model", "file", "--scheme", "iob2"], "'iob2' is not one of"),
        (["evaluate", "model", "file", "--separator", ","], "',' is not one of"),
        (["train", "train.conll", "-o", "m", "--epochs", "many"], "Invalid value for '--epochs'"),
        (["train", "train.conll", "-o", "m", "--units", "2.5"], "Invalid value for '--units'"),
        (["train", "train.conll", "-o", "m", "--characters", "rnn"], "'rnn' is not one of"),
        (["show", "model", "another"], "unexpected extra argument"),
    ],
)
def test_a_mistyped_command_line_says_what_is_meant(run, tmp_path, monkeypatch, arguments, text):
    monkeypatch.setenv("COLUMNS", "200")
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err
    assert "Traceback" not in ran.err
    assert not any(tmp_path.iterdir())
