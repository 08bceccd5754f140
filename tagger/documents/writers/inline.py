"""Documents as XML, their entities as elements in the text."""

import re
from xml.sax.saxutils import escape, quoteattr

from tagger.corpus.document import TaggedDocument
from tagger.documents.writers.pieces import pieces
from tagger.surrogates import REPLACEMENT

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # Char in XML 1.0
_NOT_IN_NAMES = re.compile("[^A-Za-z0-9_.-]")


def inline_head() -> str:
    """What stands before the first document."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n<documents>\n'


def to_inline(document: TaggedDocument) -> str:
    """The text in an element, each entity in one named by its type; characters that XML forbids become U+FFFD."""
    body = "".join(_element(entity.type, _text(part)) if entity else _text(part) for part, entity in pieces(document))
    return f"<document id={_attribute(document.id)}>{body}</document>\n"


def inline_tail() -> str:
    """What stands after the last document."""
    return "</documents>\n"


def _element(type_: str, content: str) -> str:
    name = _name(type_)
    exact = "" if name == type_ else f" type={_attribute(type_)}"
    return f"<{name}{exact}>{content}</{name}>"


def _name(type_: str) -> str:
    name = _NOT_IN_NAMES.sub("_", type_)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub(REPLACEMENT, text), {"\r": "&#13;"})


def _attribute(value: str) -> str:
    return quoteattr(_FORBIDDEN.sub(REPLACEMENT, value))
