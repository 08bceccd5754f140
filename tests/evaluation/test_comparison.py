"""Comparisons of taggings, against disagreements made by hand and the scores of each alone."""

import json

import pytest

from tagger.corpus.entities import Entity
from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.evaluation.comparison import Disagreement, compare_predictions
from tagger.evaluation.matching import Kind
from tagger.evaluation.scores import score_strict
from tagger.inference.prediction import Prediction

IOB2 = SCHEMES["IOB2"]


def sentences(*rows):
    return [Sentence(tuple(f"w{place}" for place in range(len(row.split()))), tuple(row.split())) for row in rows]


def compare(gold, a, b):
    first, second = ([Prediction(one, ()) for one in sentences(*rows)] for rows in (a, b))
    return compare_predictions(sentences(*gold), first, second, IOB2)


GOLD = ["B-PER O B-LOC I-LOC", "O B-ORG O O", "B-PER O O O", "O O O B-MISC"]
A = ["B-PER O B-LOC I-LOC", "O B-PER O O", "O O O O", "O B-LOC O B-MISC"]
B = ["B-PER O B-LOC O", "O B-ORG O O", "O O O O", "O B-LOC B-MISC O"]


def test_where_one_alone_is_right_by_hand():
    found = compare(GOLD, A, B)
    loc, org, misc = Entity(2, 4, "LOC"), Entity(1, 2, "ORG"), Entity(3, 4, "MISC")
    assert found.a_alone == (
        Disagreement(0, loc, Entity(2, 3, "LOC"), Kind.BOUNDARY),
        Disagreement(3, None, Entity(2, 3, "MISC"), Kind.SPURIOUS),
        Disagreement(3, misc, None, Kind.MISSED),
    )
    assert found.b_alone == (Disagreement(1, org, Entity(1, 2, "PER"), Kind.TYPE),)
    assert (found.both, found.neither) == (1, 1)
    assert found.a_alone[1].entity == Entity(2, 3, "MISC")
    assert found.a_alone[2].entity == misc


def test_every_gold_entity_is_right_in_both_one_or_neither():
    found = compare(GOLD, A, B)
    alone = sum(one.gold is not None for one in (*found.a_alone, *found.b_alone))
    assert found.both + alone + found.neither == found.micro.support == 5


def test_scores_are_those_of_each_alone():
    found = compare(GOLD, A, B)
    for name, rows in (("a", A), ("b", B)):
        report = score_strict(sentences(*GOLD), sentences(*rows), IOB2)
        for differences, score in (
            (found.micro, report.micro),
            *((found.types[t], s) for t, s in report.types.items()),
        ):
            for measure in ("precision", "recall", "f1"):
                assert getattr(getattr(differences, measure), name) == pytest.approx(getattr(score, measure))
            assert differences.support == score.support
    assert list(found.types) == ["LOC", "MISC", "ORG", "PER"]


def test_the_two_sides_are_mirrored():
    one, other = compare(GOLD, A, B), compare(GOLD, B, A)
    assert (one.a_alone, one.b_alone) == (other.b_alone, other.a_alone)
    assert (one.micro.f1.a, one.micro.f1.b) == (other.micro.f1.b, other.micro.f1.a)
    assert one.micro.f1.p_value == pytest.approx(other.micro.f1.p_value, abs=0.03)
    assert one.micro.f1.interval.low == pytest.approx(-other.micro.f1.interval.high, abs=0.1)


def test_by_hand_a_right_and_b_wrong_in_each_of_four_sentences():
    """Of sixteen ways to swap them, one is as large, and one on the other side."""
    found = compare(["B-X"] * 4, ["B-X"] * 4, ["O"] * 4)
    assert found.micro.f1.p_value == found.types["X"].f1.p_value == 2 / 16
    assert (found.micro.f1.interval.low, found.micro.f1.interval.high) == (1.0, 1.0)


def test_a_type_that_one_side_alone_predicts_is_there():
    found = compare(["B-X O"] * 3, ["B-X B-Y"] * 3, ["B-X O"] * 3)
    assert list(found.types) == ["X", "Y"]
    assert found.types["Y"].support == 0
    assert found.micro.precision.a == 0.5
    assert [(one.sentence, one.predicted) for one in found.b_alone] == [(row, Entity(1, 2, "Y")) for row in range(3)]


def test_json_is_plain():
    values = json.loads(json.dumps(compare(GOLD, A, B).to_json()))
    assert values["b_alone"][0]["gold"] == {"start": 1, "end": 2, "type": "ORG"}
    assert values["b_alone"][0]["kind"] == "type"
    assert set(values["micro"]["f1"]) == {"a", "b", "interval", "p_value"}
