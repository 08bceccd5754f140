"""Column files in and out, line for line."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tagger.config import ColumnFormat, Separator
from tagger.corpus.entities import OUTSIDE, split_tag
from tagger.corpus.schemes import SCHEMES, Scheme, detect_scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.files import replacing_file

DOCUMENT_START = "-DOCSTART-"
_BYTE_ORDER_MARK = "\ufeff"
_BLANKS = " \t\r\n\f\v"  # not str.isspace(): a no-break space can be a token
_TAB = "\t"
_RUN_OF_BLANKS = re.compile(r"[ \t\f\v]+")


@dataclass(slots=True)
class Block:
    """A run of lines with at most one sentence in it: the unit in which a file is read and written back.

    `lines` keep their line ends; `token_rows` are the places in `lines` of the sentence's tokens.
    """

    lines: list[str] = field(default_factory=list)
    token_rows: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def sentence(self) -> Sentence:
        """The sentence, which may have no tokens; it has tags if the file was read with them."""
        return Sentence(tuple(self.tokens), tuple(self.tags) if self.tags else None)

    def with_column(self, tags: Sequence[str], separator: Separator) -> str:
        """The lines with one more column on each token's line, parted as that line's own columns are."""
        lines = list(self.lines)
        for row, tag in zip(self.token_rows, tags, strict=True):
            text = lines[row].rstrip("\r\n")
            by_blanks = separator != "tab" and "\t" not in text and _RUN_OF_BLANKS.search(text.strip(_BLANKS))
            lines[row] = f"{text}{' ' if by_blanks else _TAB}{tag}{lines[row][len(text) :]}"
        return "".join(lines)


def read_blocks(stream: Iterable[bytes], name: str | Path, columns: ColumnFormat, *, labelled: bool) -> Iterator[Block]:
    """Read a column file block by block, keeping every byte of it.

    Args:
        stream: its lines, with their ends.
        name: what errors call it.
        labelled: read and check the tag column too.

    Raises:
        DataError: with path and line: an undecodable byte, a missing column, an unknown form of tag.
    """
    block = Block()
    for number, line in enumerate(_decoded(stream, name), start=1):
        text = line.removeprefix(_BYTE_ORDER_MARK)
        cells = _split(text, columns.separator)
        is_comment = columns.comment_prefix is not None and text.startswith(columns.comment_prefix)
        if not is_comment and (not cells or _starts_document(cells)):
            if block.tokens:
                yield block
                block = Block()
        elif not is_comment:
            block.token_rows.append(len(block.lines))
            block.tokens.append(_cell(cells, columns.word_column, "word", name, number))
            if labelled:
                block.tags.append(_tag(cells, columns, name, number))
        block.lines.append(line)
    if block.lines:
        yield block


def read_conll(path: str | Path, columns: ColumnFormat | None = None, *, labelled: bool = True) -> list[Sentence]:
    """All sentences of a column file, their tags as written.

    Raises:
        DataError: with path and line, see `read_blocks`; or a file that cannot be opened or holds no sentence.
    """
    columns = columns or ColumnFormat()
    with open_column_file(path) as stream:
        blocks = read_blocks(stream, path, columns, labelled=labelled)
        sentences = [block.sentence() for block in blocks if block.tokens]
    if not sentences:
        raise DataError.at(path, 1, "found no sentence, expected one token a line and a blank line between sentences")
    return sentences


def write_conll(path: str | Path, sentences: Iterable[Sentence]) -> None:
    """Write sentences as `token<TAB>tag` lines, or tokens alone where there are no tags.

    Raises:
        DataError: a token that could not be read back from such a line, such as an empty one.
    """
    with replacing_file(Path(path)) as stream:
        for sentence in sentences:
            for token in sentence.tokens:
                _check_writable(token, path, alone=not sentence.tags)
            rows = zip(sentence.tokens, sentence.tags, strict=True) if sentence.tags else zip(sentence.tokens)
            stream.writelines("\t".join(row) + "\n" for row in rows)
            stream.write("\n")


def _check_writable(token: str, path: str | Path, *, alone: bool) -> None:
    parted = _split(token, "auto" if alone else "tab")
    if parted != [token] or "\n" in token or _starts_document(parted):
        raise DataError(f"{path}: the token {_excerpt([token])} cannot stand in a column file; nothing was written")


def scheme_of(sentences: Sequence[Sentence], path: str | Path, columns: ColumnFormat) -> Scheme:
    """The scheme of a file's tags: the one asked for, or the one found."""
    if columns.scheme != "auto":
        return SCHEMES[columns.scheme]
    try:
        return detect_scheme(sentence.tags or () for sentence in sentences)
    except ValueError as error:
        known = ", ".join(SCHEMES)
        raise DataError(f"{path}: found tags with the {error}, which no scheme has together; known: {known}") from None


def open_column_file(path: str | Path) -> BinaryIO:
    """Open a file for `read_blocks`.

    Raises:
        DataError: it is missing, a directory, or not ours to read.
    """
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def _decoded(stream: Iterable[bytes], name: str | Path) -> Iterator[str]:
    for number, raw in enumerate(stream, start=1):
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            found = f"byte 0x{raw[error.start]:02x} at position {error.start + 1} is not UTF-8"
            raise DataError.at(name, number, f"{found}; convert the file to UTF-8 first") from None


def _split(line: str, separator: str) -> list[str]:
    text = line.strip(_BLANKS)
    if not text:
        return []
    if separator == "tab" or (separator == "auto" and _TAB in line.rstrip(_BLANKS)):
        return [cell.strip(_BLANKS) for cell in line.split(_TAB)]
    return _RUN_OF_BLANKS.split(text)


def _starts_document(cells: list[str]) -> bool:
    return any(cell.startswith(DOCUMENT_START) for cell in cells)


def _cell(cells: list[str], column: int, role: str, name: str | Path, number: int) -> str:
    index = _index(cells, column)
    if not 0 <= index < len(cells):
        found = f"expected a {role} in column {column}, found {_columns(len(cells))}: {_excerpt(cells)}"
        raise DataError.at(name, number, found)
    if not cells[index]:
        raise DataError.at(
            name, number, f"expected a {role} in column {column}, found nothing there: {_excerpt(cells)}"
        )
    return cells[index]


def _tag(cells: list[str], columns: ColumnFormat, name: str | Path, number: int) -> str:
    if len(cells) < 2:
        raise DataError.at(name, number, f"expected at least 2 columns, found 1: {_excerpt(cells)}")
    tag = _cell(cells, columns.tag_column, "tag", name, number)
    if _index(cells, columns.word_column) == _index(cells, columns.tag_column):
        found = f"column {columns.word_column} is that of the word and, in a line of {_columns(len(cells))}, of the tag"
        raise DataError.at(name, number, f"expected word and tag in two columns, but {found}: {_excerpt(cells)}")
    try:
        letter, _ = split_tag(tag)
    except ValueError:
        expected = "expected O or a prefix, a hyphen and a type, such as B-PER"
        raise DataError.at(name, number, f"unknown form of tag {_excerpt([tag])}; {expected}") from None
    scheme = SCHEMES.get(columns.scheme)
    if scheme and letter != OUTSIDE and letter not in scheme.letters:
        letters = ", ".join(sorted(scheme.letters))
        raise DataError.at(
            name, number, f"tag {_excerpt([tag])} is not of scheme {scheme.name}, whose prefixes are {letters}"
        )
    return tag


def _index(cells: list[str], column: int) -> int:
    return column - 1 if column > 0 else len(cells) + column


def _columns(count: int) -> str:
    return f"{count} column{'s' if count != 1 else ''}"


def _excerpt(cells: list[str]) -> str:
    text = " ".join(cells)
    return repr(text if len(text) <= 60 else text[:57] + "...")
