"""Column files: a token and its tag a line."""

from collections.abc import Iterable, Iterator

from tagger.conversion.annotated import AnnotatedDocument, shortened
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context
from tagger.conversion.writers.rows import AlignedDocument, aligned_documents, note_lost_space
from tagger.corpus.columns import DOCUMENT_START, split_line, starts_document
from tagger.corpus.document import TaggedDocument, TextSentence
from tagger.corpus.schemes import IOB2
from tagger.documents.writers.columns import to_columns
from tagger.errors import DataError

_HEAD = f"{DOCUMENT_START} O\n\n"


def write_columns(documents: Iterable[AnnotatedDocument], context: Context) -> Iterator[bytes]:
    """Documents one after the other, with a line that starts each where there are several.

    Sentences of which no document is known have no such line.

    Raises:
        DataError: a token or type that a line of a column file cannot hold.
    """
    first: str | None = None  # until it is known not to be the only one
    for aligned in aligned_documents(documents, context):
        _note_losses(aligned, context)
        body = to_columns(_tagged(aligned, context)).removeprefix(_HEAD)
        head = "" if aligned.document.alone or context.options.sentence_documents else _HEAD
        if first is None:
            first, first_head = body, head
        else:
            yield (first_head + first + head + body).encode()
            first, first_head = "", ""
    if first:
        yield first.encode()


def _note_losses(aligned: AlignedDocument, context: Context) -> None:
    document = aligned.document
    if document.is_named:
        context.findings.add(Kind.NAMES, document.place_at(0), document.id)
    note_lost_space(aligned, context)


def _tagged(aligned: AlignedDocument, context: Context) -> TaggedDocument:
    scheme, document = context.options.scheme or IOB2, aligned.document
    sentences = []
    for sentence in aligned.sentences:
        tags = scheme.tags_of(sentence.entities, len(sentence.tokens))
        for cells in zip(sentence.tokens, tags, strict=True):
            _check(cells, document)
        sentences.append(TextSentence(sentence.tokens, sentence.starts, tags))
    return TaggedDocument(document.id, document.text, (), tuple(sentences))


def _check(cells: tuple[str, str], document: AnnotatedDocument) -> None:
    line = " ".join(cells)
    is_start = starts_document(list(cells)) or line.startswith("\ufeff")
    if is_start or "\n" in line or split_line(line, "auto") != list(cells):
        found = f"{shortened(cells[0])} with the tag {shortened(cells[1])}"
        raise DataError(f"{document.place_at(0)}: {found} cannot stand in a column file; nothing was written")
