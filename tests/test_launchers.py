"""The ways to start the program, and what it brings in when it starts."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tagger

ROOT = Path(__file__).parent.parent
LAUNCHERS = {"python cli.py": [str(ROOT / "cli.py")], "python -m tagger": ["-m", "tagger"]}
HEAVY = ("numpy", "onnxruntime", "safetensors", "tensorflow", "keras", "onnx", "seqeval", "sklearn")


def python(folder, *arguments):
    """Run Python from another folder than the checkout, which only `python -m` has to be told of."""
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    if arguments[0].startswith("-"):
        environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_each_launcher_runs_the_program(tmp_path, launcher):
    ran = python(tmp_path, *LAUNCHERS[launcher], "--version")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"tagger {tagger.__version__}\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_an_error_is_one_line_and_its_exit_code_the_programs(tmp_path, launcher):
    ran = python(tmp_path, *LAUNCHERS[launcher], "show", "nosuch")
    expected = "tagger: nosuch: no model there, expected a directory with model.json\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", expected)


def test_the_installed_command_starts_where_the_launchers_do():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert list(scripts) == ["tagger"]
    module, name = scripts["tagger"].split(":")
    start = getattr(importlib.import_module(module), name)
    for launcher in (ROOT / "cli.py", ROOT / "tagger" / "__main__.py"):
        assert f"from {start.__module__} import {start.__name__}\n" in launcher.read_text(encoding="utf-8")


def test_the_launcher_of_a_checkout_is_a_few_lines():
    assert len((ROOT / "cli.py").read_text(encoding="utf-8").splitlines()) <= 8


def test_help_waits_for_nothing_heavy(tmp_path):
    code = (
        "import sys, tagger\n"
        "from tagger.commands.app import main\n"
        "sys.argv = ['tagger', 'train', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    print('loaded:', *sorted(sys.modules))\n"
    )
    ran = python(tmp_path, "-c", code)
    loaded = ran.stdout.partition("loaded:")[2].split()
    assert "tagger.commands.train" in loaded
    assert not set(HEAVY) & set(loaded)


def test_the_version_is_a_plain_release_number():
    assert re.fullmatch(r"\d+\.\d+\.\d+", tagger.__version__)


def test_every_public_name_is_there():
    classes = {"Candidate", "Entity", "Prediction", "Sentence", "TaggedDocument", "Tagger", "TextEntity"}
    public = classes | {"__version__", "read_conll", "write_conll"}
    assert set(tagger.__all__) == public
    for name in public:
        assert getattr(tagger, name) is not None
    assert tagger.Tagger.load.__name__ == "load"


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'tagger' has no attribute 'nosuch'"):
        _ = tagger.nosuch


def test_files_go_through_the_public_names_unchanged(tmp_path):
    sentences = [tagger.Sentence(("Anna", "sleeps"), ("B-PER", "O")), tagger.Sentence(("Oslo",), ("B-LOC",))]
    tagger.write_conll(tmp_path / "a.conll", sentences)
    assert tagger.read_conll(tmp_path / "a.conll") == sentences
    assert sentences[0].entities == (tagger.Entity(0, 1, "PER"),)


def test_an_interrupt_leaves_quietly(monkeypatch, capsys):
    from tagger.commands import app

    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("tagger.inference.bundle.Bundle.open", interrupted)
    monkeypatch.setattr(sys, "argv", ["tagger", "show", "model"])
    with pytest.raises(SystemExit) as left:
        app.main()
    assert (left.value.code, capsys.readouterr().err) == (130, "")
