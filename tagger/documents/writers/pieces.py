"""What the forms have in common: a text in pieces, and characters that UTF-8 cannot hold."""

import re
from collections.abc import Iterator

from tagger.corpus.document import TaggedDocument, TextEntity

REPLACEMENT = "\ufffd"
_SURROGATES = re.compile("[\ud800-\udfff]")


def pieces(document: TaggedDocument) -> Iterator[tuple[str, TextEntity | None]]:
    """The text from its start to its end, each part with the entity it is; a part that is none may be empty."""
    reached = 0
    for entity in document.entities:
        yield document.text[reached : entity.start], None
        yield document.text[entity.start : entity.end], entity
        reached = entity.end
    yield document.text[reached:], None


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each half of a character, which no file in UTF-8 can hold; its length stays."""
    return _SURROGATES.sub(REPLACEMENT, text)
