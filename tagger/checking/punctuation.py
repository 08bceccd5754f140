"""Findings about entities that start or end in punctuation."""

import unicodedata
from collections.abc import Iterator, Sequence

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile, shown

_PART_OF_NAMES = frozenset("%\u2030#@&")  # are punctuation to Unicode
_QUOTES = frozenset("`\u00b4")  # are none to it
_OPENING = dict(zip(")]}\u300b\u300d\u300f\uff09\u201d\u00bb", "([{\u300a\u300c\u300e\uff08\u201c\u00ab", strict=True))


def punctuation(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """A finding for each entity whose first or last token is nothing but punctuation.

    A bracket that closes one opened inside the entity may end it.
    """
    for file in files:
        for sentence in file.sentences:
            for entity in sentence.entities:
                surface = sentence.surface(entity)
                if is_punctuation(surface[0]):
                    place, verb = 0, "starts"
                elif is_punctuation(surface[-1]) and _OPENING.get(surface[-1]) not in surface:
                    place, verb = -1, "ends"
                else:
                    continue
                name = shown(" ".join(surface))
                message = f"{entity.type} {name} {verb} with {surface[place]}; see whether it belongs to the name"
                yield file.finding(sentence.lines[range(entity.start, entity.end)[place]], Kind.PUNCTUATION, message)


def is_punctuation(token: str) -> bool:
    """Whether every character is a mark that parts words, not one that is read, as % is."""
    return all(
        character in _QUOTES or (unicodedata.category(character)[0] == "P" and character not in _PART_OF_NAMES)
        for character in token
    )
