"""A run's options as a file: what is written, what is read, and the texts that say what is wrong."""

import os
import tomllib
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

import pytest
from config_strategies import configurations, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from test_toml_file import refusal, written

from tagger.config import ColumnFormat, TextFormat, TokenFormat, TrainingConfig, WordConfig
from tagger.run_file import CONFIGS, PATHS, read_run_file, run_text

FEW = settings(deadline=None, max_examples=100)
names = texts.map(lambda text: text.replace("/", "").replace("\0", "")).filter(lambda text: text not in {"", ".", ".."})
places = st.lists(names | st.just(".."), max_size=3).map(lambda parts: Path(*parts))
files = st.fixed_dictionaries(dict.fromkeys(PATHS, st.none() | places))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with folders above it that no example climbs out of."""
    return tmp_path_factory.mktemp("a") / "b" / "c" / "d" / "e" / "f" / "g"


@pytest.fixture
def refused(tmp_path):
    """What is said of a file of this content, after its path."""
    return partial(refusal, read_run_file, tmp_path / "run.toml")


def options_of(configs):
    return {name: value for config in configs for name, value in asdict(config).items() if value is not None}


def test_what_is_written_is_meant_for_a_reader():
    paths = {"train": Path("data/train.conll"), "dev": None, "output": Path("models/best")}
    assert run_text(paths, [ColumnFormat(), WordConfig(lowercase=False)], Path("models/best")) == (
        "# `tagger train --config` with this file repeats the run. Its paths are relative to the file.\n"
        "\n# Files\n"
        'train = "../../data/train.conll"\n'
        'output = "."\n'
        "word_column = 1\n"
        "tag_column = -1\n"
        'separator = "auto"\n'
        'scheme = "auto"\n'
        "\n# Words\n"
        "lowercase = false\n"
        "fold_digits = true\n"
        "singleton_rate = 0.5\n"
        "word_dropout = 0.0\n"
    )


def test_every_option_stands_below_the_panel_that_its_help_is_in():
    configs = (ColumnFormat(comment_prefix="#"), WordConfig(embedding_size=5), *(config() for config in CONFIGS[2:]))
    panels, panel = {}, None
    for line in run_text({"train": Path("train.conll")}, configs, Path()).splitlines()[1:]:
        if line.startswith("# "):
            panel = panels[line[2:]] = []
        elif line:
            panel.append(line.split(" = ")[0])
    expected = {"Files": ["train"]}
    for item in (item for config in CONFIGS for item in fields(config)):
        expected.setdefault(item.metadata["panel"], []).append(item.name)
    assert panels == expected


@FEW
@given(files, configurations, places)
def test_what_is_written_is_what_another_reader_reads(folder, files, configs, place):
    paths = {name: path and folder / path for name, path in files.items()}
    values = tomllib.loads(run_text(paths, configs, folder / place))
    led = {name: os.path.normpath(folder / place / values.pop(name)) for name in PATHS if name in values}
    assert led == {name: os.path.normpath(path) for name, path in paths.items() if path}
    assert values == options_of(configs)


@FEW
@given(files, configurations, places)
def test_what_is_written_is_what_is_read(folder, files, configs, place):
    paths = {name: path and folder / path for name, path in files.items()}
    run_file = Path(os.path.normpath(folder / place / "run.toml"))
    run_file.parent.mkdir(parents=True, exist_ok=True)
    run_file.write_text(run_text(paths, configs, run_file.parent), encoding="utf-8", newline="")
    values = read_run_file(run_file)
    led = {name: os.path.normpath(values.pop(name)) for name in PATHS if name in values}
    assert led == {name: os.path.normpath(path) for name, path in paths.items() if path}
    assert values == options_of(configs)


def test_the_same_run_gives_the_same_text_wherever_it_is_written_from(folder, monkeypatch):
    folder.mkdir(parents=True, exist_ok=True)
    texts = []
    for place in (folder, folder.parent):
        monkeypatch.chdir(place)
        train, output = (Path(os.path.relpath(folder / name, place)) for name in ("train.conll", "model"))
        texts.append(run_text({"train": train, "output": output}, [TrainingConfig()], output))
    assert texts[0] == texts[1]
    assert tomllib.loads(texts[0])["train"] == "../train.conll"


def test_paths_lead_on_where_a_directory_is_a_link(tmp_path):
    real = tmp_path / "far" / "away" / "runs"
    real.mkdir(parents=True)
    (tmp_path / "train.conll").write_text("here")
    (tmp_path / "runs").symlink_to(real)
    run_file = tmp_path / "runs" / "run.toml"
    run_file.write_text(run_text({"train": tmp_path / "train.conll"}, [], tmp_path / "runs"))
    assert read_run_file(run_file)["train"].read_text() == "here"


def test_what_is_not_unicode_is_left_out_and_said(tmp_path):
    train = tmp_path / os.fsdecode(b"caf\xe9.conll")
    text = run_text({"train": train, "output": tmp_path}, [ColumnFormat(comment_prefix="\udcff")], tmp_path)
    assert tomllib.loads(text.encode("utf-8").decode("utf-8")) == {"output": "."} | options_of([ColumnFormat()])
    assert "# train: 'caf\\udce9.conll' is not UTF-8 and cannot stand here\n" in text
    assert "# comment_prefix: '\\udcff' is not UTF-8 and cannot stand here\n" in text


def test_paths_lead_from_the_file(tmp_path):
    (tmp_path / "run.toml").write_text('train = "../data/train.conll"\ndev = "/data/dev.conll"\noutput = "."\n')
    assert read_run_file(tmp_path / "run.toml") == {
        "train": tmp_path / "../data/train.conll",
        "dev": Path("/data/dev.conll"),
        "output": tmp_path,
    }


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("", {}),
        ("\n# units = 3\n", {}),
        ("units = 3", {"units": 3}),
        ("learning_rate = 1", {"learning_rate": 1}),
        ("learning_rate = 1e-3 # small", {"learning_rate": 0.001}),
        ("lowercase = false", {"lowercase": False}),
    ],
)
def test_a_file_gives_what_it_says_and_nothing_else(tmp_path, content, values):
    assert read_run_file(written(tmp_path / "run.toml", content)) == values


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("units = 3\nbach_size = 4", "2: unknown option 'bach_size'; did you mean batch_size?"),
        ("batch-size = 4", "1: unknown option 'batch-size'; did you mean batch_size?"),
        ("--batch-size = 4", "1: unknown option '--batch-size'; did you mean batch_size?"),
        ("no_lowercase = true", "1: unknown option 'no_lowercase'; did you mean lowercase?"),
        ("vector = 'x'", "1: unknown option 'vector'; did you mean vectors?"),
        ("config = 'run.toml'", "1: unknown option 'config'; see `tagger train --help`"),
        ('"\\n" = 1', r"1: unknown option '\n'; see `tagger train --help`"),
        ("\n\nunits = 0", "3: --units: 0 is less than 1"),
        ("units = 3\nword_column = 0", "2: --word-column: columns count from 1, or from the end with -1; found 0"),
        ("comment_prefix = ''", "1: --comment-prefix: an empty prefix would make every line a comment"),
        ("scheme = 'iob2'", "1: --scheme: 'iob2' is not one of auto, IOB1, IOB2, BIOES, BILOU, BMES, BMEWO"),
        ("batch_size = 'many'", "1: --batch-size: 'many' is not a value of type int"),
        ("batch_size = '3'", "1: --batch-size: '3' is not a value of type int"),
        ("batch_size = 3.0", "1: --batch-size: 3.0 is not a value of type int"),
        ("batch_size = true", "1: --batch-size: True is not a value of type int"),
        ("learning_rate = true", "1: --learning-rate: True is not a value of type float"),
        ("learning_rate = nan", "1: --learning-rate: nan is not a value of type float"),
        ("lowercase = 1", "1: --lowercase: 1 is not a value of type bool"),
        ("lowercase = 'no'", "1: --lowercase: 'no' is not a value of type bool"),
        ("units = [3]", "1: --units: [3] is not a value of type int"),
        ("comment_prefix = 5", "1: --comment-prefix: 5 is not a value of type str | None"),
        ("seed = 2026-01-01", "1: --seed: datetime.date(2026, 1, 1) is not a value of type int"),
        ("train = 5", "1: train: 5 is not a path"),
        ("train = ['a', 'b']", "1: train: ['a', 'b'] is not a path"),
        ("dev = ''", "1: dev: '' is not a path"),
        ('dev = "a\\u0000b"', r"1: dev: 'a\x00b' is not a path"),
        (
            "units = 3\nunits = 4\n",
            "2: not TOML: Cannot overwrite a value at column 10; it was set before, leave one out",
        ),
    ],
)
def test_what_cannot_be_is_named_with_its_line(refused, content, text):
    assert refused(content) == text


def test_an_option_that_a_command_refuses_is_named_with_its_line(tmp_path):
    refuse = partial(read_run_file, refused={"seeds": "seeds: not here"})
    said = partial(refusal, refuse, tmp_path / "run.toml")
    assert said("units = 3\nseeds = 1\n") == "2: seeds: not here"
    assert said("units = 3\nseeds = 0\n") == "2: --seeds: 0 is less than 1"
    assert refuse(written(tmp_path / "run.toml", "units = 3\n")) == {"units": 3}


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        ("units = 3\n\n[training]\nbatch_size = 4\n", "training", 3),
        ("units = 3\n[[training]]\n", "training", 2),
        ("training.batch_size = 4\n", "training", 1),
        ("\n[units.x]\n", "units", 2),
        ("output = {path = 'x'}\n", "output", 1),
    ],
)
def test_tables_are_refused(refused, content, name, line):
    assert refused(content).startswith(f"{line}: {name!r} is a table; options stand in no table")


@pytest.mark.parametrize("name", [*PATHS, *(item.name for config in CONFIGS for item in fields(config))])
def test_the_flag_of_an_option_is_understood(refused, name):
    assert refused(f"--{name.replace('_', '-')} = 1").endswith(f"; did you mean {name}?")


def test_the_first_of_several_errors_is_named(refused):
    assert refused("units = 0\nlayers = 0\n").startswith("1: --units")
    assert refused("layers = 0\nunits = 0\n").startswith("1: --layers")


def test_unlabelled_text_is_a_list_of_paths_from_the_file_and_back(tmp_path):
    paths = {"unlabelled": [tmp_path / "raw.txt", tmp_path / "more" / "*.gz"], "output": tmp_path / "model"}
    text = run_text(paths, [TextFormat(language="de"), TokenFormat(tokenized=True)], tmp_path / "model")
    assert tomllib.loads(text) == {
        "unlabelled": ["../raw.txt", "../more/*.gz"],
        "output": ".",
        "text_field": "text",
        "language": "de",
        "errors": "strict",
        "tokenized": True,
        "text_kind": "auto",
    }
    (tmp_path / "model").mkdir()
    values = read_run_file(written(tmp_path / "model" / "run.toml", text))
    assert [os.path.normpath(path) for path in values["unlabelled"]] == [str(path) for path in paths["unlabelled"]]


def test_a_list_with_a_name_that_is_no_text_is_left_out(tmp_path):
    paths = {"unlabelled": [tmp_path / "raw.txt", tmp_path / "\udcff"]}
    text = run_text(paths, [], tmp_path)
    text.encode()
    assert tomllib.loads(text) == {}
    assert "# unlabelled: " in text


@pytest.mark.parametrize("value", ['"raw.txt"', "[3]", '[""]', '["a\\u0000"]', "true"])
def test_unlabelled_text_that_is_no_list_of_paths_is_refused(refused, value):
    assert refused(f"units = 3\nunlabelled = {value}\n").startswith("2: unlabelled: ")
