"""How far confidences are from the truth."""

import numpy as np
import pytest

from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.evaluation.calibration import Calibration, calibration_of, expected_calibration_error
from tagger.evaluation.scores import score, score_predictions
from tagger.inference.prediction import Prediction

IOB2 = SCHEMES["IOB2"]


def test_the_error_by_hand():
    confidences = [0.95, 0.85, 0.05, 0.9, 0.92, 0.88, 0.52, 0.55, 0.58, 0.15]
    right = [True, True, False, True, False, True, True, False, True, False]
    # (0.9, 1] has 0.95, 0.92; (0.8, 0.9] has 0.85, 0.9, 0.88; (0.5, 0.6]; (0, 0.1]; (0.1, 0.2].
    tenths = abs(1.87 - 1) + abs(2.63 - 3) + abs(1.65 - 2) + 0.05 + 0.15
    assert expected_calibration_error(confidences, right) == pytest.approx(tenths / 10)
    halves = abs(0.05 + 0.15 - 0) + abs(0.95 + 0.85 + 0.9 + 0.92 + 0.88 + 0.52 + 0.55 + 0.58 - 6)
    assert expected_calibration_error(confidences, right, bins=2) == pytest.approx(halves / 10)


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_the_error_is_that_of_the_definition(bins):
    """The definition of Naeini et al. and Guo et al.: bin m is ((m - 1) / M, m / M]."""
    generator = np.random.default_rng(bins)
    confidences, right = generator.random(500), generator.random(500) < 0.6
    expected = 0.0
    for place in range(1, bins + 1):
        inside = ((place - 1) / bins < confidences) & (confidences <= place / bins)
        if inside.any():
            expected += inside.sum() / 500 * abs(right[inside].mean() - confidences[inside].mean())
    assert expected_calibration_error(confidences.tolist(), right.tolist(), bins) == pytest.approx(expected)


def test_an_edge_belongs_to_the_bin_below_it():
    """Apart, 0.3 and 0.31 are far from the truth; together they would be near it."""
    assert expected_calibration_error([0.3, 0.31], [True, False]) == pytest.approx((0.7 + 0.31) / 2)
    assert expected_calibration_error([0.3, 0.21], [True, False]) == pytest.approx((1 - 0.51) / 2)
    assert expected_calibration_error([0.0, 1.0], [False, True]) == 0.0


def test_a_calibrated_simulation_has_next_to_no_error_and_an_overconfident_one_has():
    generator = np.random.default_rng(0)
    confidences = generator.random(200_000)
    right = (generator.random(200_000) < confidences).tolist()
    assert expected_calibration_error(confidences.tolist(), right) < 0.005
    expected = 1 / 2 - 1 / 3  # the mean of sqrt(c) - c is 1/6
    assert expected_calibration_error(np.sqrt(confidences).tolist(), right) == pytest.approx(expected, abs=0.01)


def test_nothing_predicted_has_no_error():
    assert calibration_of([], []) == Calibration(error=0.0, confidence=0.0, entities=0)


GOLD = [
    Sentence(("Anna", "Weber", "saw", "Oslo"), ("B-PER", "I-PER", "O", "B-LOC")),
    Sentence(()),
    Sentence(("Bonn", "and", "Lee"), ("B-LOC", "O", "I-PER")),  # strictly, a stray inside tag is no entity
]
FOUND = [
    Prediction(Sentence(GOLD[0].tokens, ("B-PER", "I-PER", "B-LOC", "B-LOC")), (0.75, 0.25, 1.0)),
    Prediction(Sentence(()), ()),
    Prediction(Sentence(GOLD[2].tokens, ("B-PER", "I-PER", "B-PER")), (0.625, 0.125)),
]


def test_only_the_span_and_the_type_together_are_right():
    """Right are Anna Weber 0.75 and Oslo 1.0; wrong are 0.25, 0.625, and 0.125 on a malformed tag.

    That of 0.625 would be right in the first sentence.
    """
    scores = score_predictions(GOLD, FOUND, IOB2, ())
    assert scores.calibration == Calibration(
        error=pytest.approx((0.25 + 0.0 + 0.25 + 0.625 + 0.125) / 5), confidence=pytest.approx(2.75 / 5), entities=5
    )
    assert scores.strict.micro.precision == 2 / 5


def test_confidences_change_no_score():
    scores = score_predictions(GOLD, FOUND, IOB2, {"Oslo"})
    tags_alone = score(GOLD, [prediction.sentence for prediction in FOUND], IOB2, {"Oslo"})
    assert (scores.strict, scores.default, scores.unseen) == (tags_alone.strict, tags_alone.default, tags_alone.unseen)
    assert tags_alone.calibration is None
    assert tags_alone.to_json()["calibration"] is None
    assert scores.to_json()["calibration"]["entities"] == 5
