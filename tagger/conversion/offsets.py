"""Spans as files claim them: offsets in one unit or another, and the text that should be there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from tagger.conversion.annotated import Span, shortened
from tagger.errors import DataError

OffsetUnit = Literal["characters", "utf16", "bytes"]
_WIDTHS: Mapping[OffsetUnit, Callable[[str], int]] = {
    "characters": lambda character: 1,
    "utf16": lambda character: 2 if character > "\uffff" else 1,
    "bytes": lambda character: len(character.encode()),
}
_NAMES: Mapping[OffsetUnit, str] = {
    "characters": "code points",
    "utf16": "UTF-16 units, as JavaScript and Java count",
    "bytes": "bytes of UTF-8",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A typed span as it stands in a file, in one piece or several.

    Args:
        surface: the text that the file says is there, if it says so. place: path and line.
    """

    pieces: tuple[tuple[int, int], ...]
    type: str
    surface: str | None
    place: str


def code_points(text: str, unit: OffsetUnit) -> Mapping[int, int]:
    """The code point at each offset of this unit where a character begins, and at the end."""
    if unit == "characters" or text.isascii():
        return _Same(len(text))
    return {offset: place for place, offset in enumerate(accumulate(map(_WIDTHS[unit], text), initial=0))}


def pieces_of(text: str, claims: Sequence[Claim], unit: OffsetUnit) -> list[list[Span]]:
    """The pieces of each claim in code points.

    Raises:
        DataError: one lies beyond the text, ends before it begins, or has another text; the error says so where all
            claims are right in another unit.
    """
    places = code_points(text, unit)
    for claim in claims:
        if problem := _problem(text, claim, places):
            raise DataError(f"{claim.place}: {problem}; {_advice(text, claims, unit)}")
    return [[Span(places[start], places[end], claim.type) for start, end in claim.pieces] for claim in claims]


class _Same(dict[int, int]):
    """Offsets that are code points: nothing to keep for each of them."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def __missing__(self, offset: int) -> int:
        return offset

    def __contains__(self, offset: object) -> bool:
        return isinstance(offset, int) and 0 <= offset <= self._length


def _problem(text: str, claim: Claim, places: Mapping[int, int]) -> str:
    """What is wrong with a claim, or nothing."""
    named = f"{claim.type} {' '.join(f'{start}-{end}' for start, end in claim.pieces)}"
    for start, end in claim.pieces:
        if start not in places or end not in places:
            last = len(text) if isinstance(places, _Same) else max(places)
            is_beyond = min(start, end) < 0 or max(start, end) > last
            return f"{named} {f'lies beyond the text, which ends at {last}' if is_beyond else 'splits a character'}"
        if end < start:
            return f"{named} ends before it begins"
    found = " ".join(text[places[start] : places[end]] for start, end in claim.pieces)
    if claim.surface is not None and claim.surface.split() != found.split():
        return f"{named} should be {shortened(claim.surface)}, but the text there is {shortened(found)}"
    return ""


def _advice(text: str, claims: Sequence[Claim], unit: OffsetUnit) -> str:
    for other, name in _NAMES.items():
        places = code_points(text, other)
        if other != unit and not any(_problem(text, claim, places) for claim in claims):
            return f"all entities of this text are right if offsets count {name}: use --offsets {other}"
    return "mend the file"
