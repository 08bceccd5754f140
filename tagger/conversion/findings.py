"""What a conversion could not keep as it was: how often, and where."""

from collections import Counter
from enum import StrEnum


class Kind(StrEnum):
    """What may happen to an annotation, a text or a file; the value is how a summary says it."""

    CUT = "ends of entities inside a token"
    EDGE = "entities with white space at an end, written without it"
    EMPTY = "entities without a character other than white space, left out"
    OVERLAP = "entities that overlap another, left out"
    DISCONTINUOUS = "entities in several pieces, left out"
    CROSSING = "entities beyond the end of a sentence, whose sentences were joined"
    TAGS = "tags that their scheme does not allow, written as it has them"
    TYPES = "entities with a type that BRAT does not allow, renamed"
    COLUMNS = "lines with other columns, left out"
    COMMENTS = "comment lines, left out"
    FIELDS = "fields that are neither text, tokens nor entities, left out"
    LINES = "annotations that are no entities, left out"
    REJECTED = "records with an answer other than accept, left out"
    NAMES = "documents' names, not kept"
    SPACES = "documents whose white space was not kept"
    TOKENS = "documents whose tokens and sentences were not kept"
    BLANK_TOKENS = "tokens of white space only, not known from other white space"
    WORDLESS = "documents without a token, left out"
    CHARACTERS = "texts with halves of surrogate pairs, now U+FFFD"


class Findings:
    """Counts by kind, and the first messages of each.

    Args:
        listed: how many messages of each kind are kept; None keeps all.
    """

    def __init__(self, listed: int | None = None) -> None:
        self.counts = Counter[Kind]()
        self._messages: dict[Kind, list[str]] = {}
        self._listed = listed

    def add(self, kind: Kind, place: str, message: str, *, times: int = 1) -> None:
        """Note something found so many times at a place."""
        self.counts[kind] += times
        messages = self._messages.setdefault(kind, [])
        if self._listed is None or len(messages) < self._listed:
            messages.append(f"{place}: {message}")

    def lines(self) -> list[str]:
        """The summary: a line for each kind, and below it where it was found."""
        found = list[str]()
        for kind in Kind:
            if self.counts[kind]:
                found.append(f"{kind}: {self.counts[kind]:,}")
                found += [f"  {message}" for message in self._messages[kind]]
                found += self._rest(kind)
        return found

    def _rest(self, kind: Kind) -> list[str]:
        is_cut = self._listed is not None and len(self._messages[kind]) == self._listed < self.counts[kind]
        return ["  and more (--all lists them)"] if is_cut else []
