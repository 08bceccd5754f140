"""Which types are taken for which."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tagger.evaluation.matching import Kind, Outcome


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """What became of the gold entities of a type.

    Args:
        predicted: those with exactly or partly their span, by the predicted type; a right type counts for the right
            span alone. bounds: of the right type with other bounds. missed: without any predicted entity.
    """

    type: str
    predicted: tuple[int, ...]
    bounds: int
    missed: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """A row for each gold type; `spurious`: predicted entities of each type that no gold one shares a token with."""

    types: tuple[str, ...]
    rows: tuple[ConfusionRow, ...]
    spurious: tuple[int, ...]


def confusion_of(outcomes: Sequence[Outcome]) -> Confusion:
    """The confusion of all types that are in gold or predicted, in alphabetical order."""
    types = tuple(sorted({entity.type for one in outcomes for entity in (one.gold, one.predicted) if entity}))
    counts = Counter(
        (one.gold.type if one.gold else "", one.predicted.type if one.predicted else "", one.kind) for one in outcomes
    )
    rows = tuple(_row(type_, types, counts) for type_ in types)
    return Confusion(types, rows, tuple(counts["", type_, Kind.SPURIOUS] for type_ in types))


def kinds_by_type(outcomes: Sequence[Outcome]) -> dict[str, Counter[Kind]]:
    """How many outcomes of each kind a type has: its gold entities', and its spurious ones; types by name."""
    found: dict[str, Counter[Kind]] = {type_: Counter() for type_ in confusion_of(outcomes).types}
    for one in outcomes:
        entity = one.gold or one.predicted
        if entity:
            found[entity.type][one.kind] += 1
    return found


def _row(type_: str, types: tuple[str, ...], counts: Counter[tuple[str, str, Kind]]) -> ConfusionRow:
    taken = [sum(counts[type_, other, kind] for kind in (Kind.RIGHT, Kind.TYPE, Kind.BOTH)) for other in types]
    return ConfusionRow(type_, tuple(taken), counts[type_, type_, Kind.BOUNDARY], counts[type_, "", Kind.MISSED])
