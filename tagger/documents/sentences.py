"""Unlabelled text out of files: its sentences, or the text itself, in constant memory and as often as one likes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.config import ColumnFormat, TextFormat, TextKind
from tagger.corpus.text import split_text
from tagger.documents.formats import BLOCK_SIZE
from tagger.documents.sources import STANDARD_INPUT, Source, find_sources, read_documents, read_text
from tagger.errors import ConfigError


@dataclass(frozen=True, slots=True)
class RawText:
    """Files of unlabelled text, and how they are read.

    Args:
        tokenized: each line of a text file, or of a text in JSON, is a sentence, its tokens parted by white space.
        kind: what was said that all files are.
    """

    sources: tuple[Source, ...]
    text: TextFormat = field(default_factory=TextFormat)
    columns: ColumnFormat = field(default_factory=ColumnFormat)
    tokenized: bool = False
    kind: TextKind = "auto"


def find_raw_text(
    paths: Sequence[Path], text: TextFormat, columns: ColumnFormat, *, tokenized: bool, kind: TextKind = "auto"
) -> RawText:
    """The files that a user means.

    Args:
        kind: what is in them all; auto: their names say so, and what is no text and no JSON lines has columns.

    Raises:
        ConfigError: standard input or a pipe, which cannot be read twice; or `tokenized` with nothing but columns.
        DataError: see `find_sources`.
    """
    sources = tuple(find_sources(paths, None if kind == "auto" else kind))
    for source in sources:
        if source.path == STANDARD_INPUT or not source.path.is_file():
            raise ConfigError(f"{source.path}: this text is read more than once, which a pipe cannot be; name a file")
    if tokenized and all(source.kind == "columns" for source in sources):
        found = f"{sources[0].path} is read as columns" if sources else "found no file"
        raise ConfigError(f"--tokenized: is for text, but {found}; if it is text, say so with --text-kind text")
    return RawText(sources, text, columns, tokenized, kind)


def read_sentences(raw: RawText) -> Iterator[tuple[str, ...]]:
    """All sentences as tokens, in the order of the files; none is empty.

    No sentence goes beyond a blank line. A text file with 64 K characters and no blank line is parted at a line's end.

    Raises:
        DataError: while they are read, see `read_documents`.
    """
    for source in raw.sources:
        if source.kind == "columns":
            for document in read_documents(source, unit="line", columns=raw.columns):
                yield from (sentence.tokens for sentence in document.sentences or ())
        else:
            for text in _texts(source, raw):
                yield from _lines(text) if raw.tokenized else _sentences(text, raw.text.language)


def read_passages(raw: RawText) -> Iterator[str]:
    """All text as it stands, in parts of at least 64 K characters but for the last; joined they are the text.

    A line feed is put between files, and between texts in JSON, where the first of the two does not end with one. Of
    column files the text is their tokens with a blank between them, a sentence a line.

    Raises:
        DataError: while it is read, see `read_documents`.
    """
    held, size = list[str](), 0
    for text in _parted_texts(raw):
        held.append(text)
        size += len(text)
        if size >= BLOCK_SIZE:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)


def _parted_texts(raw: RawText) -> Iterator[str]:
    is_ended = True
    for source in raw.sources:
        for place, text in enumerate(filter(None, _texts(source, raw))):
            goes_on = source.kind == "text" and place > 0
            if not is_ended and not goes_on:
                yield "\n"
            yield text
            is_ended = text.endswith("\n")


def _texts(source: Source, raw: RawText) -> Iterator[str]:
    """A text file in parts, or the texts of JSON lines, or the sentences of a column file, a line each."""
    form = raw.text
    if source.kind == "text":
        return read_text(source, form.errors)
    documents = read_documents(
        source,
        unit="line",
        text_field=form.text_field,
        id_field=form.id_field,
        errors=form.errors,
        columns=raw.columns,
    )
    return (document.text for document in documents)


def _sentences(text: str, language: str) -> Iterator[tuple[str, ...]]:
    return (sentence.tokens for sentence in split_text(text, language))


def _lines(text: str) -> Iterator[tuple[str, ...]]:
    return filter(None, (tuple(line.split()) for line in text.split("\n")))
