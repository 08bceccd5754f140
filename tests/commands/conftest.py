"""The command line as a user has it: in an empty folder, with a small model trained once."""

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from tagger.commands.app import main

ROOT = Path(__file__).parent.parent.parent
BLOCKS = 12  # of the sample's train file: enough for three entity types, few enough to learn by heart in seconds
BY_HEART = (
    *("--units", "16", "--embedding-size", "16", "--batch-size", "4", "--epochs", "25", "--learning-rate", "0.05"),
    *("--schedule", "constant", "--input-dropout", "0", "--output-dropout", "0", "--singleton-rate", "0"),
    *("--lm-softmax", "full", "--average-decay", "0"),
)


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Trained:
    """A model, the file it was both trained on and chosen with, and what the command printed."""

    model: Path
    train: Path
    out: str


def run_main(*arguments, stdin=b"", encoding="utf-8") -> Ran:
    """Run the program in this process; an exception that it lets out comes through. Without stdin, it is closed."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["tagger", *map(str, arguments)])
        patch.setattr(sys, "stdin", None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            main()
    out.flush()
    err.flush()
    return Ran(left.value.code or 0, out.buffer.getvalue().decode(encoding), err.buffer.getvalue().decode(encoding))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command of the program in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return run_main


@pytest.fixture
def refuses(run, tmp_path):
    """Run a command that cannot do its work: exit code 2, one line that says why, no other output, no file touched."""

    def contents():
        return {path: path.read_bytes() if path.is_file() else None for path in tmp_path.rglob("*")}

    def refuses(text, *arguments, **options):
        before = contents()
        ran = run(*arguments, **options)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("tagger: ")
        assert text in ran.err
        assert ran.err.count("\n") == 1, ran.err
        assert contents() == before

    return refuses


def heed_signals():
    """A shell's background job and what nohup starts hand on that they ignore Ctrl-C or the end of the terminal."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path):
    """Start the program as a process of its own in an empty folder."""

    def start(*arguments, **options) -> subprocess.Popen:
        command = [sys.executable, "-m", "tagger", *map(str, arguments)]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        streams |= {"preexec_fn": heed_signals} | options
        return subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, **streams)

    return start


@pytest.fixture(scope="session")
def trained(tmp_path_factory, sample) -> Trained:
    """A model that has learned a slice of the sample by heart."""
    folder = tmp_path_factory.mktemp("trained")
    blocks = (sample / "train.conll").read_text(encoding="utf-8").split("\n\n")
    train = folder / "train.conll"
    train.write_text("\n\n".join(blocks[:BLOCKS]) + "\n\n", encoding="utf-8")
    ran = run_main("train", train, "--dev", train, "-o", folder / "model", *BY_HEART)
    assert ran.code == 0, ran.err  # on a slow machine it also tells how far it is
    return Trained(folder / "model", train, ran.out)


@pytest.fixture(scope="session")
def model(trained) -> Path:
    return trained.model


@pytest.fixture
def write(tmp_path):
    """Write a file into the empty folder."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
