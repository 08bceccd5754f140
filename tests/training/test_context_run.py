"""Runs whose network reads the states of a language model of characters."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from builders import NOISY
from small_language_models import write_language_model
from small_models import write_model
from small_runs import content, request

from tagger.config import RunConfig, TokenFormat
from tagger.corpus.conll import read_conll
from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.errors import BundleError, ConfigError, DataError
from tagger.evaluation.scores import score_strict
from tagger.features.vocabulary import SPECIALS, Vocabulary
from tagger.inference.bundle import CONTEXT_PARTS, Bundle
from tagger.inference.context import ContextReader
from tagger.inference.tagger import Tagger
from tagger.training import context, run
from tagger.training.context import ContextRead, RememberedContext, read_context
from tagger.training.prepare import prepare
from tagger.training.raw_batches import RawBatches
from tagger.training.rendezvous import Cluster
from tagger.training.request import check_identity, identity_of
from tagger.training.run import EpochDone, Started, train_model

TOKENS = 37  # of the eight sentences


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Language models of characters, one of words and a tagger, none of which is to be changed."""
    folder = tmp_path_factory.mktemp("language")
    write_model(folder / "tagger", layers=1)
    write_language_model(folder / "words")
    write_language_model(folder / "other", unit="character")
    write_language_model(folder / "forward", unit="character", directions="forward")
    return write_language_model(folder / "both", unit="character", layers=2, scale=3.0).parent


@pytest.fixture
def asked(eight, models, tmp_path):
    """A request for two epochs of four steps."""
    made = request(eight, tmp_path / "model", dev=eight, batch_size=2, characters="cnn", **NOISY)
    return replace(made, character_lm=models / "both")


def killed_after(asked, count):
    """Take so many events and leave what a process that was killed then would."""
    place, events = asked.output.with_name(asked.output.name + ".unfinished"), train_model(asked)
    for _ in range(count):
        next(events)
    shutil.copytree(place, place.with_name("copy"))
    events.close()
    shutil.rmtree(place, ignore_errors=True)
    place.with_name("copy").rename(place)


@pytest.mark.slow
def test_a_run_and_one_that_was_killed_end_with_the_same_bytes(asked):
    asked = replace(asked, running=RunConfig(checkpoint_minutes=1e-9))
    other = replace(asked, output=asked.output.with_name("other"))
    list(train_model(other))
    killed_after(asked, 5)  # the context of both files, the start, two steps
    list(train_model(replace(asked, resume=True)))
    assert content(asked.output) == content(other.output)
    assert "context" in json.loads((other.output / "model.json").read_text())


@pytest.mark.slow
def test_dev_was_scored_as_the_model_tags_it(asked, eight):
    epochs = [event for event in train_model(asked) if isinstance(event, EpochDone)]
    dev = read_conll(eight)
    best = max(epoch.dev.f1 for epoch in epochs)
    tagged = Tagger.load(asked.output).tag(dev)
    scheme = SCHEMES[Bundle.open(asked.output).manifest.scheme]
    assert score_strict(dev, tagged, scheme).micro.f1 == best


def test_a_model_holds_what_it_reads_though_the_directory_is_gone(idle, asked, models, tmp_path):
    lm = shutil.copytree(models / "both", tmp_path / "lm")
    events = []
    for event in train_model(replace(asked, character_lm=lm)):
        events.append(event)
        if isinstance(event, Started):
            shutil.rmtree(lm)
    bundle = Bundle.open(asked.output)
    assert {path.name for path in asked.output.iterdir()} >= {*CONTEXT_PARTS}
    assert (bundle.manifest.context.features, bundle.manifest.context.perplexity) == (14, 9.5)
    assert re.search(r'^character_lm = "\.\./lm"$', (asked.output / "run.toml").read_text(), re.M)
    assert "14 states of both directions of a language model" in (asked.output / "README.md").read_text()
    read = [event.tokens for event in events if isinstance(event, ContextRead)]
    assert read == [TOKENS, 2 * TOKENS]
    assert [event.all_tokens for event in events if isinstance(event, ContextRead)] == [2 * TOKENS] * 2


def test_one_direction_is_enough(idle, asked, models):
    list(train_model(replace(asked, character_lm=models / "forward")))
    note = Bundle.open(asked.output).manifest.context
    assert (note.features, note.both) == (5, False)
    assert not (asked.output / "context_backward.onnx").exists()
    assert len(Tagger.load(asked.output).tag([["Anna", "came"]])[0].tags) == 2


def test_without_one_nothing_speaks_of_it(idle, asked):
    events = list(train_model(replace(asked, character_lm=None)))
    assert not any(isinstance(event, ContextRead) for event in events)
    assert not {path.name for path in asked.output.iterdir()} & {*CONTEXT_PARTS}
    for name in ("model.json", "run.toml", "README.md"):
        assert not re.search(r"context|character_lm", (asked.output / name).read_text())


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_train_and_dev_are_read_as_the_model_reads_them(asked, monkeypatch, tmp_path, at_once):
    monkeypatch.setattr(context, "_SENTENCES", at_once)
    prepared = prepare(asked)
    reading = read_context(prepared)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            prepared = end.value
            break
    prepared.plan.character_model.write(tmp_path)
    reader, data = ContextReader(tmp_path), prepared.plan.data
    for sentences, encoded in ((data.train, prepared.train), (data.dev, prepared.dev)):
        expected = reader.features([sentence.tokens for sentence in sentences])
        np.testing.assert_allclose(encoded.context, expected, atol=1e-6)
        assert expected.std() > 0.1


def test_features_that_were_read_are_found_by_the_sentence():
    sentences = [Sentence(("a", "b")), Sentence(("c",)), Sentence(()), Sentence(("a", "b")), Sentence(("b", "a", "c"))]
    features = np.arange(16, dtype=np.float32).reshape(8, 2)
    features[3:5] = features[:2]  # the same sentence has the same ones
    remembered = RememberedContext(sentences, features)
    assert remembered.size == 2
    found = remembered.features([("b", "a", "c"), (), ("c",), ["a", "b"]])
    np.testing.assert_array_equal(found, features[[5, 6, 7, 2, 0, 1]])
    assert remembered.features([]).shape == (0, 2)


def test_unlabelled_sentences_are_read_too(models, tmp_path):
    class Text:
        def batches(self, size, first):
            yield [("the", "boat"), ("a",)]

    class Lengths:
        size = 1

        def features(self, sentences):
            return np.array([[len(token)] for tokens in sentences for token in tokens], np.float32)

    vocabulary = Vocabulary(SPECIALS, 4, 4, lowercase=True, fold_digits=True)
    (batch,) = RawBatches(Text(), 2, vocabulary, None, Lengths()).batches(first=0)
    assert batch.context.tolist() == [[[3.0], [4.0]], [[1.0], [0.0]]]


def refused(asked, kind):
    """What is said before anything is learned or written."""
    before = content(asked.output.parent)
    with pytest.raises(kind) as raised:
        list(train_model(asked))
    assert content(asked.output.parent) == before
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_what_is_no_language_model_of_characters_is_refused(asked, models, tmp_path):
    words, broken = models / "words", shutil.copytree(models / "both", tmp_path / "broken")
    text = refused(replace(asked, character_lm=words), ConfigError)
    assert text.startswith(f"--character-lm {words}: reads words, not characters; name one")
    tagger = models / "tagger"
    assert refused(replace(asked, character_lm=tagger), BundleError).startswith(f"{tagger}: a tagger")
    assert refused(replace(asked, character_lm=tmp_path / "none"), BundleError).startswith(f"{tmp_path / 'none'}: no ")
    (broken / "units.json").write_text("[]")
    assert refused(replace(asked, character_lm=broken), BundleError).startswith(f"{broken / 'units.json'}: ")


def test_several_processes_or_devices_are_refused(asked, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(run, "find_replicas", lambda cluster, stopping: object())
        assert refused(asked, ConfigError).startswith("--character-lm: several graphics cards")
    monkeypatch.setattr(run, "read_cluster", lambda: Cluster(("a:1", "b:2"), 0))
    assert refused(asked, ConfigError).startswith("--character-lm: TF_CONFIG")


def test_with_another_one_it_is_another_run(asked, models, tmp_path):
    begun, without = identity_of(asked), replace(asked, character_lm=None)
    moved = shutil.copytree(models / "both", tmp_path / "moved")
    check_identity(begun, replace(asked, character_lm=moved), "the run")
    other = models / "other"
    with pytest.raises(DataError, match=rf"^--character-lm {re.escape(str(other))}: the run was begun with another"):
        check_identity(begun, replace(asked, character_lm=other), "the run")
    with pytest.raises(DataError, match=r"^no --character-lm: the run was begun with another"):
        check_identity(begun, without, "the run")
    assert identity_of(without).keys() == {"tagger_version", "options", "files"}
    with pytest.raises(DataError, match=r"^--character-lm .*: the run was begun with none"):
        check_identity(identity_of(without), asked, "the run")


def test_text_beside_goes_with_it(asked, tmp_path):
    """The unlabelled sentences of a batch come with their context."""
    (tmp_path / "raw.txt").write_text("the boat opens .\nAnna came\n" * 30)
    raw = replace(asked, unlabelled=(tmp_path / "raw.txt",), tokens=TokenFormat(tokenized=True))
    batch = next(prepare(raw).unlabelled.batches(first=0))
    assert batch.context.shape == (*batch.word_ids.shape, 14)
    assert batch.context.std() > 0.1
