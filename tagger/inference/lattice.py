"""How likely labels, entities and whole sequences are, among all sequences that BIOES allows.

A sequence's score adds up its labels' scores and its moves'; its probability is the softmax over all legal sequences
(Lafferty et al. 2001).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import Entity, split_tag
from tagger.corpus.schemes import BIOES
from tagger.features.labels import MoveScores, legal_scores
from tagger.inference.decoding import HUGE, Scores
from tagger.inference.forward_backward import log_sum, sums_around
from tagger.inference.n_best import n_best_paths

Floats = NDArray[np.float64]
Ids = NDArray[np.intp]
_LETTERS = (BIOES.begin, BIOES.inside, BIOES.end, BIOES.single)
_BEGIN, _INSIDE, _END, _SINGLE = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class NBest:
    """The best sequences of a sentence, the best first: `paths` [N, T] and their `log_probabilities` [N]."""

    paths: Ids
    log_probabilities: Floats


class Lattice:
    """Makes of scores the distribution over legal sequences.

    Args:
        labels: K tags in BIOES; column k of the scores is labels[k].
        learned: what moves add to a sequence's score; None is nothing, and labels are independent but for being legal.
        temperature: every score is divided by it, of moves too; above 1 it makes probabilities more even.
    """

    def __init__(self, labels: Sequence[str], learned: MoveScores | None = None, temperature: float = 1.0) -> None:
        moves = legal_scores(labels, learned)
        self._temperature = temperature
        self._moves = MoveScores(moves.transitions / temperature, moves.starts / temperature, moves.ends / temperature)
        self._labels = tuple(labels)

    def distribution(self, scores: Scores, lengths: NDArray[np.integer]) -> "Distribution":
        """That of each sentence of a batch, for scores [B, T, K] and lengths [B]; what stands in padding is ignored.

        An infinite score counts as 1e300, and one that is no number as 0.
        """
        inside = (np.arange(scores.shape[1]) < lengths[:, None])[..., None]  # [B, T, 1]
        scores = np.where(inside, scores, 0.0).astype(np.float64) / self._temperature
        return Distribution(np.nan_to_num(scores, posinf=HUGE, neginf=-HUGE), lengths, self._moves, self._labels)


class Distribution:
    """How likely each legal sequence of each sentence of a batch is.

    Args:
        scores: [B, T, K], finite, 0 in padding. lengths: [B]. moves: minus infinity is for what is forbidden.

    Attributes:
        log_partition: [B], the log of the sum over sequences of the exponential of their scores; 0 without tokens.
    """

    def __init__(self, scores: Floats, lengths: NDArray[np.integer], moves: MoveScores, labels: Sequence[str]) -> None:
        best = scores.max(axis=-1, keepdims=True)  # [B, T, 1]
        self._scores, self._lengths, self._moves, self._labels = scores - best, lengths, moves, labels
        self._sums = sums_around(self._scores, lengths, moves)
        self._log_sums: Floats = np.zeros(len(lengths))  # [B], the best scores left out
        if self._scores.shape[1]:
            first = np.ogrid[: len(lengths), :1, : scores.shape[2]]  # all labels of the first token
            logs = (self._sums.before(*first) + self._scores[:, :1] + self._sums.after(*first))[:, 0]
            self._log_sums = np.where(lengths > 0, log_sum(logs), 0.0)
        self.log_partition: Floats = self._log_sums + best.sum(axis=(1, 2))

    def marginals(self) -> Floats:
        """The probability of each label of each token, [B, T, K]; 0 in padding."""
        sums = self._sums.everywhere()
        logs = sums.logs_before + self._scores + sums.logs_after
        logs -= logs.max(axis=-1, keepdims=True)
        probabilities: Floats = np.exp(logs)
        probabilities /= probabilities.sum(axis=-1, keepdims=True)
        probabilities[np.arange(probabilities.shape[1]) >= self._lengths[:, None]] = 0.0
        return probabilities

    def entity_probabilities(self, entities: Sequence[Sequence[Entity]]) -> list[Floats]:
        """The probability of each of the entities of each sentence: that exactly this span is one, of this type.

        An entity of a type that no label has, or that goes beyond its sentence, has the probability 0.
        """
        known = _columns_of_types(self._labels)
        none = (-1,) * len(_LETTERS)
        found = [
            (row, entity.start, entity.end, *known.get(entity.type, none))
            for row, some in enumerate(entities)
            for entity in some
        ]
        spans = np.array(found, np.intp).reshape(-1, 3 + len(_LETTERS))
        rows, starts, ends, column = spans.T[:4]
        possible = (column >= 0) & (starts >= 0) & (starts < ends) & (ends <= self._lengths[rows])
        probabilities = np.zeros(len(spans))
        if possible.any():
            probabilities[possible] = self._span_probabilities(spans[possible])
        ends_of_sentences = np.cumsum([len(some) for some in entities], dtype=np.intp)
        return np.split(probabilities, ends_of_sentences)[:-1]

    def n_best(self, count: int) -> list[NBest]:
        """The best sequences of each sentence, `count` of them or as many as there are.

        Of equals, the one whose last label stands first among the labels comes first, then the last but one, and so on.
        """
        if not self._scores.shape[1]:
            return [_nothing() for _ in self._lengths]
        found = n_best_paths(self._scores, self._lengths, self._moves, count)
        best = []
        for paths, scores, length, log_sums in zip(*found, self._lengths, self._log_sums, strict=True):
            if length:
                kept = np.isfinite(scores)
                best.append(NBest(paths[kept, :length], np.minimum(scores[kept] - log_sums, 0.0)))
            else:
                best.append(_nothing())
        return best

    def _span_probabilities(self, spans: Ids) -> Floats:
        """Those of N entities, [N]: in BIOES each is one path, so they are sums along it.

        Args:
            spans: [N, 7]: sentence, start, end and the columns of the type's labels.
        """
        rows, starts, ends = spans.T[:3]
        columns = spans[:, 3:]  # [N, 4]
        widths = ends - starts
        offsets = np.cumsum(widths) - widths  # [N], of each entity's first token among those of all, one after another
        entity = np.repeat(np.arange(len(spans)), widths)
        place = np.arange(len(entity)) - offsets[entity]
        letters = np.full(len(entity), _INSIDE)
        letters[offsets + widths - 1] = _END
        letters[offsets] = np.where(widths == 1, _SINGLE, _BEGIN)
        labels = columns[entity, letters]

        logs = self._scores[rows[entity], starts[entity] + place, labels]
        logs[1:] += np.where(place[1:] > 0, self._moves.transitions[labels[:-1], labels[1:]], 0.0)
        logs[offsets] += self._sums.before(rows, starts, labels[offsets])
        lasts = offsets + widths - 1
        logs[lasts] += self._sums.after(rows, ends - 1, labels[lasts])
        probabilities: Floats = np.exp(np.minimum(np.add.reduceat(logs, offsets) - self._log_sums[rows], 0.0))
        return probabilities


def _nothing() -> NBest:
    """The one sequence of a sentence without tokens, which is certain."""
    return NBest(np.empty((1, 0), np.intp), np.zeros(1))


def _columns_of_types(labels: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The places of the labels that begin, are inside, end and alone are an entity of each type."""
    place = {label: column for column, label in enumerate(labels)}
    types = {type_ for _, type_ in map(split_tag, labels) if type_}
    return {type_: tuple(place[f"{letter}-{type_}"] for letter in _LETTERS) for type_ in types}
