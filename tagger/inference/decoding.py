"""The best legal tag sequence under a network's scores (Viterbi 1967)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import OUTSIDE, split_tag
from tagger.corpus.schemes import BIOES

Scores = NDArray[np.floating]
_LEAVES_OPEN = frozenset((BIOES.begin, BIOES.inside))
_HUGE = 1e300  # for infinity, which could not be added up
_CONTINUES = frozenset((BIOES.inside, BIOES.end))


def bioes_labels(types: Sequence[str]) -> tuple[str, ...]:
    """The labels a network scores: O, then the four of each type."""
    letters = (BIOES.begin, BIOES.inside, BIOES.end, BIOES.single)
    return (OUTSIDE, *(f"{letter}-{type_}" for type_ in types for letter in letters))


class Decoder:
    """Finds, among the sequences legal in BIOES, the one whose scores add up to the most.

    Args:
        labels: K tags in BIOES; column k of the scores is labels[k].
    """

    def __init__(self, labels: Sequence[str]) -> None:
        parts = [split_tag(label) for label in labels]
        continues = np.array([letter in _CONTINUES for letter, _ in parts])
        leaves_open = np.array([letter in _LEAVES_OPEN for letter, _ in parts])
        same_type = np.array([[before == after for _, after in parts] for _, before in parts])
        self._follows = np.where(leaves_open[:, None], continues & same_type, ~continues)  # [K, K], from and to
        self._starts = ~continues  # [K]
        self._ends = ~leaves_open  # [K]

    def decode(self, scores: Scores, lengths: NDArray[np.integer]) -> list[NDArray[np.intp]]:
        """The labels of each sentence, for scores [B, T, K] and lengths [B].

        Where the best label of every token makes a legal sequence, it is the answer; the others are searched.
        """
        best = scores.argmax(axis=-1)  # [B, T]
        paths = [row[:length] for row, length in zip(best, lengths, strict=True)]
        illegal = [place for place, path in enumerate(paths) if not self.is_legal(path)]
        if illegal:
            for place, path in zip(illegal, self._search(scores[illegal], lengths[illegal]), strict=True):
                paths[place] = path
        return paths

    def is_legal(self, path: NDArray[np.intp]) -> bool:
        """Whether a sentence may be labelled so."""
        if not len(path):
            return True
        inner = self._follows[path[:-1], path[1:]].all()
        return bool(self._starts[path[0]] and inner and self._ends[path[-1]])

    def _search(self, scores: Scores, lengths: NDArray[np.integer]) -> list[NDArray[np.intp]]:
        batch, steps, labels = scores.shape
        # float64: sums over very long sentences must still tell neighbours apart.
        scores = np.nan_to_num(scores.astype(np.float64), posinf=_HUGE, neginf=-_HUGE)
        penalty = np.where(self._follows, 0.0, -np.inf)
        total = np.where(self._starts, scores[:, 0], -np.inf)  # [B, K], best sum ending in k
        back = np.tile(np.arange(labels), (steps, batch, 1))  # [T, B, K], which label came before
        for step in range(1, steps):
            inside = step < lengths
            reached = total[inside, :, None] + penalty  # [b, K, K]
            back[step, inside] = reached.argmax(axis=1)
            total[inside] = reached.max(axis=1) + scores[inside, step]
        last = np.where(self._ends, total, -np.inf).argmax(axis=-1)  # [B]
        paths = np.empty((batch, steps), dtype=np.intp)
        for step in range(steps - 1, -1, -1):  # beyond a sentence's end `back` leads to itself
            paths[:, step] = last
            last = back[step, np.arange(batch), last]
        return [path[:length] for path, length in zip(paths, lengths, strict=True)]
