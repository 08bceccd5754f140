"""Scores of several batches as one: what comes after the network costs by the step, hardly by the sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scored = tuple[NDArray[np.integer], NDArray[np.floating], NDArray[np.integer]]

_TOKENS = 8192  # with padding; a batch that has more stands alone. With twice as many, caches do not hold what is read


@dataclass(frozen=True, slots=True)
class Gathered:
    """Sentences' places in the input [B], tag scores [B, T, K], lengths [B]; beyond a length stand zeros or scores."""

    positions: NDArray[np.integer]
    scores: NDArray[np.floating]
    lengths: NDArray[np.integer]


def gathered(batches: Iterable[Scored]) -> Iterator[Gathered]:
    """Batches that follow each other, put together as long as they are small.

    Args:
        batches: positions [B], scores [B, T, K] and lengths [B] of each.
    """
    held, rows, steps = list[Scored](), 0, 0
    for batch in batches:
        sentences, length = batch[1].shape[:2]
        if held and (rows + sentences) * max(steps, length) > _TOKENS:
            yield _together(held, rows, steps)
            held, rows, steps = [], 0, 0
        held.append(batch)
        rows, steps = rows + sentences, max(steps, length)
    if held:
        yield _together(held, rows, steps)


def _together(batches: list[Scored], rows: int, steps: int) -> Gathered:
    if len(batches) == 1:
        return Gathered(*batches[0])
    scores = np.zeros((rows, steps, batches[0][1].shape[2]), batches[0][1].dtype)
    reached = 0
    for _, some, _ in batches:
        scores[reached : reached + len(some), : some.shape[1]] = some
        reached += len(some)
    positions, lengths = (np.concatenate([batch[place] for batch in batches]) for place in (0, 2))
    return Gathered(positions, scores, lengths)
