"""Counts by sentence, against the scores of the same tags."""

import numpy as np
import pytest

from tagger.corpus.entities import Entity
from tagger.evaluation.counts import count_by_sentence, f1_of, precision_of, recall_of

GOLD = {(0, Entity(0, 1, "PER")), (0, Entity(2, 3, "PER")), (0, Entity(4, 5, "LOC")), (2, Entity(0, 2, "PER"))}
FOUND = {(0, Entity(0, 1, "PER")), (0, Entity(2, 3, "LOC")), (2, Entity(0, 2, "PER")), (1, Entity(0, 1, "ORG"))}


def test_counts_by_hand():
    counts = count_by_sentence(GOLD, FOUND, 4)
    assert counts.types == ("LOC", "ORG", "PER")
    assert counts.by_type.tolist() == [  # right, predicted, gold of each sentence
        [[0, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]],
        [[1, 1, 2], [0, 0, 0], [1, 1, 1], [0, 0, 0]],
    ]
    assert counts.together.tolist() == [[1, 2, 3], [0, 1, 0], [1, 1, 1], [0, 0, 0]]


def test_measures_by_hand():
    counts = np.array([[2, 4, 8], [0, 3, 0], [0, 0, 3], [0, 0, 0], [5, 5, 5]])
    assert precision_of(counts).tolist() == [0.5, 0.0, 0.0, 0.0, 1.0]
    assert recall_of(counts).tolist() == [0.25, 0.0, 0.0, 0.0, 1.0]
    assert f1_of(counts).tolist() == pytest.approx([1 / 3, 0.0, 0.0, 0.0, 1.0])


def test_no_entity_and_no_sentence_are_no_error():
    counts = count_by_sentence(set(), set(), 3)
    assert (counts.types, counts.together.tolist()) == ((), [[0, 0, 0]] * 3)
    assert count_by_sentence(set(), set(), 0).together.shape == (0, 3)
