"""The temperature at which a network's probabilities fit labelled text best (Guo et al. 2017)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from tagger.features.labels import MoveScores, legal_scores
from tagger.inference.decoding import Scores
from tagger.inference.lattice import Lattice

LOWEST, HIGHEST = 0.25, 16.0  # where every dev sentence is right, the lower the better
_TOLERANCE = 1e-3  # of the logarithm
_GOLDEN = (sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True, eq=False)
class GoldBatch:
    """A batch's scores [B, T, K] and lengths [B], and the right labels [B, T], which are legal sequences."""

    scores: Scores
    lengths: NDArray[np.integer]
    label_ids: NDArray[np.integer]


def fit_temperature(labels: Sequence[str], learned: MoveScores | None, batches: Sequence[GoldBatch]) -> float:
    """The temperature under which the right sequences are likeliest, from 1/4 to 16; 1 where none is better.

    Their log-likelihood is concave in 1 / temperature, so the one best is found by golden sections.
    """
    moves = legal_scores(labels, learned)
    gold = sum(_gold_score(batch, moves) for batch in batches if batch.label_ids.size)

    def surprise(temperature: float) -> float:
        """-log p of all right sequences."""
        lattice = Lattice(labels, learned, temperature)
        sums = (lattice.distribution(batch.scores, batch.lengths).log_partition.sum() for batch in batches)
        return float(sum(sums)) - gold / temperature

    best = exp(_lowest_between(log(LOWEST), log(HIGHEST), lambda place: surprise(exp(place))))
    return best if surprise(best) < surprise(1.0) else 1.0


def _gold_score(batch: GoldBatch, moves: MoveScores) -> float:
    """The sum of the scores of a batch's right sequences, moves included."""
    steps = np.arange(batch.label_ids.shape[1])
    rows, inside = np.flatnonzero(batch.lengths), steps < batch.lengths[:, None]  # [B, T]
    chosen = np.take_along_axis(batch.scores, batch.label_ids[..., None], axis=-1)[..., 0]
    between = moves.transitions[batch.label_ids[:, :-1], batch.label_ids[:, 1:]]
    edges = moves.starts[batch.label_ids[rows, 0]] + moves.ends[batch.label_ids[rows, batch.lengths[rows] - 1]]
    return float(chosen[inside].sum(dtype=np.float64) + between[inside[:, 1:]].sum() + edges.sum())


def _lowest_between(low: float, high: float, function: Callable[[float], float]) -> float:
    """Where a function that first falls and then rises is lowest (Kiefer 1953)."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > _TOLERANCE:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2.0
