"""Whether entities are right as often as their confidences say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fractions of 1, over predicted entities.

    Args:
        error: the expected calibration error, in 10 bins. confidence: the mean. entities: how many are predicted.
    """

    error: float
    confidence: float
    entities: int


def calibration_of(confidences: Sequence[float], right: Sequence[bool]) -> Calibration:
    """That of predicted entities with these confidences, of which these are exactly right."""
    mean = float(np.mean(confidences)) if confidences else 0.0
    return Calibration(expected_calibration_error(confidences, right), mean, len(confidences))


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = _BINS) -> float:
    """The mean distance of confidence from the share that is right, bin by bin of equal width (Naeini et al. 2015).

    Bins count as much as they hold. A bin holds its upper edge, the first also 0. Nothing predicted has no error.
    """
    if not confidences:
        return 0.0
    places = np.searchsorted(np.arange(1, bins) / bins, confidences)
    gaps = np.bincount(places, np.asarray(confidences) - np.asarray(right, np.float64), bins)
    return float(np.abs(gaps).sum() / len(confidences))
