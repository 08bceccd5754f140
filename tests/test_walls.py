"""The walls between the rooms, as docs/architecture.md draws them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tagger"
FILES = sorted(PACKAGE.rglob("*.py"))

CORPUS = {"errors", "config", "files", "surrogates", "corpus"}
FEATURES = CORPUS | {"features"}
TEXTS = {"documents", "language_models"}
SCORES = {"evaluation", "reports"}
CORPORA = {"checking", "conversion"}
RUN_FILES = {"run_file", "search_space", "space_file"}
MAY_IMPORT = {
    "__init__": {"corpus", "inference"},
    "__main__": {"commands"},
    "errors": set(),
    "config": {"errors", "config"},
    "files": {"errors"},
    "surrogates": set(),
    "toml_file": {"errors", "files"},
    "run_file": {"errors", "config", "surrogates", "toml_file"},
    "search_space": {"errors", "config"},
    "presets": set(),
    "space_file": {"errors", "search_space", "toml_file"},
    "corpus": CORPUS,
    "features": FEATURES,
    "network": FEATURES | {"network"},
    "inference": FEATURES | {"inference"},
    "documents": FEATURES | {"inference", "documents"},
    "evaluation": FEATURES | {"inference", "evaluation"},
    "reports": FEATURES | {"inference", "evaluation", "documents", "reports"},
    "checking": FEATURES | {"inference", "checking"},
    "conversion": FEATURES | {"documents", "conversion"},
    "integrations": FEATURES | {"inference"},
    "language_models": FEATURES | {"inference", "language_models", "documents"},
    "training": FEATURES | TEXTS | {"network", "inference", "evaluation", "training"} | RUN_FILES,
    "commands": FEATURES
    | TEXTS
    | SCORES
    | CORPORA
    | {"network", "inference", "training", "commands", "presets"}
    | RUN_FILES,
}
PLACES = {
    "tensorflow": ("network/", "training/"),
    "keras": ("network/", "training/"),
    "onnx": ("training/",),
    "onnxruntime": ("inference/",),
    "sentencex": ("corpus/text.py",),
    "seqeval": ("evaluation/scores.py",),
    "sklearn": (),
    "scipy": ("evaluation/", "checking/"),
    "jinja2": ("reports/",),
    "spacy": ("integrations/spacy_component.py", "conversion/readers/docbin.py", "conversion/writers/docbin.py"),
    "matplotlib": ("training/", "reports/"),
    "optuna": ("training/",),
    "tomlkit": ("run_file.py",),
    "typer": ("commands/",),
    "rich": ("commands/",),
}


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(source, package="tagger"):
    """The dotted names that a source imports anywhere in it; `from a import b` gives a.b."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) + "." if node.level else ""
            names |= {f"{base}{node.module}.{alias.name}" if node.module else base + alias.name for alias in node.names}
    return names


def rooms_in(names):
    """Our rooms among imported names; a public name of the package itself, such as __version__, is none."""
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "tagger" and len(part) > 1} & set(MAY_IMPORT)


def test_imports_are_found_wherever_they_stand():
    source = (
        "import a.b as c, d\nfrom e.f import g, h as i\n"
        "def late():\n    import tagger.network\n    from . import files\n    from .corpus.conll import read_conll\n"
    )
    own = {"tagger.network", "tagger.files", "tagger.corpus.conll.read_conll"}
    assert imports_of(source) == {"a.b", "d", "e.f.g", "e.f.h", *own}
    assert rooms_in(imports_of(source)) == {"network", "files", "corpus"}


def test_every_room_of_the_package_has_its_arrows():
    assert {room_of(path) for path in FILES} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_imports_only_rooms_that_an_arrow_leads_to(path):
    assert rooms_in(imports_of(path.read_text(encoding="utf-8"))) <= MAY_IMPORT[room_of(path)]


@pytest.mark.parametrize("library", PLACES)
def test_a_library_is_imported_in_its_own_place_only(library):
    importing = {
        name_of(path)
        for path in FILES
        if any(name.split(".")[0] == library for name in imports_of(path.read_text(encoding="utf-8")))
    }
    assert {name for name in importing if not name.startswith(PLACES[library])} == set()
    assert importing or not PLACES[library]  # a wall around nothing would be an old one


def test_modules_are_imported_by_name_in_the_public_front_alone():
    calls = re.compile(r"\b(import_module|__import__)\(|\bexec\(|\beval\(")
    assert [name_of(path) for path in FILES if calls.search(path.read_text(encoding="utf-8"))] == ["__init__.py"]


@pytest.mark.parametrize("pattern", [r"pickle", r"joblib", r"\.h5\b", r"\.keras[\"'`\s]", r"\bsave_model\b"])
def test_no_file_mentions_a_model_format_that_runs_code_or_hides_its_content(pattern):
    assert [name_of(path) for path in FILES if re.search(pattern, path.read_text(encoding="utf-8"))] == []


def test_nothing_is_done_at_import_but_in_the_launcher():
    """Only definitions, constants and imports at the top level; `main()` in __main__, TensorFlow's door in network."""
    doing = {
        name_of(path)
        for path in FILES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    }
    assert doing <= {"__main__.py", "network/__init__.py", "commands/app.py"}


@pytest.fixture(scope="module")
def model(tmp_path_factory, sample):
    """A small model, hardly trained."""
    from tagger.config import (
        CharacterConfig,
        Config,
        EncoderConfig,
        LanguageModelConfig,
        TagConfig,
        TrainingConfig,
        WordConfig,
    )
    from tagger.training.request import TrainRequest
    from tagger.training.run import train_model

    folder = tmp_path_factory.mktemp("walls")
    blocks = (sample / "train.conll").read_text(encoding="utf-8").split("\n\n")[:12]
    (folder / "train.conll").write_text("\n\n".join(blocks), encoding="utf-8")
    config = Config(
        words=WordConfig(embedding_size=4),
        characters=CharacterConfig(characters="cnn"),
        encoder=EncoderConfig(units=4),
        tags=TagConfig(head="crf"),
        language_model=LanguageModelConfig(lm_weight=0.0),
        training=TrainingConfig(epochs=1),
    )
    for _ in train_model(TrainRequest(folder / "train.conll", folder / "model", config=config)):
        pass
    return folder / "model"


def test_tagging_brings_in_no_library_of_training(model, tmp_path):
    (tmp_path / "words.conll").write_text("Anna\nlives\nin\nTrieste\n")
    code = (
        "import sys\n"
        "from tagger.commands.app import main\n"
        f"sys.argv = ['tagger', 'tag', {str(model)!r}, 'words.conll']\n"
        "try:\n    main()\nfinally:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert [line.split("\t")[0] for line in ran.stdout.splitlines()] == ["Anna", "lives", "in", "Trieste"]
    assert all(line.count("\t") == 1 for line in ran.stdout.splitlines())
    loaded = {name.split(".")[0] for name in ran.stderr.split()}
    assert "onnxruntime" in loaded
    assert not loaded & {"tensorflow", "keras", "onnx", "seqeval", "sklearn", "scipy"}
