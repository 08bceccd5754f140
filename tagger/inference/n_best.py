"""The N best legal sequences, not the best alone (list Viterbi; Seshadri and Sundberg 1994)."""

import numpy as np
from numpy.typing import NDArray

from tagger.features.labels import LegalMoves, MoveScores

Floats = NDArray[np.float64]


def count_sequences(legal: LegalMoves, length: int, most: int) -> int:
    """How many sequences of so many labels are legal, or `most` where there are more."""
    if not length:
        return 1
    follows, ways = legal.follows.astype(object), legal.starts.astype(object)  # Python's integers, which are exact
    for _ in range(length - 1):
        if ways[legal.ends].sum() >= most:  # and longer ones are no fewer, as each may end in O
            break
        ways = ways @ follows
    return min(int(ways[legal.ends].sum()), most)


def n_best_paths(
    scores: Floats, lengths: NDArray[np.integer], moves: MoveScores, count: int
) -> tuple[NDArray[np.intp], Floats]:
    """The best sequences [B, N, T] and their scores [B, N], the best first; minus infinity where there are no more.

    Among equals the one whose last label has the lowest place comes first, then the last but one, and so on.

    Args:
        scores: [B, T, K], finite. lengths: [B]. moves: minus infinity is for what is forbidden. count: N.
    """
    batch, steps, labels = scores.shape
    into = np.ascontiguousarray(moves.transitions.T)  # [K, K], to and from
    best = np.full((batch, labels, count), -np.inf)  # of the sequences that end in k
    best[:, :, 0] = moves.starts + scores[:, 0]
    places = np.arange(labels * count, dtype=np.min_scalar_type(labels * count))
    back = np.tile(places, (steps, batch, 1))  # [T, B, K * N], where each came from, so numbered too
    for step in range(1, steps):
        inside = step < lengths
        reached, origin = _merge(best[inside], into)
        back[step, inside] = origin.reshape(-1, labels * count)
        best[inside] = reached + scores[inside, step, :, None]
    ended = (best + moves.ends[:, None]).reshape(batch, labels * count)
    last = np.argsort(-ended, axis=-1, kind="stable")[:, :count]  # [B, N]
    paths = np.empty((batch, count, steps), np.intp)
    rows, place = np.arange(batch)[:, None], last
    for step in range(steps - 1, -1, -1):  # beyond a sentence's end `back` leads to itself
        paths[:, :, step] = place // count
        place = back[step, rows, place]
    return paths, np.take_along_axis(ended, last, axis=-1)


def _merge(best: Floats, into: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """For each label the N best ways to it, [B, K, N], and where each comes from, as label * N + rank.

    The ways from one label are in order already, so only the next of each is looked at.
    """
    batch, labels, count = best.shape
    left = np.concatenate([best, np.full((batch, labels, 1), -np.inf)], axis=-1)  # [B, K, N + 1]
    rows, to = np.arange(batch)[:, None], np.arange(labels)
    heads = best[:, None, :, 0] + into  # [B, K, K], to and from
    ranks = np.zeros(heads.shape, np.intp)
    reached, origin = np.empty_like(best), np.empty(best.shape, np.intp)
    for rank in range(count):
        source = heads.argmax(axis=-1)  # [B, K]
        taken = ranks[rows, to, source]
        reached[:, :, rank] = heads[rows, to, source]
        origin[:, :, rank] = source * count + taken
        ranks[rows, to, source] = np.minimum(taken + 1, count)
        heads[rows, to, source] = left[rows, source, np.minimum(taken + 1, count)] + into[to, source]
    return reached, origin
