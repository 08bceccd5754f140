import hashlib
import json
import os
import re
import shutil
from collections import Counter

import numpy as np
import pytest
from safetensors.numpy import load_file

from tagger.config import CharacterConfig, Config, EncoderConfig, LanguageModelConfig, WordConfig
from tagger.errors import BundleError
from tagger.features.vocabulary import SPECIALS
from tagger.inference.bundle import (
    CHARACTERS,
    FORMAT_VERSION,
    MANIFEST,
    PARTS,
    SPELLING,
    SPELLING_PARTS,
    WEIGHTS,
    WORDS,
    Bundle,
    is_bundle,
    read_lines,
    write_lines,
)
from tagger.inference.summary import summarise, summary_text
from tagger.inference.tagger import Tagger

BROKEN_JSON = ["", "{", "null", "[]", "12345", '"model"', "{}", '{"files": {}}', "1" * 5000, "\udcff", "NaN", "\0"]


@pytest.fixture
def rewrite(copied_model):
    """Change a model's manifest as a program would that knows how its checksum is made."""
    return lambda change: rewritten(copied_model, change)


def rewritten(model, change):
    path = model / MANIFEST
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    del values["checksum"]
    values["checksum"] = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(values), encoding="utf-8")
    return model


def error_of(path):
    with pytest.raises(BundleError) as caught:
        Tagger.load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_whole_model_opens_and_says_what_was_written(model):
    bundle = Bundle.open(str(model))
    assert bundle.path == model
    assert bundle.network_path == model / "network.onnx"
    assert bundle.manifest.scheme == "IOB2"
    assert bundle.manifest.tagger_version == "0.0.1"
    assert bundle.manifest.config == Config(
        words=WordConfig(embedding_size=6),
        characters=CharacterConfig(characters="none", character_size=4, character_features=6),
        encoder=EncoderConfig(units=5, layers=1),
        language_model=LanguageModelConfig(lm_words=10),
    )
    assert bundle.manifest.history == [{"epoch": 1, "tag_loss": 0.5}]
    assert bundle.manifest.scores["strict"]["micro"]["f1"] == 1 / 3
    assert bundle.labels()[:5] == ("O", "B-LOC", "I-LOC", "E-LOC", "S-LOC")
    assert bundle.surfaces() == {"Anna Weber", "Harbour Office", "Trieste"}


def test_a_model_has_no_pickle_and_only_the_files_it_names(model):
    assert sorted(path.name for path in model.iterdir()) == sorted((*PARTS, MANIFEST))
    assert not {".pkl", ".pickle", ".h5", ".keras", ".npy", ".npz"} & {path.suffix for path in model.iterdir()}


def test_the_manifest_holds_size_and_sha256_of_every_part(model):
    files = json.loads((model / MANIFEST).read_bytes())["files"]
    contents = {name: (model / name).read_bytes() for name in PARTS}
    assert files == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }


def test_the_vocabulary_comes_back_with_its_odd_words(deep_model):
    vocabulary = Bundle.open(deep_model).vocabulary()
    odd = ("a\u00a0b", "x\u2028y", "z\u0085", "c\rd", "no\u00a0break", "naïve", "#tag")
    assert [vocabulary.words[vocabulary.row(word)] for word in odd] == list(odd)
    assert vocabulary.words[:4] == SPECIALS
    assert vocabulary.row("<pad>") >= len(SPECIALS)
    assert vocabulary.words[vocabulary.train_rows :] == ("london", "Paris", "no\u00a0break", "0000")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("",),
        ("", "a", ""),
        ("\u2028", "\u2029", "\u0085", "\u00a0", "\x0b", "\x0c", "\x1c", "\r", "\ufeff", " ", "\t"),
        ("a\r", "\rb", "日本", "🙂"),
    ],
)
def test_lines_come_back_as_they_were_written(tmp_path, lines):
    write_lines(tmp_path / "lines", lines)
    assert read_lines(tmp_path / "lines") == lines
    assert (tmp_path / "lines").read_bytes() == b"".join(line.encode() + b"\n" for line in lines)


@pytest.mark.parametrize("name", (*PARTS, MANIFEST))
def test_a_missing_file_is_named(copied_model, name):
    (copied_model / name).unlink()
    message = error_of(copied_model)
    assert message.startswith(str(copied_model))
    assert name in message


@pytest.mark.parametrize("name", (*PARTS, MANIFEST))
@pytest.mark.parametrize("keep", [0, 1, -1])
def test_a_truncated_file_is_named(copied_model, name, keep):
    content = (copied_model / name).read_bytes()
    cut = content[:keep] if name != MANIFEST or keep != -1 else content[:-3]  # past the last line's end
    (copied_model / name).write_bytes(cut)
    assert error_of(copied_model).startswith(f"{copied_model / name}: ")


@pytest.mark.parametrize("name", SPELLING_PARTS)
@pytest.mark.parametrize("damage", ["missing", "cut", "flipped"])
def test_a_model_that_reads_characters_needs_what_it_reads_them_with(copied_spelling_model, name, damage):
    path = copied_spelling_model / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:-1] if damage == "cut" else content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    assert error_of(copied_spelling_model).startswith(f"{path}: ")
    assert is_bundle(copied_spelling_model)


@pytest.mark.parametrize("name", SPELLING_PARTS)
def test_a_manifest_without_what_reads_characters_is_none_of_such_a_model(copied_spelling_model, name):
    rewritten(copied_spelling_model, lambda values: values["files"].pop(name))
    assert error_of(copied_spelling_model).startswith(f"{copied_spelling_model / MANIFEST}: ")


def test_a_model_without_characters_has_no_file_of_them(copied_model, spelling_model):
    shutil.copy(spelling_model / CHARACTERS, copied_model)
    files = json.loads((spelling_model / MANIFEST).read_bytes())["files"]
    rewritten(copied_model, lambda values: values["files"].update({CHARACTERS: files[CHARACTERS]}))
    assert error_of(copied_model).startswith(f"{copied_model / MANIFEST}: ")


def test_characters_come_back_in_their_order(spelling_model, model, learned):
    characters = Bundle.open(spelling_model).characters()
    counts = Counter("".join(token for sentence in learned for token in sentence.tokens))
    assert set(characters.characters) == set(counts)
    assert [counts[character] for character in characters.characters] == sorted(counts.values(), reverse=True)
    assert characters.encode(["A\u2028\r"]).characters.tolist()[1:-1] == [
        len(SPECIALS) + characters.characters.index(character) for character in "A\u2028\r"
    ]
    assert Bundle.open(model).characters() is None


def test_moves_are_read_where_there_are_any(spelling_model, model):
    weights = load_file(spelling_model / WEIGHTS)
    moves = Bundle.open(spelling_model).moves()
    for name in ("transitions", "starts", "ends"):
        np.testing.assert_array_equal(getattr(moves, name), weights[f"crf.{name}"])
        assert weights[f"crf.{name}"].any()
    assert Bundle.open(model).moves() is None


def test_a_whole_model_that_reads_characters_names_all_its_files(spelling_model):
    manifest = json.loads((spelling_model / MANIFEST).read_bytes())
    assert sorted(manifest["files"]) == sorted((*PARTS, CHARACTERS, SPELLING))
    assert manifest["format_version"] == FORMAT_VERSION == 2


@pytest.mark.parametrize("name", PARTS)
def test_a_longer_file_is_named(copied_model, name):
    with (copied_model / name).open("ab") as stream:
        stream.write(b"\n")
    assert error_of(copied_model).startswith(f"{copied_model / name}: ")


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("place", [0, 0.5, 0.999])
def test_a_flipped_bit_is_found_and_its_file_named(copied_model, name, place):
    content = bytearray((copied_model / name).read_bytes())
    content[int(place * len(content))] ^= 1
    (copied_model / name).write_bytes(content)
    assert error_of(copied_model).startswith(f"{copied_model / name}: ")


@pytest.mark.parametrize("name", (*PARTS, MANIFEST))
def test_a_directory_in_a_files_place_is_named(copied_model, name):
    (copied_model / name).unlink()
    (copied_model / name).mkdir()
    assert error_of(copied_model).startswith(f"{copied_model / name}: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_named(copied_model):
    (copied_model / WORDS).chmod(0)
    assert error_of(copied_model).startswith(f"{copied_model / WORDS}: ")


@pytest.mark.parametrize("content", BROKEN_JSON)
def test_a_manifest_that_is_no_description_is_named(copied_model, content):
    (copied_model / MANIFEST).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert error_of(copied_model).startswith(f"{copied_model / MANIFEST}: ")


def test_a_manifest_nested_too_deeply_is_named(copied_model):
    (copied_model / MANIFEST).write_text("[" * 100_000)
    assert error_of(copied_model).startswith(f"{copied_model / MANIFEST}: ")


@pytest.mark.parametrize("version", [0, 1, 99, None, "1", [1]])
def test_another_format_version_is_named_before_anything_else(copied_model, version):
    (copied_model / MANIFEST).write_text(json.dumps({"format_version": version}), encoding="utf-8")
    message = error_of(copied_model)
    assert message.startswith(f"{copied_model / MANIFEST}: ")
    assert str(version) in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"lowercase": true', '"lowercase": false'),
        ('"scheme": "IOB2"', '"scheme": "IOB1"'),
        ('"train_rows": ', '"train_rows": 1'),
        ('"f1": 0.3', '"f1": 0.9'),
        ('"layers": 1', '"layers": 2'),
        ('"bytes": 1', '"bytes": 2'),
    ],
)
def test_an_altered_manifest_is_named(copied_model, old, new):
    path = copied_model / MANIFEST
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert error_of(copied_model) == f"{path}: its checksum is wrong; the file was altered"


def test_the_layout_of_the_manifest_does_not_matter(rewrite, model):
    assert Bundle.open(rewrite(lambda values: None)).manifest == Bundle.open(model).manifest


STRANGE = {
    "unknown option": lambda values: values["config"]["words"].update(colour="red"),
    "impossible option": lambda values: values["config"]["encoder"].update(units=0),
    "option of another type": lambda values: values["config"]["encoder"].update(units="many"),
    "missing section": lambda values: values["config"].pop("encoder"),
    "section that is a list": lambda values: values["config"].update(words=[]),
    "missing field": lambda values: values.pop("train_rows"),
    "missing part": lambda values: values["files"].pop(WORDS),
    "no list of files": lambda values: values.pop("files"),
    "files that are no object": lambda values: values.update(files=[]),
    "a part without its size": lambda values: values["files"][WORDS].pop("bytes"),
    "an unknown scheme": lambda values: values.update(scheme="IOB7"),
}


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in STRANGE.items()])
def test_a_manifest_this_program_cannot_read_is_named(rewrite, change):
    directory = rewrite(change)
    assert error_of(directory).startswith(f"{directory / MANIFEST}: ")


def test_what_is_no_model_directory_is_an_error(tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "empty").mkdir()
    for name in ("file", "empty", "none", "file/below"):
        assert re.search(f"{tmp_path / name}: no model there, expected a directory", error_of(tmp_path / name))
        assert not is_bundle(tmp_path / name)


def test_a_damaged_model_is_a_model_still(copied_model):
    (copied_model / WORDS).unlink()
    assert is_bundle(copied_model)


def test_a_summary_says_what_the_model_is(deep_model):
    summary = summarise(Bundle.open(deep_model))
    assert summary["model"] == str(deep_model)
    assert (summary["words"], summary["train_words"]) == (4 + 21 + 4, 4 + 21)
    assert summary["epochs"] == 1
    assert summary["config"]["encoder"]["layers"] == 2
    assert summary["bytes"] == {path.name: path.stat().st_size for path in deep_model.iterdir()}
    assert json.loads(json.dumps(summary)) == summary


def test_a_summary_reads_well(deep_model):
    text = summary_text(summarise(Bundle.open(deep_model)))
    for part in (
        "deep: a model of tagger 0.0.1",
        "train   3 sentences, 1,234 tokens, 2 entities\n",
        "scheme IOB2, types LOC, PER",
        "29, of them 25 from train",
        "0.3333 strict",
        "PER: F1 0.3333 of 8",
        "encoder: units 5, layers 2, ",
        "B  network.onnx",
    ):
        assert part in text


@pytest.mark.parametrize("version", [0, 1, 99])
def test_a_model_of_another_format_version_may_be_replaced_and_a_strangers_file_in_it_may_not(rewrite, version):
    model = rewrite(lambda values: values.update(format_version=version))
    assert is_bundle(model)
    (model / "mine.txt").write_text("not to be lost")
    assert not is_bundle(model)
