"""A document's entities as BRAT stand-off: the .ann file that belongs to the text."""

import re

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.surrogates import without_surrogates

_UNBROKEN = re.compile("[^\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029]+")  # BRAT ends a line wherever str.splitlines does
_NOT_IN_TYPES = re.compile("[^A-Za-z0-9_-]")


def to_brat(document: TaggedDocument) -> str:
    """A line for each entity: number, type, code points, surface.

    An entity with line breaks or tabs in it is written as BRAT writes one that is not in one piece: without them, a
    blank for each run of them in the surface (https://brat.nlplab.org/standoff.html). Characters that BRAT does not
    allow in a type become `_`.
    """
    text = without_surrogates(document.text)
    return "".join(_line(number, entity, text) for number, entity in enumerate(document.entities, start=1))


def _line(number: int, entity: TextEntity, text: str) -> str:
    fragments = list(_UNBROKEN.finditer(text, entity.start, entity.end))
    spans = ";".join(f"{fragment.start()} {fragment.end()}" for fragment in fragments)
    surface = " ".join(fragment[0] for fragment in fragments)
    return f"T{number}\t{_NOT_IN_TYPES.sub('_', entity.type)} {spans}\t{surface}\n"
