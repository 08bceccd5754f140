"""A model whose network reads the states of a language model of characters."""

import hashlib
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import BundleError
from tagger.inference.bundle import CONTEXT_PARTS, MANIFEST, Bundle
from tagger.inference.summary import summarise, summary_text
from tagger.inference.tagger import Tagger

WORDS = ("Anna", "Weber", "lives", "in", "Trieste", "harbour", "a", "the", "\u00e9\u00e9", "\U0001f600", ".")
SENTENCES = st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def reading(context_model):
    return Tagger.load(context_model)


@pytest.fixture
def copied(context_model, tmp_path):
    return shutil.copytree(context_model, tmp_path / "copy")


def rewritten(model, change):
    """Change a manifest as a program would that knows how its checksum is made."""
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
    assert "\n" not in str(caught.value)
    return str(caught.value)


@settings(deadline=None, max_examples=25)
@given(SENTENCES)
def test_tags_and_confidences_do_not_depend_on_batch_mates(reading, sentences):
    together, tagged = reading.predict(sentences), reading.tag(sentences)
    for tokens, found, tags in zip(sentences, together, tagged, strict=True):
        (alone,) = reading.predict([tokens])
        assert found.sentence == alone.sentence == tags
        np.testing.assert_allclose(found.confidences, alone.confidences, atol=1e-5)


def test_all_ways_to_tag_give_the_same(reading):
    tokens = ["Anna", "lives", "in", "Trieste"]
    (sentence,) = reading.tag([tokens])
    assert reading.n_best([tokens], 3)[0][0].sentence == sentence
    (document,) = reading.pipe([" ".join(tokens)])
    assert document.sentences[0].tags == sentence.tags
    assert reading.fit_temperature([sentence] * 3) > 0.0


def test_the_model_says_what_it_reads(context_model):
    bundle = Bundle.open(context_model)
    note = bundle.manifest.context
    assert (note.features, note.both, note.perplexity) == (14, True, 9.5)
    assert bundle.context().size == 14
    summary = summarise(bundle)
    assert summary["context"] == {"features": 14, "both": True, "perplexity": 9.5}
    assert summary["bytes"].keys() >= {*CONTEXT_PARTS}
    assert "context 14 features of a word, from both directions of a language model" in summary_text(summary)


def test_a_model_without_one_says_nothing(model):
    bundle = Bundle.open(model)
    assert bundle.manifest.context is None
    assert bundle.context() is None
    assert "context" not in json.loads((model / MANIFEST).read_text(encoding="utf-8"))
    assert summarise(bundle)["context"] is None
    assert "language model of characters" not in summary_text(summarise(bundle))


@pytest.mark.parametrize("name", CONTEXT_PARTS)
def test_a_part_that_is_missing_cut_or_altered_is_named(copied, name):
    content = (copied / name).read_bytes()
    for other in (content[:-1], content + b" ", bytes([content[0] ^ 1]) + content[1:]):
        (copied / name).write_bytes(other)
        assert error_of(copied).startswith(f"{copied / name}: ")
    (copied / name).unlink()
    assert error_of(copied) == f"{copied / name}: missing; copy the model again"


STRANGE = {
    "no graph": lambda values: values["files"].pop("context_forward.onnx"),
    "no graph backward": lambda values: values["files"].pop("context_backward.onnx"),
    "no characters": lambda values: values["files"].pop("context_units.json"),
    "parts of what it does not have": lambda values: values.pop("context"),
    "a graph that it does not have": lambda values: values["context"].update(both=False),
    "something unknown": lambda values: values["context"].update(colour="red"),
    "something missing": lambda values: values["context"].pop("features"),
    "no object": lambda values: values.update(context=[1]),
}


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in STRANGE.items()])
def test_a_manifest_this_program_cannot_read_is_named(copied, change):
    model = rewritten(copied, change)
    assert error_of(model).startswith(f"{model / MANIFEST}: not a description this program can read: ")
