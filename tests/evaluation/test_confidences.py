"""Confidences against what is right, with scikit-learn and seqeval's arithmetic as judges."""

import math

import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve

from tagger.corpus.entities import Entity
from tagger.evaluation.confidences import cuts, reliability_bins
from tagger.evaluation.matching import Kind, Outcome

CONFIDENCES = (0.12, 0.18, 0.33, 0.41, 0.47, 0.55, 0.62, 0.68, 0.71, 0.79, 0.86, 0.91, 0.93, 0.96, 0.98)
RIGHT = (0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1)
MISSED = 3


@pytest.fixture
def outcomes():
    entity = Entity(0, 1, "PER")
    found = [
        Outcome(place, entity if right else None, entity, Kind.RIGHT if right else Kind.SPURIOUS, confidence)
        for place, (confidence, right) in enumerate(zip(CONFIDENCES, RIGHT, strict=True))
    ]
    return [*found, *[Outcome(99, entity, None, Kind.MISSED, None)] * MISSED]


def test_bins_are_those_of_scikit_learn(outcomes):
    right, confidence = calibration_curve(RIGHT, CONFIDENCES, n_bins=10)
    bins = reliability_bins(outcomes)
    assert [one.right for one in bins] == pytest.approx(right.tolist())
    assert [one.confidence for one in bins] == pytest.approx(confidence.tolist())
    assert sum(one.entities for one in bins) == len(CONFIDENCES)
    assert all(one.low < one.confidence <= one.high for one in bins)


def test_the_interval_of_a_bin_is_wilsons(outcomes):
    """Wilson 1927, by hand, for the last bin: 3 of 4 right."""
    last = reliability_bins(outcomes)[-1]
    z, n, p = 1.959963984540054, 4, 0.75
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert last.entities == 4
    assert (last.interval.low, last.interval.high) == pytest.approx((middle - half, middle + half))


def test_cuts_are_points_of_scikit_learns_curve(outcomes):
    precision, recall, thresholds = precision_recall_curve(RIGHT, CONFIDENCES)
    found_share = sum(RIGHT) / (sum(RIGHT) + MISSED)  # its recall knows nothing of what was never predicted
    for cut in cuts(outcomes):
        place = next((place for place, value in enumerate(thresholds) if value >= cut.threshold), None)
        if place is None:
            assert (cut.entities, cut.precision, cut.recall, cut.f1) == (0, 0.0, 0.0, 0.0)
            continue
        expected = precision[place], recall[place] * found_share
        assert (cut.precision, cut.recall) == pytest.approx(expected)
        assert cut.f1 == pytest.approx(2 * expected[0] * expected[1] / (expected[0] + expected[1]))
        assert cut.entities == len(thresholds) - place


def test_an_entity_at_the_threshold_is_kept():
    entity = Entity(0, 1, "PER")
    (half,) = [cut for cut in cuts([Outcome(0, entity, entity, Kind.RIGHT, 0.5)]) if cut.threshold == 0.5]
    assert half.entities == 1


def test_nothing_predicted_has_no_bins():
    assert reliability_bins([Outcome(0, Entity(0, 1, "PER"), None, Kind.MISSED, None)]) == ()
