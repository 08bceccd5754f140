"""Which labels of a network may stand where, and what their places add to the score of a sequence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import split_tag
from tagger.corpus.schemes import BIOES

_LEAVES_OPEN = frozenset((BIOES.begin, BIOES.inside))
_CONTINUES = frozenset((BIOES.inside, BIOES.end))


@dataclass(frozen=True, slots=True, eq=False)
class LegalMoves:
    """What BIOES allows.

    Args:
        follows: [K, K], from and to. starts: [K], may be a sentence's first. ends: [K], may be its last.
    """

    follows: NDArray[np.bool_]
    starts: NDArray[np.bool_]
    ends: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class MoveScores:
    """What the moves of a sequence add to its score, as a conditional random field learns it.

    Args:
        transitions: [K, K], from and to. starts: [K], of the first label. ends: [K], of the last.
    """

    transitions: NDArray[np.floating]
    starts: NDArray[np.floating]
    ends: NDArray[np.floating]


def legal_moves(labels: Sequence[str]) -> LegalMoves:
    """Which of K labels in BIOES may stand where."""
    parts = [split_tag(label) for label in labels]
    continues = np.array([letter in _CONTINUES for letter, _ in parts])
    leaves_open = np.array([letter in _LEAVES_OPEN for letter, _ in parts])
    same_type = np.array([[before == after for _, after in parts] for _, before in parts])
    follows = np.where(leaves_open[:, None], continues & same_type, ~continues)
    return LegalMoves(follows, ~continues, ~leaves_open)


def legal_scores(labels: Sequence[str], learned: MoveScores | None = None) -> MoveScores:
    """The learned scores, or zeros, and minus infinity for what BIOES forbids; float64."""
    legal, size = legal_moves(labels), len(labels)
    if learned is None:
        learned = MoveScores(np.zeros((size, size)), np.zeros(size), np.zeros(size))
    return MoveScores(
        np.where(legal.follows, np.asarray(learned.transitions, np.float64), -np.inf),
        np.where(legal.starts, np.asarray(learned.starts, np.float64), -np.inf),
        np.where(legal.ends, np.asarray(learned.ends, np.float64), -np.inf),
    )
