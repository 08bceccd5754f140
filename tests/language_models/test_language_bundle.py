import hashlib
import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file
from small_language_models import CHARACTER_LIST, CLASSES, LETTERS, WORD_LIST
from small_models import write_model

from tagger.errors import BundleError
from tagger.features.vocabulary import SPECIALS, UNK
from tagger.inference.bundle import Bundle, is_bundle
from tagger.language_models.bundle import LanguageBundle, is_language_bundle, read_units, write_units

MANIFEST = "language_model.json"
COMMON = ["README.md", "forward.onnx", MANIFEST, "weights.safetensors"]
FILES = {
    "words": ({}, ["backward.onnx", "words.txt"]),
    "forward": ({"directions": "forward"}, ["words.txt"]),
    "characters of words": ({"characters": "cnn"}, ["backward.onnx", "words.txt", "characters.txt", "spelling.onnx"]),
    "characters": ({"unit": "character"}, ["backward.onnx", "units.json"]),
}


@pytest.fixture
def copied(made, tmp_path):
    """A model to damage."""
    return lambda **options: shutil.copytree(made(**options), tmp_path / "copy")


def rewritten(model, change):
    """Change a manifest as a program would that knows how its checksum is made."""
    path = model / MANIFEST
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    del values["checksum"]
    values["checksum"] = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(values), encoding="utf-8")
    return model


def error_of(path, opener=LanguageBundle):
    with pytest.raises(BundleError) as caught:
        opener.open(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("options", "own"), FILES.values(), ids=FILES)
def test_a_whole_model_opens_and_has_the_files_it_names(made, options, own):
    model = made(**options)
    values = json.loads((model / MANIFEST).read_text(encoding="utf-8"))
    assert sorted(path.name for path in model.iterdir()) == sorted([*COMMON, *own])
    assert sorted([*values["files"], MANIFEST]) == sorted([*COMMON, *own])
    for name, told in values["files"].items():
        content = (model / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    bundle = LanguageBundle.open(str(model))
    assert (values["format_version"], values["perplexity"]) == (1, 9.5)
    assert bundle.manifest.perplexity == 9.5
    assert bundle.manifest.data == {"words": 123, "sentences": 12}
    assert bundle.manifest.tagger_version == "0.0.1"
    assert bundle.config.to_json() == values["config"]
    assert is_language_bundle(model)
    assert not is_bundle(model)


def test_words_are_known_as_in_a_tagger(made):
    vocabulary = LanguageBundle.open(made()).vocabulary()
    assert vocabulary.words == (*SPECIALS, *WORD_LIST)
    assert vocabulary.row("Harbour") == 4 + WORD_LIST.index("harbour")
    assert vocabulary.row("1996") == 4 + WORD_LIST.index("0000")
    assert vocabulary.row("</s>") == UNK


def test_characters_are_known_as_they_stand(made):
    vocabulary = LanguageBundle.open(made(unit="character")).vocabulary()
    assert vocabulary.words == (*SPECIALS, *LETTERS)
    assert [vocabulary.row(letter) for letter in "\neE"] == [4 + LETTERS.index("\n"), 4 + LETTERS.index("e"), UNK]


def test_characters_of_words_are_there_where_they_are_read(made):
    assert LanguageBundle.open(made(characters="cnn")).characters().characters == CHARACTER_LIST
    assert LanguageBundle.open(made()).characters() is None
    assert LanguageBundle.open(made()).spelling_path is None
    assert LanguageBundle.open(made(characters="cnn")).spelling_path == made(characters="cnn") / "spelling.onnx"


def test_weights_and_classes_are_those_of_the_file(made):
    bundle, stored = LanguageBundle.open(made()), load_file(made() / "weights.safetensors")
    assert bundle.classes == CLASSES == len(stored["language_model.forward.bias"])
    everything = bundle.weights()
    assert everything.keys() == stored.keys()
    some = bundle.weights(["encoder.0.backward.bias", "embedding"])
    assert list(some) == ["encoder.0.backward.bias", "embedding"]
    for name, weight in (everything | some).items():
        np.testing.assert_array_equal(weight, stored[name])


def test_units_may_be_any_characters(tmp_path):
    units = (*SPECIALS, "\n", "\r", "\u2028", "\x00", '"', "\ud800", "\U0001f600")
    write_units(tmp_path / "units.json", units)
    assert read_units(tmp_path / "units.json") == units
    assert json.loads((tmp_path / "units.json").read_text(encoding="ascii")) == list(units)


@pytest.mark.parametrize("name", ["forward.onnx", "backward.onnx", "weights.safetensors", "words.txt", "README.md"])
def test_a_part_that_is_missing_longer_or_altered_is_named(copied, name):
    model = copied()
    content = (model / name).read_bytes()
    for other in (content + b"\n", content[:-1], bytes([content[0] ^ 1]) + content[1:]):
        (model / name).write_bytes(other)
        assert error_of(model).startswith(f"{model / name}: ")
    (model / name).unlink()
    assert error_of(model) == f"{model / name}: missing; copy the model again"
    assert is_language_bundle(model)


STRANGE = {
    "unknown option": lambda values: values["config"]["words"].update(colour="red"),
    "missing section": lambda values: values["config"].pop("pretraining"),
    "missing field": lambda values: values.pop("learned_rows"),
    "missing part": lambda values: values["files"].pop("backward.onnx"),
    "another part": lambda values: values["files"].update({"units.json": values["files"]["words.txt"]}),
    "a perplexity that is none": lambda values: values.update(perplexity=-1.0),
    "a perplexity that is no number": lambda values: values.update(perplexity="low"),
    "files that are no object": lambda values: values.update(files=[]),
    "a part without its size": lambda values: values["files"]["words.txt"].pop("bytes"),
}


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in STRANGE.items()])
def test_a_manifest_this_program_cannot_read_is_named(copied, change):
    model = rewritten(copied(), change)
    assert error_of(model).startswith(f"{model / MANIFEST}: not a description this program can read: ")


def test_a_stream_needs_no_characters_of_words_whatever_its_options_say(copied):
    model = rewritten(copied(stream=True), lambda values: values["config"]["characters"].update(characters="cnn"))
    bundle = LanguageBundle.open(model)
    assert bundle.characters() is bundle.spelling_path is None


@pytest.mark.parametrize("version", [0, 2, None, "1"])
def test_another_format_version_is_named(copied, version):
    model = copied()
    (model / MANIFEST).write_text(json.dumps({"format_version": version}), encoding="utf-8")
    assert f"format version {version}, this program reads 1" in error_of(model)


def test_an_altered_manifest_is_named(copied):
    path = copied() / MANIFEST
    path.write_text(path.read_text(encoding="utf-8").replace('"layers": 1', '"layers": 2'), encoding="utf-8")
    assert error_of(path.parent) == f"{path}: its checksum is wrong; the file was altered"


def test_a_strangers_file_in_it_may_not_be_replaced(copied):
    model = copied()
    (model / "mine.txt").write_text("not to be lost")
    assert not is_language_bundle(model)


def test_a_directory_of_the_other_kind_is_told_with_its_commands(made, tmp_path):
    tagger, model = write_model(tmp_path / "tagger", layers=1), made()
    assert error_of(tagger) == (
        f"{tagger}: a tagger, which `tagger tag` and `tagger evaluate` run; "
        "expected a language model, as `tagger pretrain` makes it"
    )
    assert error_of(model, Bundle) == (
        f"{model}: a language model, which `tagger perplexity` and `tagger generate` run; "
        "expected a tagger, as `tagger train` makes it"
    )
    assert not is_language_bundle(tagger)


def test_what_is_no_model_is_an_error(tmp_path):
    (tmp_path / "file").write_text("text")
    for name in ("file", "none", ""):
        assert f"{tmp_path / name}: no model there, expected a directory with {MANIFEST}" in error_of(tmp_path / name)
