"""Tagging raw text: documents in, tagged documents out, in the same order and in constant memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from tagger.corpus.document import Document, TaggedDocument, TextEntity, TextSentence, TokenizedSentence
from tagger.corpus.text import split_text
from tagger.inference.prediction import Prediction

if TYPE_CHECKING:
    from tagger.inference.tagger import Tagger

_WINDOW = 200_000  # characters tagged at a time: enough to group sentences by length, little to hold
_GROUP = 8192  # sentences of them


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How raw text is read, and what is told of it.

    Args:
        language: see `split_text`. min_confidence: entities less likely than this are left out.
        keep_sentences: whether results hold their tokens and tags, which take far more room than entities.
    """

    language: str = "en"
    min_confidence: float = 0.0
    keep_sentences: bool = True


def windows_of(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents that are tagged together: as many as have 200,000 characters between them, or a longer one alone.

    What the windows are follows from the documents alone, so that whoever tags them, and in whatever order, a sentence
    stands in the same batch.
    """
    window, characters = list[Document](), 0
    for document in documents:
        if window and characters + len(document.text) > _WINDOW:
            yield window
            window, characters = [], 0
        window.append(document)
        characters += len(document.text) + 1
    if window:
        yield window


def tag_window(tagger: "Tagger", documents: Sequence[Document], options: TextOptions) -> list[TaggedDocument]:
    """Tag the documents of a window."""
    found = [_Found() for _ in documents]
    split = (
        (document, place, sentence)
        for place, document in enumerate(documents)
        for sentence in _sentences(document, options.language)
    )
    while group := list(islice(split, _GROUP)):
        predictions = tagger.predict(sentence.tokens for _, _, sentence in group)
        for (document, place, sentence), prediction in zip(group, predictions, strict=True):
            if prediction.confidences:
                found[place].entities += _entities(document.text, sentence, prediction, options.min_confidence)
            if options.keep_sentences:
                tags = prediction.confident(options.min_confidence, tagger.scheme).tags or ()
                found[place].sentences.append(TextSentence(sentence.tokens, sentence.starts, tags))
    return [
        TaggedDocument(document.id, document.text, tuple(one.entities), tuple(one.sentences))
        for document, one in zip(documents, found, strict=True)
    ]


def _sentences(document: Document, language: str) -> Iterable[TokenizedSentence]:
    return split_text(document.text, language) if document.sentences is None else document.sentences


@dataclass(slots=True)
class _Found:
    """What has been found of a document so far."""

    entities: list[TextEntity] = field(default_factory=list)
    sentences: list[TextSentence] = field(default_factory=list)


def _entities(text: str, sentence: TokenizedSentence, prediction: Prediction, minimum: float) -> Iterator[TextEntity]:
    for entity, confidence in zip(prediction.sentence.entities, prediction.confidences, strict=True):
        if confidence >= minimum:
            start, last = sentence.starts[entity.start], entity.end - 1
            end = sentence.starts[last] + len(sentence.tokens[last])
            yield TextEntity(start, end, entity.type, text[start:end], confidence)
