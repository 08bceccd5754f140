import logging
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus.entities import Entity
from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.inference import long_sentences
from tagger.inference.long_sentences import in_windows, joined
from tagger.inference.prediction import Prediction

WORDS = ["Anna", "Weber", "lives", "in", "Trieste", ".", "Harbour", "Office", "12", "LONDON"]
SCHEME = SCHEMES["IOB2"]


def short_windows(patch, whole=40, window=24, shared=12):
    for name, value in (("WHOLE", whole), ("WINDOW", window), ("SHARED", shared)):
        patch.setattr(long_sentences, name, value)


@st.composite
def spans(draw, longest):
    """Entities of a text, in order, none longer than `longest` tokens; and the length of the text."""
    entities, end = [], 0
    for gap, width in draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, longest)), max_size=30)):
        entities.append(Entity(end + gap, end + gap + width, draw(st.sampled_from(["LOC", "PER"]))))
        end += gap + width
    return entities, end + draw(st.integers(0, 60))


def seen_from(start, tokens, entities):
    """What a window shows of a text's entities: all that touch it, cut at its edges, as those who see no further do."""
    end = start + len(tokens)
    seen = [
        (Entity(max(one.start, start) - start, min(one.end, end) - start, one.type), float(place))
        for place, one in enumerate(entities)
        if one.start < end and one.end > start
    ]
    tags = SCHEME.tags_of([entity for entity, _ in seen], end - start)
    return Prediction(Sentence(tokens, tags), tuple(place for _, place in seen))


@settings(deadline=None)
@given(spans(longest=6))
def test_windows_that_see_the_same_are_joined_to_what_the_whole_is(text):
    entities, length = text
    with pytest.MonkeyPatch.context() as patch:
        short_windows(patch)
        sentence = Sentence(tuple(map(str, range(length))))
        windows = list(in_windows(sentence))
        seen = [seen_from(int((window.tokens or "0")[0]), window.tokens, entities) for window in windows]
        found = joined(sentence, iter(seen), SCHEME)
    assert found.sentence == Sentence(sentence.tokens, SCHEME.tags_of(entities, length))
    assert found.confidences == tuple(map(float, range(len(entities))))
    assert all(len(window.tokens) <= 40 for window in windows)


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 30)), max_size=9), min_size=5, max_size=5))
def test_windows_that_see_nothing_the_same_still_give_entities_that_do_not_overlap(gaps):
    windows = []
    for some in gaps:
        entities, end = [], 0
        for gap, width in some:
            start, end = end + gap, end + gap + width
            if end <= 24:
                entities.append(Entity(start, end, "LOC"))
        windows.append(Prediction(Sentence(("w",) * 24, SCHEME.tags_of(entities, 24)), (0.5,) * len(entities)))
    sentence = Sentence(("w",) * 72)
    with pytest.MonkeyPatch.context() as patch:
        short_windows(patch)
        assert len(list(in_windows(sentence))) == 5
        found = joined(sentence, iter(windows), SCHEME)
    ends = [0, *(entity.end for entity in found.sentence.entities)]
    assert all(entity.start >= before for entity, before in zip(found.sentence.entities, ends, strict=False))
    assert len(found.confidences) == len(found.sentence.entities)


def test_a_long_sentence_has_the_tags_and_confidences_it_has_whole(tagger, monkeypatch, caplog):
    generator = np.random.default_rng(0)
    sentences = [generator.choice(WORDS, size=length).tolist() for length in (3, 1500, 0, 250, 251, 700)]
    whole, tags = tagger.predict(sentences), tagger.tag(sentences)
    short_windows(monkeypatch, whole=250, window=200, shared=100)
    with caplog.at_level(logging.WARNING):
        cut = tagger.predict(sentences)
    assert [prediction.sentence for prediction in cut] == tags == [prediction.sentence for prediction in whole]
    for some, others in zip(cut, whole, strict=True):
        assert some.confidences == pytest.approx(others.confidences, abs=1e-4)
    assert tagger.tag(sentences) == tags
    told = [record.getMessage() for record in caplog.records]
    assert [message.split(" has ")[1] for message in told[:3]] == [
        f"{length} tokens; it is tagged in windows of 200 that overlap" for length in ("1,500", "251", "700")
    ]
    assert repr(" ".join(sentences[1][:5])) in told[0]


def test_a_sentence_of_sixteen_thousand_tokens_is_tagged_whole():
    (window,) = in_windows(Sentence(("w",) * 16_384))
    assert len(window.tokens) == 16_384


def test_windows_cover_a_sentence_and_share_what_they_join_in():
    windows = list(in_windows(Sentence(tuple(map(str, range(100_000))))))
    places = [(int(window.tokens[0]), int(window.tokens[-1]) + 1) for window in windows]
    assert places[0][0] == 0
    assert places[-1][1] == 100_000
    assert all(before[1] - after[0] == 1024 for before, after in pairwise(places))
    assert all(len(window.tokens) <= 8192 for window in windows)
