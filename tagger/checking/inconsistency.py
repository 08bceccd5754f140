"""Findings about surfaces that are tagged in several ways: the likely slips of annotators.

For each way to tag a surface: how probable is one more such occurrence, given all other occurrences? The less, the
likelier it is a slip.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile, PlacedSentence, shown
from tagger.corpus.entities import OUTSIDE

_MOST_PROBABLE = 0.15  # above it a surface simply has several meanings
_PRIOR = 0.25  # occurrences that each way has beforehand
_PARTED = "tagged in part or in pieces"

Surface = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A surface at a place, and the way it is tagged there: a type, O or in pieces."""

    file: LabelledFile
    line: int
    way: str


@dataclass(frozen=True, slots=True)
class _Slip:
    """An occurrence whose tagging is improbable."""

    probability: float
    surface: Surface
    occurrence: Occurrence
    message: str


def inconsistencies(files: Sequence[LabelledFile]) -> list[Finding]:
    """A finding for each improbable tagging of a surface that is an entity somewhere, the least probable first."""
    slips = [
        slip
        for surface, occurrences in _occurrences(files).items()
        for slip in _slips(surface, _by_way(occurrences, is_word=len(surface) == 1))
    ]
    slips.sort(key=lambda slip: slip.probability)
    return [slip.occurrence.file.finding(slip.occurrence.line, Kind.INCONSISTENT, slip.message) for slip in slips]


def probability_of(count: int, total: int) -> float:
    """How probable one of `count` occurrences of `total` is, given all others, with a little for ways never seen."""
    return (count - 1 + _PRIOR) / total


def _slips(surface: Surface, ways: dict[str, list[Occurrence]]) -> Iterator[_Slip]:
    if len(ways) < 2:
        return
    total = sum(map(len, ways.values()))
    usual = max(ways, key=lambda way: len(ways[way]))
    for way, occurrences in ways.items():
        probability = probability_of(len(occurrences), total)
        if way != usual and probability <= _MOST_PROBABLE:
            often = f"{usual} {len(ways[usual])} of {total} times, as at {_place(ways[usual][0])}"
            message = f"{shown(' '.join(surface))} is {way} here and {often}; see which is right"
            yield from (_Slip(probability, surface, occurrence, message) for occurrence in occurrences)


def _by_way(occurrences: Sequence[Occurrence], *, is_word: bool) -> dict[str, list[Occurrence]]:
    """Occurrences by their ways; a word that is no entity as often as any is left alone there."""
    ways = defaultdict[str, list[Occurrence]](list)
    for occurrence in occurrences:
        ways[occurrence.way].append(occurrence)
    entities = [len(found) for way, found in ways.items() if way != OUTSIDE]
    if is_word and len(ways.get(OUTSIDE, ())) >= max(entities):
        del ways[OUTSIDE]
    return ways


def _occurrences(files: Sequence[LabelledFile]) -> dict[Surface, list[Occurrence]]:
    """Every place of every surface that is an entity somewhere, but for those inside longer entities."""
    lengths = defaultdict[str, set[int]](set)  # of the surfaces that begin with a word
    found: dict[Surface, list[Occurrence]] = {}
    for file in files:
        for sentence in file.sentences:
            for entity in sentence.entities:
                surface = sentence.surface(entity)
                lengths[surface[0]].add(len(surface))
                found[surface] = []
    for file in files:
        for sentence in file.sentences:
            for start, token in enumerate(sentence.tokens):
                for length in sorted(lengths.get(token, ())):
                    if (surface := sentence.tokens[start : start + length]) in found:
                        way = _way(sentence, start, start + length)
                        if way is not None:
                            found[surface].append(Occurrence(file, sentence.lines[start], way))
    return found


def _way(sentence: PlacedSentence, start: int, end: int) -> str | None:
    """How a span is tagged; None inside a longer entity."""
    touching = [entity for entity in sentence.entities if entity.start < end and start < entity.end]
    if not touching:
        return OUTSIDE
    if len(touching) > 1:
        return _PARTED
    (entity,) = touching
    if (entity.start, entity.end) == (start, end):
        return entity.type
    return None if entity.start <= start and end <= entity.end else _PARTED


def _place(occurrence: Occurrence) -> str:
    return f"{occurrence.file.path}:{occurrence.line}"
