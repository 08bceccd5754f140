"""What every form is read into and written from: a text with typed spans, and its tokens where they are known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.corpus.document import TokenizedSentence
from tagger.corpus.sentence import Sentence

_AROUND = 20  # characters of context on each side


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A typed part of a text: from code point `start` up to and without `end`. Spans may overlap."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A text with what is marked in it.

    Args:
        place: where it was read: path and line, or the path of a text that is a file of its own (`is_file`).
        sentences: its tokens; None where they are yet to be found. Between them is white space only.
        alone: one sentence, of which no document is known.
    """

    id: str
    place: str
    text: str
    spans: tuple[Span, ...]
    sentences: tuple[TokenizedSentence, ...] | None = None
    alone: bool = False
    is_file: bool = False

    @property
    def is_named(self) -> bool:
        """Whether the id is more than where it was read."""
        return self.id not in {self.place, self.place.rpartition(":")[0]}

    def place_at(self, offset: int) -> str:
        """Path and line of a code point of the text."""
        return f"{self.place}:{self.text.count(chr(10), 0, offset) + 1}" if self.is_file else self.place

    def described(self, span: Span) -> str:
        """A span for a message: type, offsets and surface."""
        return f"{span.type} {span.start}-{span.end} {shortened(self.text[span.start : span.end])}"

    def around(self, span: Span) -> str:
        """A span in brackets with the text on both sides of it, on one line."""
        before = self.text[max(0, span.start - _AROUND) : span.start]
        return repr(f"{before}[{self.text[span.start : span.end]}]{self.text[span.end : span.end + _AROUND]}")


def shortened(text: str) -> str:
    """A text in quotes for a message, not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def lines_of_tokens(text: str) -> Iterator[TokenizedSentence]:
    """A text's lines as sentences, their tokens parted by white space."""
    reached = 0
    for line in text.split("\n"):
        tokens, starts, place = tuple(line.split()), list[int](), reached
        for token in tokens:
            place = text.index(token, place)
            starts.append(place)
            place += len(token)
        if tokens:
            yield TokenizedSentence(tokens, tuple(starts))
        reached += len(line) + 1


def document_of(id_: str, place: str, sentences: Sequence[Sentence], *, alone: bool = False) -> AnnotatedDocument:
    """A document out of tagged sentences; its text is their tokens with a blank between them, a sentence a line."""
    reached, tokenized, spans = 0, list[TokenizedSentence](), list[Span]()
    for sentence in sentences:
        starts = []
        for token in sentence.tokens:
            starts.append(reached)
            reached += len(token) + 1
        for entity in sentence.entities:
            last = entity.end - 1
            spans.append(Span(starts[entity.start], starts[last] + len(sentence.tokens[last]), entity.type))
        tokenized.append(TokenizedSentence(sentence.tokens, tuple(starts)))
    text = "".join(" ".join(sentence.tokens) + "\n" for sentence in sentences)
    return AnnotatedDocument(id_, place, text, tuple(spans), tuple(tokenized), alone)
