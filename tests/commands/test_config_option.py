"""`--config`: a file gives what the command line does not."""

import inspect
import os
from dataclasses import asdict, fields
from pathlib import Path

import pytest
import typer
from config_strategies import configurations
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tagger.commands.app import app
from tagger.commands.options import RunFile, with_options
from tagger.config import ColumnFormat, Config, EncoderConfig, TextFormat, TokenFormat, TrainingConfig, WordConfig
from tagger.run_file import CONFIGS, PATH_LISTS, PATHS, run_text
from tagger.training.request import TrainRequest

FEW = settings(deadline=None, max_examples=40)
NAMES = [item.name for config in CONFIGS for item in fields(config)]
TWO = "Anna B-PER\nlives O\n\nOslo B-LOC\nsleeps O\n"
TINY = {"units": 2, "embedding_size": 2, "epochs": 1, "lm_weight": 0.0}


def request_of(*arguments) -> TrainRequest:
    """What `tagger train` asks of training, which does not take place."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tagger.training.run.train_model", lambda request, stopping: asked.append(request))
        patch.setattr("tagger.commands.training_display.show_training", lambda events: None)
        result = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert (result.exit_code, result.output) == (0, "")
    (request,) = asked
    return request


@pytest.fixture
def asked(write, tmp_path, monkeypatch):
    """What training is asked for with a run file of this content and these arguments."""

    def asked(content, *arguments):
        monkeypatch.chdir(tmp_path)
        write("run.toml", content)
        return request_of("--config", "run.toml", *arguments)

    return asked


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def configs_of(request):
    config = request.config
    return (request.columns, *(getattr(config, item.name) for item in fields(config)), request.running)


def values_of(configs):
    return {name: value for config in configs for name, value in asdict(config).items()}


def flag(name, value):
    dashed = name.replace("_", "-")
    return f"--{'' if value else 'no-'}{dashed}" if isinstance(value, bool) else f"--{dashed}={value}"


def test_a_file_gives_paths_and_options(asked):
    content = 'train = "a"\noutput = "b"\ndev = "c"\nvectors = "d"\nunits = 3\nlowercase = false\nscheme = "BMES"\n'
    config = Config(WordConfig(lowercase=False), encoder=EncoderConfig(units=3))
    paths = (Path("a"), Path("b"), Path("c"), Path("d"))
    assert asked(content) == TrainRequest(*paths, ColumnFormat(scheme="BMES"), config)


def test_a_file_gives_unlabelled_text_and_how_it_is_read(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    content = 'train = "a"\noutput = "b"\nunlabelled = ["raw.txt", "../more"]\nlanguage = "de"\ntext_field = "body"\n'
    write("runs/a.toml", content + 'errors = "replace"\ntokenized = true\nunlabelled_batch = 7\n')
    request = request_of("--config", "runs/a.toml")
    assert request.unlabelled == (Path("runs/raw.txt"), Path("runs/../more"))
    assert request.text == TextFormat(language="de", text_field="body", errors="replace")
    assert request.tokens == TokenFormat(tokenized=True)
    assert request.config.language_model.unlabelled_batch == 7
    other = request_of("--config", "runs/a.toml", "--unlabelled", "x", "--unlabelled", "y", "--no-tokenized")
    assert (other.unlabelled, other.tokens) == ((Path("x"), Path("y")), TokenFormat())


def test_what_is_said_of_text_that_is_tagged_is_no_option_of_training(refuses, write):
    write("run.toml", 'train = "a"\noutput = "b"\ndocuments = "line"\n')
    refuses("run.toml:3: unknown option 'documents'", "train", "--config", "run.toml")


def test_an_empty_file_leaves_everything_to_the_command_line(asked):
    assert asked("", "a", "--output", "b", "--units", "3") == TrainRequest(
        Path("a"), Path("b"), config=Config(encoder=EncoderConfig(units=3))
    )


def test_the_command_line_wins_over_the_file(asked):
    content = 'train = "a"\noutput = "b"\ndev = "c"\nunits = 3\nlayers = 2\noptimizer = "adam"\n'
    arguments = ("x", "-o", "y", "--dev", "z", "--units", "128", "--optimizer", "nadam")
    encoder = EncoderConfig(units=128, layers=2)
    assert asked(content, *arguments) == TrainRequest(
        Path("x"), Path("y"), Path("z"), config=Config(encoder=encoder, training=TrainingConfig(optimizer="nadam"))
    )


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("argument", [None, "--lowercase", "--no-lowercase"])
def test_a_flag_wins_over_the_file(asked, said, argument):
    content = f'train = "a"\noutput = "b"\nlowercase = {str(said).lower()}\n'
    wanted = said if argument is None else argument == "--lowercase"
    assert asked(content, *([argument] if argument else [])).config.words.lowercase is wanted


@pytest.mark.parametrize("place", [0, 1, 3])
def test_it_may_stand_anywhere_on_the_command_line(write, place):
    run_file = write("run.toml", 'train = "a"\noutput = "b"\nunits = 3\nlayers = 2\n')
    arguments = ["x", "--units", "4"]
    arguments[place:place] = ["--config", run_file]
    config = Config(encoder=EncoderConfig(units=4, layers=2))
    assert request_of(*arguments) == TrainRequest(Path("x"), run_file.parent / "b", config=config)


def test_help_comes_before_the_file(run):
    assert run("train", "--config", "nosuch", "--help") == run("train", "--help")


def test_a_whole_number_becomes_a_fraction(asked):
    rate = asked("learning_rate = 1\n", "a", "-o", "b").config.training.learning_rate
    assert (rate, type(rate)) == (1.0, float)


@FEW
@given(configurations)
def test_a_written_run_is_asked_for_again(folder, configs):
    paths = {"train": folder / "train", "dev": None, "vectors": folder / "x" / "vectors", "output": folder / "model"}
    (folder / "model").mkdir(exist_ok=True)
    run_file = folder / "model" / "run.toml"
    run_file.write_text(run_text(paths, configs, run_file.parent), encoding="utf-8", newline="")
    request = request_of("--config", run_file)
    assert configs_of(request) == configs
    found = {name: getattr(request, name) for name in paths}
    assert {name: path and Path(os.path.normpath(path)) for name, path in found.items()} == paths


@FEW
@given(configurations, configurations, st.sets(st.sampled_from(NAMES)))
def test_each_option_is_that_of_the_command_line_else_that_of_the_file(folder, here, there, chosen):
    given_here = {name: value for name, value in values_of(here).items() if name in chosen and value is not None}
    run_file = folder / "run.toml"
    run_file.write_text(run_text({}, there, folder), encoding="utf-8", newline="")
    flags = (flag(name, value) for name, value in given_here.items())
    request = request_of("--config", run_file, "a", "-o", "b", *flags)
    assert values_of(configs_of(request)) == values_of(there) | given_here


def test_paths_of_a_file_lead_from_it_and_those_of_the_command_line_from_here(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    write("runs/a.toml", f'train = "train.conll"\ndev = "../dev.conll"\nvectors = "{tmp_path}/v"\noutput = "."\n')
    request = request_of("--config", "runs/a.toml", "--output", "model")
    paths = (Path("runs/train.conll"), Path("model"), Path("runs/../dev.conll"), tmp_path / "v")
    assert request == TrainRequest(*paths)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("units = 3\n\nbach_size = 4\n", "tagger: run.toml:3: unknown option 'bach_size'; did you mean batch_size?\n"),
        ("units = 0\n", "tagger: run.toml:1: --units: 0 is less than 1\n"),
        ("units = many\n", "tagger: run.toml:1: not TOML: Invalid value at column 9; text stands in quotes"),
        ("[training]\nunits = 3\n", "tagger: run.toml:1: 'training' is a table"),
        (b"# M\xfcnchen\n", "tagger: run.toml:1: byte 0xfc at position 4 is not UTF-8"),
    ],
)
@pytest.mark.parametrize("others", [[], ["train.conll", "-o", "model", "--units", "3"]])
def test_what_is_wrong_with_a_file_is_one_line(refuses, write, content, text, others):
    write("run.toml", content)
    refuses(text, "train", *others, "--config", "run.toml")


@pytest.mark.parametrize(("name", "text"), [("nosuch", "no such file"), (".", "cannot be read: Is a directory")])
def test_a_file_that_cannot_be_opened_is_one_line(refuses, name, text):
    refuses(f"tagger: {name}: {text}\n", "train", "--config", name)


@pytest.mark.parametrize(
    ("content", "text"),
    [('output = "b"\n', "Missing argument 'TRAIN'"), ('train = "a"\n', "Missing option '--output'")],
)
def test_what_neither_gives_is_missed(run, write, monkeypatch, content, text):
    monkeypatch.setenv("COLUMNS", "200")
    write("run.toml", content)
    ran = run("train", "--config", "run.toml")
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


def test_another_command_may_take_the_same_file(write):
    taken = []
    other = typer.Typer()

    @other.command()
    @with_options(TrainingConfig)
    def tune(train: Path, *, trials: int = 5, run_file: RunFile = None, configs: tuple) -> None:
        taken.append((train, trials, run_file, *configs))

    run_file = write("run.toml", 'train = "a"\ndev = "b"\nepochs = 3\nunits = 7\n')
    result = CliRunner().invoke(other, ["--config", str(run_file), "--trials", "2"])
    assert result.exit_code == 0, result.output
    assert taken == [(run_file.parent / "a", 2, run_file, TrainingConfig(epochs=3))]


def test_a_file_may_give_every_path_that_the_command_has():
    from tagger.commands.train import train

    paths = {name for name, kind in inspect.signature(train).parameters.items() if "Path" in str(kind.annotation)}
    assert paths - {"run_file"} == {*PATHS, *PATH_LISTS}


@pytest.mark.slow
def test_a_run_from_a_file_is_the_run_of_its_options(run, write, tmp_path):
    write("train.conll", TWO)
    write("run.toml", 'train = "train.conll"\noutput = "one"\n' + "".join(f"{k} = {v}\n" for k, v in TINY.items()))
    assert run("train", "--config", "run.toml").code == 0
    assert run("train", "train.conll", "-o", "two", *(flag(*item) for item in TINY.items())).code == 0
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
