"""The temperature under which entities' confidences say best how often they are right (Guo et al. 2017)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import Entity
from tagger.features.labels import MoveScores
from tagger.inference.decoding import Scores
from tagger.inference.lattice import Lattice

LOWEST, HIGHEST = 0.25, 16.0  # where every entity of dev is right, the lower the better
_TOLERANCE = 1e-3  # of the logarithm
_GOLDEN = (sqrt(5.0) - 1.0) / 2.0
_SUREST = 1.0 - 1e-9  # what no entity is above, or a single wrong one would outweigh all others


@dataclass(frozen=True, slots=True, eq=False)
class JudgedBatch:
    """A batch's scores [B, T, K] and lengths [B], the entities predicted in each sentence, and which are right."""

    scores: Scores
    lengths: NDArray[np.integer]
    entities: Sequence[Sequence[Entity]]
    right: Sequence[bool]


def fit_temperature(labels: Sequence[str], learned: MoveScores | None, batches: Sequence[JudgedBatch]) -> float:
    """The temperature under which it is likeliest that these entities are right and wrong as they are.

    It is from 1/4 to 16, found by golden sections over its logarithm; 1 where none is better, or nothing is predicted.
    """

    def surprise(temperature: float) -> float:
        """-log p of what is right and what is wrong, entity by entity."""
        lattice = Lattice(labels, learned, temperature)
        return sum(_surprise(lattice, batch) for batch in batches)

    best = exp(_lowest_between(log(LOWEST), log(HIGHEST), lambda place: surprise(exp(place))))
    return best if surprise(best) < surprise(1.0) else 1.0


def _surprise(lattice: Lattice, batch: JudgedBatch) -> float:
    found = lattice.distribution(batch.scores, batch.lengths).entity_probabilities(batch.entities)
    sure = np.clip(np.concatenate([np.zeros(0), *found]), 1.0 - _SUREST, _SUREST)
    return float(-np.log(np.where(np.asarray(batch.right, bool), sure, 1.0 - sure)).sum())


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
