"""spaCy's binary corpus."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from tagger.conversion.annotated import AnnotatedDocument, Span
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context
from tagger.conversion.spacy_extra import require_spacy
from tagger.corpus.document import TokenizedSentence
from tagger.corpus.text import sentence_spans
from tagger.errors import DataError
from tagger.files import open_input

if TYPE_CHECKING:
    from spacy.tokens import Doc

ID = "id"  # in a document's user data
_OTHERS = ("TAG", "POS", "MORPH", "LEMMA", "DEP", "ENT_KB_ID", "ENT_ID")


def read_docbin(context: Context) -> Iterator[AnnotatedDocument]:
    """The documents of a .spacy file, their tokens but those of white space; ids are what `convert` has given them.

    Raises:
        ConfigError: spaCy is not installed.
        DataError: the file is none of spaCy's.
    """
    require_spacy()
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    path = context.lines.path
    with open_input(path) as stream:
        content = stream.read()
    try:
        documents = list(DocBin().from_bytes(content).get_docs(Vocab()))
    except (ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
        raise DataError(f"{path}: not a binary corpus of spaCy ({type(error).__name__})") from None
    for number, document in enumerate(documents, start=1):
        place = f"{path}:{number}"
        _note_others(document, place, context)
        spans = tuple(sorted(Span(one.start_char, one.end_char, one.label_) for one in document.ents))
        sentences = tuple(_sentences(document, context.options.text.language))
        id_ = document.user_data.get(ID)
        yield AnnotatedDocument(id_ if isinstance(id_, str) else place, place, document.text, spans, sentences)


def _note_others(document: Doc, place: str, context: Context) -> None:
    names = [name for name in _OTHERS if document.has_annotation(name)]
    names += [f"spans[{key!r}]" for key in document.spans if len(document.spans[key])]
    names += [f"cats[{key!r}]" for key in document.cats]
    for name in names:
        context.findings.add(Kind.FIELDS, place, name)


def _sentences(document: Doc, language: str) -> Iterator[TokenizedSentence]:
    """The document's own sentences, or where it has none those that `tagger tag` would find."""
    if document.has_annotation("SENT_START"):
        ends = [sentence.end_char for sentence in document.sents]
    else:
        ends = [end for _, end in sentence_spans(document.text, language)]
    tokens = [(token.text, token.idx) for token in document if not token.text.isspace()]
    reached = 0

    def sentence_of(token: tuple[str, int]) -> int:
        nonlocal reached
        while reached < len(ends) and ends[reached] <= token[1]:
            reached += 1
        return reached

    for _, group in groupby(tokens, key=sentence_of):
        words, starts = zip(*group, strict=True)
        yield TokenizedSentence(words, starts)
