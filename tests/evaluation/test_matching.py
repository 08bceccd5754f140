"""What became of entities, against pairs made by hand and against the counts that scores are made of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus.entities import Entity
from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.evaluation.matching import Kind, Outcome, outcomes_of
from tagger.evaluation.scores import score_strict, strict_entities
from tagger.inference.prediction import Prediction

IOB2 = SCHEMES["IOB2"]


def sentence(*entities, length=9):
    tags = IOB2.tags_of([Entity(*one) for one in entities], length)
    return Sentence(tuple(f"w{place}" for place in range(length)), tags)


def outcomes(gold, predicted, confidences=()):
    return outcomes_of([sentence(*gold)], [Prediction(sentence(*predicted), confidences)], IOB2)


def outcome(gold, predicted, kind, confidence=None, place=0):
    return Outcome(place, gold and Entity(*gold), predicted and Entity(*predicted), kind, confidence)


@pytest.mark.parametrize(
    ("gold", "predicted", "kind"),
    [
        ((2, 4, "PER"), (2, 4, "PER"), Kind.RIGHT),
        ((2, 4, "PER"), (2, 4, "LOC"), Kind.TYPE),
        ((2, 4, "PER"), (2, 3, "PER"), Kind.BOUNDARY),
        ((2, 4, "PER"), (1, 5, "PER"), Kind.BOUNDARY),
        ((2, 4, "PER"), (3, 6, "LOC"), Kind.BOTH),
    ],
)
def test_two_that_share_a_token_are_one_outcome(gold, predicted, kind):
    assert outcomes([gold], [predicted]) == [outcome(gold, predicted, kind)]


def test_neighbours_that_share_no_token_are_missed_and_spurious():
    gold, predicted = (2, 4, "PER"), (4, 5, "PER")
    expected = [outcome(gold, None, Kind.MISSED), outcome(None, predicted, Kind.SPURIOUS)]
    assert outcomes([gold], [predicted]) == expected


def test_the_same_span_goes_before_more_tokens_in_common():
    gold, first, second = [(0, 1, "A"), (1, 2, "A")], (0, 1, "B"), (1, 2, "A")
    expected = [outcome(gold[0], first, Kind.TYPE), outcome(gold[1], second, Kind.RIGHT)]
    assert outcomes(gold, [first, second]) == expected


def test_most_tokens_in_common_go_together():
    gold = [(0, 2, "A"), (2, 6, "A")]
    expected = [outcome(gold[0], None, Kind.MISSED), outcome(gold[1], (1, 5, "A"), Kind.BOUNDARY)]
    assert outcomes(gold, [(1, 5, "A")]) == expected
    expected = [outcome((1, 5, "A"), gold[1], Kind.BOUNDARY), outcome(None, gold[0], Kind.SPURIOUS)]
    assert sorted(outcomes([(1, 5, "A")], gold), key=lambda one: one.kind) == expected


def test_of_equals_the_leftmost_go_together():
    gold = [(0, 2, "A"), (2, 4, "A")]
    expected = [outcome(gold[0], (1, 3, "B"), Kind.BOTH), outcome(gold[1], None, Kind.MISSED)]
    assert outcomes(gold, [(1, 3, "B")]) == expected
    expected = [outcome((1, 3, "B"), gold[0], Kind.BOTH), outcome(None, gold[1], Kind.SPURIOUS)]
    assert outcomes([(1, 3, "B")], gold) == expected


def test_outcomes_stand_in_the_order_of_the_text():
    gold, predicted = [(0, 1, "A"), (6, 7, "A")], [(3, 4, "A"), (6, 7, "A"), (8, 9, "A")]
    found = outcomes_of([sentence(*gold)] * 2, [Prediction(sentence(*predicted), ())] * 2, IOB2)
    kinds = [Kind.MISSED, Kind.SPURIOUS, Kind.RIGHT, Kind.SPURIOUS]
    assert [(one.sentence, one.kind) for one in found] == [(place, kind) for place in (0, 1) for kind in kinds]


def test_confidences_stay_with_their_entities():
    found = outcomes([(0, 2, "A"), (6, 7, "A")], [(0, 1, "A"), (3, 4, "A"), (6, 7, "A")], (0.25, 0.5, 0.75))
    assert [(one.kind, one.confidence) for one in found] == [
        (Kind.BOUNDARY, 0.25),
        (Kind.SPURIOUS, 0.5),
        (Kind.RIGHT, 0.75),
    ]
    assert outcomes([(0, 2, "A")], [], ())[0].confidence is None
    assert outcomes([], [(0, 2, "A")], ())[0].confidence is None


def test_malformed_entities_are_none_as_in_strict_scores():
    gold = Sentence(("a", "b"), ("I-A", "B-A"))
    predicted = Prediction(Sentence(("a", "b"), ("I-A", "B-A")), (0.25, 0.75))
    assert outcomes_of([gold], [predicted], IOB2) == [outcome((1, 2, "A"), (1, 2, "A"), Kind.RIGHT, 0.75)]


tag = st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"])
rows = st.lists(st.lists(st.tuples(tag, tag), min_size=1, max_size=9), min_size=1, max_size=3)


@settings(deadline=None, max_examples=100)
@given(rows=rows)
def test_every_entity_stands_in_one_outcome_and_right_ones_are_those_of_the_score(rows):
    gold, predicted = (
        [Sentence(("w",) * len(row), tuple(pair[side] for pair in row)) for row in rows] for side in (0, 1)
    )
    found = outcomes_of(gold, [Prediction(one, ()) for one in predicted], IOB2)
    for side, sentences in (("gold", gold), ("predicted", predicted)):
        entities = [(one.sentence, getattr(one, side)) for one in found if getattr(one, side) is not None]
        assert len(entities) == len(set(entities))
        assert set(entities) == strict_entities(sentences, IOB2)
    right = sum(one.kind is Kind.RIGHT for one in found)
    micro = score_strict(gold, predicted, IOB2).micro
    assert right == pytest.approx(micro.recall * micro.support)
