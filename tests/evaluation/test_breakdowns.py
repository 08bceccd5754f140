"""Scores of parts, against seqeval's of the same parts and sums by hand."""

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2 as SEQEVAL_IOB2

from tagger.corpus.schemes import IOB2
from tagger.corpus.sentence import Sentence
from tagger.evaluation.breakdowns import break_down, parts_of
from tagger.evaluation.matching import outcomes_of
from tagger.evaluation.scores import score_predictions
from tagger.inference.prediction import Prediction

GOLD = (
    "B-PER I-PER O B-LOC O",
    "B-LOC O O B-PER I-PER",
    "O B-LOC O O B-LOC",
    "O O O O O",
)
PREDICTED = (
    "B-PER I-PER O B-PER O",
    "B-LOC O O B-PER O",
    "O B-LOC O O B-LOC",
    "B-ORG O O O O",
)


def sentences(rows):
    return [Sentence(("a", "b", "c", "d", "e"), tuple(row.split())) for row in rows]


@pytest.fixture
def predictions():
    return [Prediction(one, (0.5,) * len(one.entities)) for one in sentences(PREDICTED)]


@pytest.fixture
def outcomes(predictions):
    return outcomes_of(sentences(GOLD), predictions, IOB2)


def test_parts_by_type_are_what_seqeval_says(outcomes):
    found = break_down(outcomes, 4, {"type": lambda place, entity: entity.type})
    rows = [[row.split() for row in side] for side in (GOLD, PREDICTED)]
    expected = classification_report(*rows, mode="strict", scheme=SEQEVAL_IOB2, output_dict=True, zero_division=0)
    for part in (found.whole, *found.parts["type"]):
        row = expected[part.name or "micro avg"]
        score = part.score
        assert (score.precision, score.recall, score.f1, score.support) == pytest.approx(
            (row["precision"], row["recall"], row["f1-score"], row["support"])
        )
    assert [part.name for part in found.parts["type"]] == ["LOC", "ORG", "PER"]


def test_intervals_are_those_of_the_scores(outcomes, predictions):
    """The same sentences are drawn, whatever is counted in them."""
    scores = score_predictions(sentences(GOLD), predictions, IOB2, ())
    found = break_down(
        outcomes, 4, {"type": lambda place, entity: entity.type, "other": lambda place, entity: str(place)}
    )
    assert found.whole.interval == scores.intervals.micro
    assert {part.name: part.interval for part in found.parts["type"]} == scores.intervals.types


def test_each_side_counts_in_its_own_part(outcomes):
    """One of two tokens is predicted as one of one: lost there, wrong here."""
    parts = parts_of(outcomes, 4, lambda place, entity: str(entity.end - entity.start))
    one, two = parts
    assert (one.name, one.score.support, one.predicted, one.right) == ("1", 4, 6, 3)
    assert (two.name, two.score.support, two.predicted, two.right) == ("2", 2, 1, 1)
    assert (one.score.precision, two.score.recall) == (0.5, 0.5)
    assert two.interval is None


def test_nothing_at_all_is_a_whole_of_nothing():
    found = break_down([], 2, {"type": lambda place, entity: entity.type})
    assert (found.whole.score.f1, found.whole.score.support, found.parts) == (0.0, 0, {"type": ()})
