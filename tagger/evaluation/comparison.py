"""Two taggings of the same sentences: which is the better, by how much, whether by chance, and where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tagger.corpus.entities import Entity
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.evaluation.counts import GOLD, Counts, SentenceCounts
from tagger.evaluation.intervals import Floats, Interval
from tagger.evaluation.matching import Kind, Outcome, outcomes_of
from tagger.evaluation.scores import strict_counts
from tagger.evaluation.significance import difference_bounds, measures_of, p_values
from tagger.inference.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one measure, in fractions of 1.

    Args:
        a, b: that of each tagging. interval: of a - b. p_value: how often so large a difference comes of chance alone.
    """

    a: float
    b: float
    interval: Interval
    p_value: float


@dataclass(frozen=True, slots=True)
class Differences:
    """Of strict precision, recall and F1; `support` counts gold entities."""

    precision: Difference
    recall: Difference
    f1: Difference
    support: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An entity that one tagging has right and the other has not, or one that this other alone makes up.

    Args:
        sentence: its place, from 0. gold: the entity, or None where there is none.
        predicted: what the one that errs has in its place, of which `kind` says how it errs.
    """

    sentence: int
    gold: Entity | None
    predicted: Entity | None
    kind: Kind

    @property
    def entity(self) -> Entity:
        """That of gold, or the one made up."""
        entity = self.gold or self.predicted
        assert entity is not None
        return entity


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of two taggings, A and B.

    Args:
        types: by entity type, in alphabetical order.
        a_alone, b_alone: where A is right and B errs, and the reverse, in the order of the text.
        both, neither: gold entities that both have right, or neither.
    """

    sentences: int
    micro: Differences
    types: dict[str, Differences]
    a_alone: tuple[Disagreement, ...]
    b_alone: tuple[Disagreement, ...]
    both: int
    neither: int

    def to_json(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)


def compare_predictions(
    gold: Sequence[Sentence], a: Sequence[Prediction], b: Sequence[Prediction], scheme: Scheme, *, seed: int = 0
) -> Comparison:
    """Compare two taggings of gold's sentences, all of whose tags are in this scheme."""
    counts_a, counts_b = (strict_counts(gold, [one.sentence for one in found], scheme) for found in (a, b))
    types = tuple(sorted({*counts_a.types, *counts_b.types}))
    micro, *others = _differences(_aligned(counts_a, types), _aligned(counts_b, types), seed)
    outcomes_a, outcomes_b = (outcomes_of(gold, found, scheme) for found in (a, b))
    right_a, right_b = (_right(outcomes) for outcomes in (outcomes_a, outcomes_b))
    return Comparison(
        sentences=len(gold),
        micro=micro,
        types=dict(zip(types, others, strict=True)),
        a_alone=_errors_alone(outcomes_b, outcomes_a),
        b_alone=_errors_alone(outcomes_a, outcomes_b),
        both=len(right_a & right_b),
        neither=micro.support - len(right_a | right_b),
    )


def _aligned(counts: SentenceCounts, types: Sequence[str]) -> Counts:
    """Counts of all types together, and of each of these, [1 + K, S, 3]."""
    together = counts.together
    rows: Mapping[str, Counts] = dict(zip(counts.types, counts.by_type, strict=True))
    return np.stack([together, *(rows.get(type_, np.zeros_like(together)) for type_ in types)])


def _differences(a: Counts, b: Counts, seed: int) -> list[Differences]:
    values = measures_of(a.sum(axis=1)), measures_of(b.sum(axis=1))  # [K, 3] each
    bounds, chances = difference_bounds(a, b, seed=seed), p_values(a, b, seed=seed)
    support = a[..., GOLD].sum(axis=1).tolist()
    return [
        Differences(*_of_measures(*(part[row] for part in (*values, bounds, chances))), support[row])
        for row in range(len(a))
    ]


def _of_measures(a: Floats, b: Floats, bounds: Floats, chances: Floats) -> tuple[Difference, Difference, Difference]:
    rows = zip(a.tolist(), b.tolist(), bounds.tolist(), chances.tolist(), strict=True)
    precision, recall, f1 = (Difference(one, other, Interval(*between), p) for one, other, between, p in rows)
    return precision, recall, f1


def _right(outcomes: Sequence[Outcome]) -> set[tuple[int, Entity | None]]:
    return {(outcome.sentence, outcome.gold) for outcome in outcomes if outcome.kind is Kind.RIGHT}


def _errors_alone(outcomes: Sequence[Outcome], others: Sequence[Outcome]) -> tuple[Disagreement, ...]:
    """The errors of one tagging where the other is right: it has the gold entity, or does not make up this one."""
    right = _right(others)
    wrong = {(other.sentence, other.predicted) for other in others if other.kind is not Kind.RIGHT}

    def is_alone(one: Outcome) -> bool:
        if one.kind is Kind.SPURIOUS:
            return (one.sentence, one.predicted) not in wrong
        return (one.sentence, one.gold) in right

    errors = (outcome for outcome in outcomes if outcome.kind is not Kind.RIGHT and is_alone(outcome))
    return tuple(Disagreement(one.sentence, one.gold, one.predicted, one.kind) for one in errors)
