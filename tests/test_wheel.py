"""What people install."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import tagger

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = place.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_it_holds_the_package_and_nothing_else(wheel):
    names = wheel.namelist()
    info = f"tagger-{tagger.__version__}.dist-info/"
    assert all(name.startswith(("tagger/", info)) for name in names)
    parts = [*(ROOT / "tagger").rglob("*.py"), *(ROOT / "tagger" / "reports" / "templates").iterdir()]
    modules = {str(path.relative_to(ROOT)) for path in parts}
    assert modules | {"tagger/py.typed"} == {name for name in names if name.startswith("tagger/")}
    assert wheel.read(info + "entry_points.txt").split() == [
        *b"[console_scripts]".split(),
        *b"tagger = tagger.commands.app:main".split(),
        *b"[spacy_factories]".split(),
        *b"bilstm_tagger = tagger.integrations.spacy_component:create".split(),
    ]


def test_tagging_needs_no_tensorflow(wheel):
    metadata = message_from_bytes(wheel.read(f"tagger-{tagger.__version__}.dist-info/METADATA"))
    needs = {
        need.split(";")[0].split(">")[0].strip() for need in metadata.get_all("Requires-Dist") if "extra" not in need
    }
    assert needs == {"numpy", "onnxruntime", "rich", "safetensors", "sentencex", "typer"}
    assert metadata["License-Expression"] == "MIT"


def test_it_runs_from_the_wheel_alone(wheel, tmp_path):
    wheel.extractall(tmp_path)
    command = [sys.executable, "-c", "from tagger.commands.app import main; main()", "--version"]
    ran = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"tagger {tagger.__version__}\n"
