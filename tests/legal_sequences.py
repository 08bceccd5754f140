"""All sequences that BIOES allows, by trying every one: what sums and searches over them are checked against."""

import re
from functools import cache
from itertools import product

import numpy as np

from tagger.features.labels import MoveScores

_LEGAL = re.compile(r"(?:(?:O|S-\S+|B-(?P<type>\S+) (?:I-(?P=type) )*E-(?P=type)) )*")


def is_legal(tags) -> bool:
    """What BIOES means: tokens outside, entities of one token, and runs of one type from B to E."""
    return _LEGAL.fullmatch("".join(f"{tag} " for tag in tags)) is not None


@cache
def legal_paths(labels, length) -> np.ndarray:
    """All legal sequences of a length, as places in `labels`, [paths, length]."""
    paths = product(range(len(labels)), repeat=length)
    return np.array([path for path in paths if is_legal([labels[place] for place in path])], np.intp)


def path_scores(scores, paths, moves: MoveScores) -> np.ndarray:
    """The score of each path, [paths], for scores [T, K]: tags, moves between them, the first and the last; float64."""
    tags = np.float64(scores)[range(len(scores)), paths].sum(axis=1)
    between = np.float64(moves.transitions)[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    return tags + between + np.float64(moves.starts)[paths[:, 0]] + np.float64(moves.ends)[paths[:, -1]]


def log_sum(values) -> float:
    best = np.max(values)
    return float(best + np.log(np.exp(values - best).sum()))


def random_moves(size, seed=0, spread=1.0) -> MoveScores:
    """Scores for all moves, the forbidden too: those must not count."""
    generator = np.random.default_rng(seed)
    shapes = ((size, size), (size,), (size,))
    return MoveScores(*(generator.normal(0.0, spread, shape).astype(np.float32) for shape in shapes))


def no_moves(size) -> MoveScores:
    return MoveScores(np.zeros((size, size)), np.zeros(size), np.zeros(size))
