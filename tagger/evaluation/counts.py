"""Entities counted sentence by sentence: what resampling and shuffling of sentences need."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import Entity

Found = AbstractSet[tuple[int, Entity]]  # entities, and the place of each one's sentence
Counts = NDArray[np.int64]  # [..., 3]: entities that are right, predicted and in gold
RIGHT, PREDICTED, GOLD = range(3)


@dataclass(frozen=True, slots=True)
class SentenceCounts:
    """Counts of each of S sentences, for each of K types in alphabetical order.

    Args:
        by_type: [K, S, 3].
    """

    types: tuple[str, ...]
    by_type: Counts

    @property
    def together(self) -> Counts:
        """Those of all types, [S, 3]."""
        return np.asarray(self.by_type.sum(axis=0))


def count_by_sentence(gold: Found, predicted: Found, sentences: int) -> SentenceCounts:
    """Count the entities of so many sentences; of the types that are in gold or predicted."""
    types = tuple(sorted({entity.type for _, entity in gold | predicted}))
    rows = {type_: row for row, type_ in enumerate(types)}
    counts = np.zeros((len(types), sentences, 3), np.int64)
    for column, found in ((RIGHT, gold & predicted), (PREDICTED, predicted), (GOLD, gold)):
        for place, entity in found:
            counts[rows[entity.type], place, column] += 1
    return SentenceCounts(types, counts)


def precision_of(counts: Counts) -> NDArray[np.float64]:
    """The precision that counts [..., 3] give; 0 where nothing is predicted."""
    return _ratio(counts[..., RIGHT], counts[..., PREDICTED])


def recall_of(counts: Counts) -> NDArray[np.float64]:
    """The recall; 0 where gold holds nothing."""
    return _ratio(counts[..., RIGHT], counts[..., GOLD])


def f1_of(counts: Counts) -> NDArray[np.float64]:
    """Their harmonic mean; 0 where nothing is right."""
    return _ratio(2 * counts[..., RIGHT], counts[..., PREDICTED] + counts[..., GOLD])


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return part / np.maximum(whole, 1)
