"""What confidences are worth: how often entities of a confidence are right, and what a threshold would keep."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tagger.evaluation.intervals import LEVEL, Interval
from tagger.evaluation.matching import Kind, Outcome

_BINS = 10
_THRESHOLDS = tuple(step / 100 for step in (*range(0, 100, 5), 97, 99))


@dataclass(frozen=True, slots=True)
class Bin:
    """Predicted entities whose confidence lies above `low`, up to and with `high`; all numbers in fractions of 1.

    Args:
        confidence: the mean. right: the share that is right. interval: of that share (Wilson 1927).
    """

    low: float
    high: float
    entities: int
    confidence: float
    right: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Cut:
    """The scores of the entities that are at least so likely."""

    threshold: float
    precision: float
    recall: float
    f1: float
    entities: int


def reliability_bins(outcomes: Sequence[Outcome]) -> tuple[Bin, ...]:
    """Ten bins of equal width, as `calibration_of` has them, without those that hold nothing."""
    confidences, right = _judged(outcomes)
    edges = np.arange(_BINS + 1) / _BINS
    places = np.searchsorted(edges[1:-1], confidences)
    return tuple(
        _bin(float(edges[place]), float(edges[place + 1]), confidences[places == place], right[places == place])
        for place in range(_BINS)
        if (places == place).any()
    )


def cuts(outcomes: Sequence[Outcome]) -> tuple[Cut, ...]:
    """What is left where entities below a threshold are left out, threshold by threshold."""
    confidences, right = _judged(outcomes)
    support = sum(one.gold is not None for one in outcomes)
    return tuple(_cut(threshold, right[confidences >= threshold], support) for threshold in _THRESHOLDS)


def _judged(outcomes: Sequence[Outcome]) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(one.confidence, one.kind is Kind.RIGHT) for one in outcomes if one.confidence is not None]
    confidences, right = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(confidences, np.float64), np.array(right, np.bool_)


def _bin(low: float, high: float, confidences: np.ndarray, right: np.ndarray) -> Bin:
    from scipy.stats import binomtest

    share = binomtest(int(right.sum()), len(right)).proportion_ci(LEVEL, "wilson")
    interval = Interval(float(share.low), float(share.high))
    return Bin(low, high, len(right), float(confidences.mean()), float(right.mean()), interval)


def _cut(threshold: float, right: np.ndarray, support: int) -> Cut:
    kept, good = len(right), int(right.sum())
    precision, recall = good / kept if kept else 0.0, good / support if support else 0.0
    return Cut(threshold, precision, recall, 2 * good / max(1, kept + support), kept)
