"""What a model still knows of what it was trained on."""

import pytest

from tagger.config import WordConfig
from tagger.corpus.sentence import Sentence
from tagger.evaluation.train_knowledge import TrainKnowledge
from tagger.features.vocabulary import build_vocabulary

TEXT = " ".join(f"often{number} often{number}" for number in range(1000)) + " zz zz once"


@pytest.fixture
def known():
    vocabulary = build_vocabulary([Sentence(tuple(TEXT.split()))], WordConfig(fold_digits=False), ["vector"])
    return TrainKnowledge(frozenset({"New York"}), vocabulary)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("often7", "among the first 1,000"),
        ("often7 zz", "seen more than once"),  # a thousand others stand there as often, and come first
        ("often7 once", "seen once"),
        ("once vector", "known from vectors"),
        ("vector never often7", "unknown"),
    ],
)
def test_an_entity_stands_with_its_rarest_word(known, words, expected):
    assert known.familiarity(words.split()) == expected


def test_in_a_small_vocabulary_a_word_seen_once_is_not_among_the_frequent():
    vocabulary = build_vocabulary([Sentence(("a", "a", "b"))], WordConfig())
    known = TrainKnowledge(frozenset(), vocabulary)
    assert [known.familiarity([word]) for word in "abc"] == ["among the first 1,000", "seen once", "unknown"]


def test_a_surface_is_seen_as_it_is_written(known):
    assert [known.novelty(surface) for surface in ("New York", "new york", "York")] == ["seen", "unseen", "unseen"]
