"""Column files: a token and its tag a line."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tagger.conversion.annotated import AnnotatedDocument, document_of
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context
from tagger.conversion.readers.tags import detected, note_stray_tags
from tagger.corpus.columns import split_line, starts_document
from tagger.corpus.conll import Block, read_blocks
from tagger.corpus.schemes import SCHEMES, Scheme
from tagger.corpus.sentence import Sentence


@dataclass(slots=True)
class _Document:
    """Sentences so far; where the first begins."""

    line: int = 1
    sentences: list[Sentence] = field(default_factory=list)


def read_columns(context: Context) -> Iterator[AnnotatedDocument]:
    """Documents as `-DOCSTART-` lines part them, or all of a file without one; or every sentence for itself.

    Raises:
        DataError: with path and line, see `read_blocks`.
    """
    name, each = context.lines.name, context.options.sentence_documents
    document, is_whole, scheme = _Document(), True, column_scheme(context)
    for line, block in numbered_blocks(context):
        _note_other_lines(block, line, context)
        if document.sentences and (each or _begins_document(block, context)):
            yield document_of(f"{name}:{document.line}", f"{name}:{document.line}", document.sentences, alone=each)
            document, is_whole = _Document(), False
        if block.tokens:
            if not document.sentences:
                document.line = line + block.token_rows[0]
            sentence = block.sentence()
            note_stray_tags(sentence, scheme, [f"{name}:{line + row}" for row in block.token_rows], context.findings)
            document.sentences.append(sentence)
    if document.sentences:
        place = f"{name}:{document.line}"
        yield document_of(name if is_whole and not each else place, place, document.sentences, alone=each)


def column_scheme(context: Context) -> Scheme:
    """The scheme of a column file: the one asked for, or the one found in all of it."""
    asked = context.options.columns.scheme
    if asked != "auto":
        return SCHEMES[asked]
    return detected((block.tags for _, block in numbered_blocks(context)), context.lines.name)


def numbered_blocks(context: Context) -> Iterator[tuple[int, Block]]:
    """The blocks of a labelled column file, each with the number of its first line."""
    line = 1
    for block in read_blocks(context.lines.encoded(), context.lines.name, context.options.columns, labelled=True):
        yield line, block
        line += len(block.lines)


def _begins_document(block: Block, context: Context) -> bool:
    before = block.lines[: block.token_rows[0]] if block.tokens else block.lines
    return any(starts_document(split_line(line, context.options.columns.separator)) for line in before)


def _note_other_lines(block: Block, first: int, context: Context) -> None:
    """Note what no other form has a place for: columns beside word and tag, and comments."""
    columns, rows = context.options.columns, set(block.token_rows)
    for row, line in enumerate(block.lines):
        place = f"{context.lines.name}:{first + row}"
        if row in rows:
            if (cells := len(split_line(line, columns.separator))) > 2:
                context.findings.add(Kind.COLUMNS, place, f"{cells} columns")
        elif columns.comment_prefix is not None and line.startswith(columns.comment_prefix):
            context.findings.add(Kind.COMMENTS, place, f"{len(line.rstrip())} characters")
