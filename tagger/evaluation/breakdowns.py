"""Scores of parts of the entities: of one type, of one length, of one document ..."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.corpus.entities import Entity
from tagger.evaluation.counts import GOLD, PREDICTED, RIGHT, Counts, SentenceCounts, f1_of, precision_of, recall_of
from tagger.evaluation.intervals import Interval, f1_intervals
from tagger.evaluation.matching import Kind, Outcome
from tagger.evaluation.scores import Score

_WHOLE = ""  # the name of the breakdown of all entities, which is its only part

Key = Callable[[int, Entity], str]  # the place of a sentence and an entity of it -> the part it belongs to


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the entities, gold or predicted, and their scores.

    Args:
        right, predicted: how many are right, and predicted at all.
        interval: that of F1; None where it is not asked for.
    """

    name: str
    score: Score
    right: int
    predicted: int
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """All entities together, and their parts, breakdown by breakdown; parts in the order of their names."""

    whole: Part
    parts: dict[str, tuple[Part, ...]]


def break_down(outcomes: Sequence[Outcome], sentences: int, keys: Mapping[str, Key]) -> Breakdowns:
    """The parts that each key makes, with intervals that all come from the same resampled sentences.

    Args:
        keys: by the name of the breakdown. A wrong entity counts where it stands: the gold one in the part of the gold
            one, the predicted one in that of the predicted one.
    """
    nothing = np.zeros((sentences, 3), np.int64)
    counts = {_WHOLE: {"": nothing} | _counts(outcomes, sentences, lambda place, entity: "")}
    counts |= {name: _counts(outcomes, sentences, key) for name, key in keys.items()}
    rows = [(name, part) for name, some in counts.items() for part in some]
    totals = np.stack([counts[name][part] for name, part in rows])  # [K, S, 3]
    numbers = tuple(str(row) for row in range(len(rows)))  # parts of two breakdowns may have the same name
    intervals = f1_intervals(SentenceCounts(numbers, totals)).types
    parts: dict[str, list[Part]] = {name: [] for name in counts}
    for number, (name, part) in zip(numbers, rows, strict=True):
        parts[name].append(_part(part, counts[name][part].sum(axis=0), intervals[number]))
    (whole,) = parts.pop(_WHOLE)
    return Breakdowns(whole, {name: tuple(found) for name, found in parts.items()})


def parts_of(outcomes: Sequence[Outcome], sentences: int, key: Key) -> tuple[Part, ...]:
    """The parts that a key makes, without intervals: for parts that are many."""
    return tuple(
        _part(name, some.sum(axis=0), None)
        for name, some in _counts(outcomes, sentences, key, by_sentence=False).items()
    )


def _counts(outcomes: Sequence[Outcome], sentences: int, key: Key, *, by_sentence: bool = True) -> dict[str, Counts]:
    """What each part counts, [S, 3], or [1, 3] where sentences are not told apart; parts by name, in order."""
    found = defaultdict[str, Counts](lambda: np.zeros((sentences if by_sentence else 1, 3), np.int64))
    for one in outcomes:
        row = one.sentence if by_sentence else 0
        if one.gold:
            part = found[key(one.sentence, one.gold)]
            part[row, GOLD] += 1
            part[row, RIGHT] += one.kind is Kind.RIGHT
        if one.predicted:
            found[key(one.sentence, one.predicted)][row, PREDICTED] += 1
    return {name: found[name] for name in sorted(found)}


def _part(name: str, counts: Counts, interval: Interval | None) -> Part:
    precision, recall, f1 = (float(of(counts)) for of in (precision_of, recall_of, f1_of))
    score = Score(precision, recall, f1, int(counts[GOLD]))
    return Part(name, score, int(counts[RIGHT]), int(counts[PREDICTED]), interval)
