"""A text with a name, before and after it is tagged."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenizedSentence:
    """Tokens and the code points where they start; `text[start : start + len(token)]` is each token."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it was read, and what its results are known by.

    Args:
        sentences: those of a text that came in tokens; others are yet to be split.
    """

    id: str
    text: str
    sentences: tuple[TokenizedSentence, ...] | None = None


@dataclass(frozen=True, slots=True)
class TextEntity:
    """An entity of a text: from code point `start` up to and without `end`; the text there; how likely it is."""

    start: int
    end: int
    type: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TextSentence:
    """Tokens with the code points where they start, and a tag for each."""

    tokens: Sequence[str]
    starts: Sequence[int]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class TaggedDocument:
    """A document and what was found in it, in the order of the text; no two entities overlap."""

    id: str
    text: str
    entities: tuple[TextEntity, ...]
    sentences: tuple[TextSentence, ...]
