"""Sums over all sequences of labels before and after each token (Baum et al. 1970).

They are scaled to 1 at each step (Rabiner 1989), which takes one small product of matrices. Sentences whose scores lie
too far apart for that are added up in log space.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagger.features.labels import MoveScores

Floats = NDArray[np.float64]
Ids = NDArray[np.intp]

# However they meet, two gaps between labels and three between moves are the most that leads from a likely start of a
# sentence to a likely rest: no sum that matters is then below e^-600, a float64 number.
_WIDEST = 600.0


@dataclass(frozen=True, slots=True, eq=False)
class LogSums:
    """The logs of the sums over all that may come before each label, and after it: both [B, T, K]."""

    logs_before: Floats
    logs_after: Floats

    def before(self, rows: Ids, places: Ids, labels: Ids) -> Floats:
        """Those before labels [N] at places [N] of sentences [N]; or of any shape that these have together."""
        found: Floats = self.logs_before[rows, places, labels]
        return found

    def after(self, rows: Ids, places: Ids, labels: Ids) -> Floats:
        """Those after them."""
        found: Floats = self.logs_after[rows, places, labels]
        return found

    def everywhere(self) -> "LogSums":
        """These."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class ScaledSums:
    """The same as numbers that are scaled step by step, so that logs are taken of those alone that are asked for.

    Args:
        weights: [T, 2, K, B] as they are read, forward and backward. log_scales: [T, 2, B].
        turned: [T, B], the step at which backward has come to a place.
    """

    weights: Floats
    log_scales: Floats
    turned: Ids

    def before(self, rows: Ids, places: Ids, labels: Ids) -> Floats:
        """See `LogSums`."""
        return self._logs(places, 0, rows, labels)

    def after(self, rows: Ids, places: Ids, labels: Ids) -> Floats:
        """See `LogSums`."""
        return self._logs(self.turned[places, rows], 1, rows, labels)

    def everywhere(self) -> LogSums:
        """All of them."""
        steps, _, labels, batch = self.weights.shape
        asked = np.ogrid[:batch, :steps, :labels]
        return LogSums(self.before(*asked), self.after(*asked))

    def _logs(self, steps: Ids, way: int, rows: Ids, labels: Ids) -> Floats:
        with np.errstate(divide="ignore"):  # what is forbidden has the weight 0
            logs: Floats = np.log(self.weights[steps, way, labels, rows])
        logs += self.log_scales[steps, way, rows]
        return logs


Sums = LogSums | ScaledSums


def sums_around(scores: Floats, lengths: NDArray[np.integer], moves: MoveScores) -> Sums:
    """The sums over all that may come before each label, and after it.

    Args:
        scores: [B, T, K], finite, the best of each token 0; also in padding. lengths: [B].
        moves: minus infinity is for what is forbidden.
    """
    gaps = -scores.min(axis=(1, 2), initial=0.0)  # [B]
    wide = 2.0 * gaps + 3.0 * _widest_gap(moves) > _WIDEST
    if not wide.any():
        return _scaled_sums(scores, lengths, moves)
    before, after = np.empty_like(scores), np.empty_like(scores)
    for places, read in ((~wide, _scaled_sums), (wide, _log_sums)):
        if places.any():
            found = read(scores[places], lengths[places], moves).everywhere()
            before[places], after[places] = found.logs_before, found.logs_after
    return LogSums(before, after)


def log_sum(logs: Floats) -> Floats:
    """The log of the sum of exponentials along the last axis, of which one is finite at least."""
    best = logs.max(axis=-1)
    total: Floats = best + np.log(np.exp(logs - best[..., None]).sum(axis=-1))
    return total


@dataclass(frozen=True, slots=True, eq=False)
class _BothWays:
    """Backward is forward from the end with the moves turned round, so one loop goes both ways.

    Args:
        scores: [T, 2, K, B], one way and the other: sentences last, over which NumPy is quickest.
        edges: [2, K, 1]. moves: [2, K, K], to and from. turned: see `ScaledSums`.
    """

    scores: Floats
    edges: Floats
    moves: Floats
    turned: Ids


def _both_ways(scores: Floats, lengths: NDArray[np.integer], moves: MoveScores) -> _BothWays:
    batch, steps, labels = scores.shape
    place = np.arange(steps)[:, None]
    turned = np.where(place < lengths, lengths - 1 - place, place)  # [T, B]
    both = np.empty((steps, 2, labels, batch))
    both[:, 0] = scores.transpose(1, 2, 0)
    both[:, 1] = np.take_along_axis(both[:, 0], turned[:, None], axis=0)
    edges = np.stack([moves.starts, moves.ends])[..., None]
    return _BothWays(both, edges, np.stack([moves.transitions.T, moves.transitions]), turned)


def _scaled_sums(scores: Floats, lengths: NDArray[np.integer], moves: MoveScores) -> ScaledSums:
    ways = _both_ways(scores, lengths, moves)
    best_move, best_edge = ways.moves.max(), ways.edges.max(axis=1)  # [2, 1]
    weights, move_weights = np.exp(ways.scores), np.exp(ways.moves - best_move)
    reached, scales = np.empty_like(weights), np.empty((len(weights), 2, 1, len(scores)))  # of a step, as it is come to
    reached[:1], scales[:1] = np.exp(ways.edges - best_edge[:, None]), best_edge[:, None]
    for step, weight in enumerate(weights[:-1]):
        here = reached[step] * weight
        total = here.sum(axis=1, keepdims=True)  # [2, 1, B]
        here /= total
        np.matmul(move_weights, here, out=reached[step + 1])
        scales[step + 1] = total
    scales[1:] = np.log(scales[1:]) + best_move
    return ScaledSums(reached, np.cumsum(scales[:, :, 0], axis=0), ways.turned)


def _log_sums(scores: Floats, lengths: NDArray[np.integer], moves: MoveScores) -> LogSums:
    """The same for scores of any size: a log of a sum for every move of every step."""
    ways = _both_ways(scores, lengths, moves)
    reached = np.empty_like(ways.scores)
    coming = np.broadcast_to(ways.edges, ways.scores.shape[1:])
    for step, score in enumerate(ways.scores):
        reached[step] = coming
        coming = np.logaddexp.reduce(ways.moves[..., None] + (coming + score)[:, None], axis=2)
    after = np.take_along_axis(reached[:, 1], ways.turned[:, None], axis=0)
    return LogSums(reached[:, 0].transpose(2, 0, 1), after.transpose(2, 0, 1))


def _widest_gap(moves: MoveScores) -> float:
    """Between two scores of moves that are not forbidden."""
    allowed = [part[np.isfinite(part)] for part in (moves.transitions, moves.starts, moves.ends)]
    return float(max(np.ptp(part) for part in allowed))
