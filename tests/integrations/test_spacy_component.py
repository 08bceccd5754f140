"""Against spaCy itself."""

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import write_model

from tagger.errors import BundleError, ConfigError
from tagger.inference.tagger import Tagger

WORDS = ["Anna", "Weber", " ", "\n", "lives in", "Trieste.", "The Harbour Office", "hired 12 divers.",
         "\u00e9\U0001f642", "don't", "LONDON's"]  # fmt: skip
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), max_size=5)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("models") / "model", layers=1)


def pipeline(model, *before, **config):
    nlp = spacy.blank("en")
    for name in before:
        nlp.add_pipe(name)
    nlp.add_pipe("bilstm_tagger", config={"model": str(model), **config})
    return nlp


def expected_of(tagger, document):
    """The entities of each of the document's sentences, as tokens without white space, and their confidences."""
    found = []
    for sentence in document.sents:
        tokens = [token for token in sentence if not token.is_space]
        (prediction,) = tagger.predict([[token.text for token in tokens]])
        for entity, confidence in zip(prediction.sentence.entities, prediction.confidences, strict=True):
            span = tokens[entity.start].i, tokens[entity.end - 1].i + 1
            found.append((*span, entity.type, pytest.approx(confidence, abs=1e-5)))
    return found


@settings(deadline=None, max_examples=40)
@given(texts=TEXTS, size=st.integers(1, 4))
def test_documents_get_the_entities_of_their_sentences(model, texts, size):
    nlp, tagger = pipeline(model, "sentencizer"), Tagger.load(model)
    documents = list(nlp.pipe(texts, batch_size=size))
    assert [document.text for document in documents] == texts
    for document in documents:
        assert [(e.start, e.end, e.label_, e._.confidence) for e in document.ents] == expected_of(tagger, document)


def test_without_sentences_of_its_own_a_document_has_those_that_texts_have(model):
    text = "Anna Weber lives in Trieste. The Harbour Office hired Dr. Weber. LONDON!"
    document = pipeline(model)(text)
    (tagged,) = Tagger.load(model).pipe([text])
    assert document.ents
    assert [(e.start_char, e.end_char, e.label_) for e in document.ents] == [
        (entity.start, entity.end, entity.type) for entity in tagged.entities
    ]


def test_unlikely_entities_are_left_out(model):
    text = "Anna Weber lives in Trieste. The Harbour Office hired 12 divers."
    confidences = sorted(entity._.confidence for entity in pipeline(model)(text).ents)
    bound = confidences[len(confidences) // 2]
    kept = pipeline(model, min_confidence=bound)(text).ents
    assert 0 < len(kept) < len(confidences)
    assert min(entity._.confidence for entity in kept) >= bound


def test_what_cannot_be_is_named(model, tmp_path):
    with pytest.raises(ConfigError, match="name a model"):
        spacy.blank("en").add_pipe("bilstm_tagger")
    with pytest.raises(BundleError, match="no model there"):
        pipeline(tmp_path)
    with pytest.raises(ConfigError, match="min_confidence"):
        pipeline(model, min_confidence=1.5)


def test_a_pipeline_on_disk_finds_its_model_again(model, tmp_path):
    text = "Anna Weber lives in Trieste."
    nlp = pipeline(model)
    nlp.to_disk(tmp_path / "pipeline")
    before, after = (one(text).ents for one in (nlp, spacy.load(tmp_path / "pipeline")))
    assert before
    assert [(e.start, e.end, e.label_) for e in after] == [(e.start, e.end, e.label_) for e in before]
