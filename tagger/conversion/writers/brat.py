"""BRAT's stand-off: a directory of texts, each with its annotations in a file of the same name."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tagger.conversion.annotated import AnnotatedDocument, Span, lines_of_tokens
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context
from tagger.corpus.document import Document, TaggedDocument, TextEntity
from tagger.documents.brat_files import BratDirectory
from tagger.documents.workers import Written
from tagger.documents.writers.brat import to_brat
from tagger.errors import DataError

_TYPE = re.compile("[A-Za-z0-9_-]+")
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"  # what cannot stand in a line of annotations


def write_brat(documents: Iterable[AnnotatedDocument], folder: Path, context: Context) -> None:
    """Two files a document.

    Raises:
        DataError: a file cannot be written, or a text begins with what would be taken for a byte order mark.
    """
    seen = set[str]()
    with BratDirectory(folder).writing() as write:
        for document in documents:
            if document.text.startswith("\ufeff"):
                raise DataError(f"{document.place_at(0)}: the text begins with U+FEFF, which a file cannot; remove it")
            spans = tuple(_held(document, context))
            tagged = TaggedDocument(document.id, document.text, spans, ())
            write([Document(document.id, document.text)], Written([to_brat(tagged)], len(spans)))
            name = f"{folder}/{document.id}.txt"
            is_kept = document.id not in seen and os.path.exists(name)  # noqa: PTH110 - Path fails where it is too long
            if document.is_named and not is_kept:
                context.findings.add(Kind.NAMES, document.place_at(0), document.id)
            seen.add(document.id)
            _note_lost_tokens(document, context)


def _held(document: AnnotatedDocument, context: Context) -> Iterator[TextEntity]:
    findings = context.findings
    for span in document.spans:
        place, surface = document.place_at(span.start), document.text[span.start : span.end]
        start = span.end - len(surface.lstrip(_BREAKS))
        end = span.start + len(surface.rstrip(_BREAKS))
        if not surface.strip():
            findings.add(Kind.EMPTY, place, document.described(span))
            continue
        if (start, end) != (span.start, span.end):
            findings.add(Kind.EDGE, place, document.described(span))
        if not _TYPE.fullmatch(span.type):
            findings.add(Kind.TYPES, place, document.described(span))
        yield _entity(document, Span(start, end, span.type))


def _entity(document: AnnotatedDocument, span: Span) -> TextEntity:
    return TextEntity(span.start, span.end, span.type, document.text[span.start : span.end], 1.0)


def _note_lost_tokens(document: AnnotatedDocument, context: Context) -> None:
    """Note tokens that are not parted by white space, or sentences that are no lines."""
    if document.sentences is not None and document.sentences != tuple(lines_of_tokens(document.text)):
        context.findings.add(Kind.TOKENS, document.place_at(0), document.id)
