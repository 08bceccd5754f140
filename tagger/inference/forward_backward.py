"""Sums over all sequences of labels before and after each token (Baum et al. 1970).

They are scaled to 1 at each step (Rabiner 1989), which takes one small product of matrices. Sentences whose scores lie
too far apart for that are added up in log space.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tagger.features.labels import MoveScores

Floats = NDArray[np.float64]
Reader = Callable[[Floats, Floats, Floats], Floats]

# However they meet, two gaps between labels and three between moves are the most that leads from a likely start of a
# sentence to a likely rest: no sum that matters is then below e^-600, a float64 number.
_WIDEST = 600.0


def sums_around(scores: Floats, lengths: NDArray[np.integer], moves: MoveScores) -> tuple[Floats, Floats]:
    """The logs of the sums over all that may come before each label, and after it, [B, T, K].

    Args:
        scores: [B, T, K], finite, the best of each token 0; also in padding. lengths: [B].
        moves: minus infinity is for what is forbidden.
    """
    gaps = -scores.min(axis=(1, 2), initial=0.0)  # [B]
    wide = 2.0 * gaps + 3.0 * _widest_gap(moves) > _WIDEST
    if not wide.any():
        return _read_both_ways(scores, lengths, moves, _read_scaled)
    before, after = np.empty_like(scores), np.empty_like(scores)
    for places, read in ((~wide, _read_scaled), (wide, _read_logs)):
        if places.any():
            before[places], after[places] = _read_both_ways(scores[places], lengths[places], moves, read)
    return before, after


def log_sum(logs: Floats) -> Floats:
    """The log of the sum of exponentials along the last axis, of which one is finite at least."""
    best = logs.max(axis=-1)
    total: Floats = best + np.log(np.exp(logs - best[..., None]).sum(axis=-1))
    return total


def _read_both_ways(
    scores: Floats, lengths: NDArray[np.integer], moves: MoveScores, read: Reader
) -> tuple[Floats, Floats]:
    """Backward is forward from the end with the moves turned round, so one loop goes both ways."""
    batch, steps, labels = scores.shape
    rows, place = np.arange(batch), np.arange(steps)[:, None]
    turned = np.where(place < lengths, lengths - 1 - place, place)  # [T, B]
    both = np.empty((steps, 2, batch, labels))
    both[:, 0], both[:, 1] = scores.transpose(1, 0, 2), scores[rows, turned]
    edges = np.stack([moves.starts, moves.ends])[:, None]  # [2, 1, K]
    sums = read(both, edges, np.stack([moves.transitions, moves.transitions.T]))
    return sums[:, 0].transpose(1, 0, 2), sums[turned, 1, rows].transpose(1, 0, 2)


def _read_scaled(scores: Floats, edges: Floats, moves: Floats) -> Floats:
    """Log sums over all that comes before each label as they are read, [T, 2, B, K]: one way and the other.

    Args:
        scores: [T, 2, B, K]. edges: [2, 1, K]. moves: [2, K, K], from and to.
    """
    best_move, best_edge = moves.max(), edges.max(axis=-1, keepdims=True)
    weights, move_weights = np.exp(scores), np.exp(moves - best_move)
    reached, totals = np.empty_like(scores), np.empty((*scores.shape[:3], 1))
    coming = np.broadcast_to(np.exp(edges - best_edge), scores.shape[1:])
    for step, weight in enumerate(weights):
        reached[step] = coming
        here = coming * weight
        totals[step] = here.sum(axis=-1, keepdims=True)
        coming = (here / totals[step]) @ move_weights
    scales = np.log(totals) + best_move
    with np.errstate(divide="ignore"):  # what is forbidden has the weight 0
        np.log(reached, out=reached)  # in its place, for a fresh array of this size costs more than the logs
    scales = np.concatenate([np.broadcast_to(best_edge, scales[:1].shape), scales[:-1]])
    reached += np.cumsum(scales, axis=0)
    return reached


def _read_logs(scores: Floats, edges: Floats, moves: Floats) -> Floats:
    """The same for scores of any size: a log of a sum for every move of every step."""
    reached = np.empty_like(scores)
    coming = np.broadcast_to(edges, scores.shape[1:])
    for step, score in enumerate(scores):
        reached[step] = coming
        coming = np.logaddexp.reduce((coming + score)[..., None] + moves[:, None], axis=-2)
    return reached


def _widest_gap(moves: MoveScores) -> float:
    """Between two scores of moves that are not forbidden."""
    allowed = [part[np.isfinite(part)] for part in (moves.transitions, moves.starts, moves.ends)]
    return float(max(np.ptp(part) for part in allowed))
