"""The best legal tag sequence under a network's scores (Viterbi 1967)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import OUTSIDE
from tagger.corpus.schemes import BIOES
from tagger.features.labels import MoveScores, legal_moves, legal_scores

Scores = NDArray[np.floating]
HUGE = 1e300  # for infinity, which could not be added up


def bioes_labels(types: Sequence[str]) -> tuple[str, ...]:
    """The labels a network scores: O, then the four of each type."""
    letters = (BIOES.begin, BIOES.inside, BIOES.end, BIOES.single)
    return (OUTSIDE, *(f"{letter}-{type_}" for type_ in types for letter in letters))


class Decoder:
    """Finds, among the sequences legal in BIOES, the one whose scores add up to the most.

    Args:
        labels: K tags in BIOES; column k of the scores is labels[k].
        learned: what moves add to a sequence's score; None is nothing.
    """

    def __init__(self, labels: Sequence[str], learned: MoveScores | None = None) -> None:
        self._legal = legal_moves(labels)
        self._moves = legal_scores(labels, learned)
        self._best_alone = learned is None  # the best label of each token, where legal, is the best sequence

    def decode(self, scores: Scores, lengths: NDArray[np.integer]) -> list[NDArray[np.intp]]:
        """The labels of each sentence, for scores [B, T, K] and lengths [B].

        Where the best label of every token makes a legal sequence and moves add nothing, it is the answer; the others
        are searched.
        """
        if not self._best_alone:
            return self._search(scores, lengths)
        best = scores.argmax(axis=-1)  # [B, T]
        paths = [row[:length] for row, length in zip(best, lengths.tolist(), strict=True)]
        illegal = np.flatnonzero(~self.are_legal(best, lengths))
        if len(illegal):
            for place, path in zip(illegal.tolist(), self._search(scores[illegal], lengths[illegal]), strict=True):
                paths[place] = path
        return paths

    def are_legal(self, paths: NDArray[np.intp], lengths: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which of the sentences may be labelled as [B, T] says; what stands beyond their ends is ignored."""
        batch, steps = paths.shape
        if not steps:
            return np.ones(batch, np.bool_)
        after_end = np.arange(1, steps) >= lengths[:, None]
        inner = (self._legal.follows[paths[:, :-1], paths[:, 1:]] | after_end).all(axis=1)
        edges = self._legal.starts[paths[:, 0]] & self._legal.ends[paths[np.arange(batch), lengths - 1]]
        legal: NDArray[np.bool_] = (inner & edges) | (lengths == 0)
        return legal

    def _search(self, scores: Scores, lengths: NDArray[np.integer]) -> list[NDArray[np.intp]]:
        batch, steps, labels = scores.shape
        if not steps:
            return [np.empty(0, np.intp)] * batch
        # float64: sums over very long sentences must still tell neighbours apart.
        scores = np.nan_to_num(scores.astype(np.float64), posinf=HUGE, neginf=-HUGE)
        into = np.ascontiguousarray(self._moves.transitions.T)  # [K, K], to and from: the quickest to search
        total = self._moves.starts + scores[:, 0]  # [B, K], best sum ending in k
        back = np.tile(np.arange(labels), (steps, batch, 1))  # [T, B, K], which label came before
        for step in range(1, steps):
            inside = step < lengths
            reached = total[inside, None, :] + into  # [b, K, K], to and from
            before = reached.argmax(axis=-1, keepdims=True)
            back[step, inside] = before[..., 0]
            total[inside] = np.take_along_axis(reached, before, axis=-1)[..., 0] + scores[inside, step]
        last = (total + self._moves.ends).argmax(axis=-1)  # [B]
        paths = np.empty((batch, steps), dtype=np.intp)
        for step in range(steps - 1, -1, -1):  # beyond a sentence's end `back` leads to itself
            paths[:, step] = last
            last = back[step, np.arange(batch), last]
        return [path[:length] for path, length in zip(paths, lengths, strict=True)]
