"""Column files in and out, line for line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.config import ColumnFormat, Separator
from tagger.corpus.columns import excerpt, split_line, starts_document, tag_of, with_cell, word_of
from tagger.corpus.schemes import SCHEMES, Scheme, detect_scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.files import open_input, replacing_file
from tagger.surrogates import has_surrogates

_BYTE_ORDER_MARK = "\ufeff"

Refuse = Callable[[int, str], None]  # what is done with a line, by its number, that cannot be read, and why


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
            lines[row] = with_cell(text, tag, separator) + lines[row][len(text) :]
        return "".join(lines)


def read_blocks(
    stream: Iterable[bytes],
    name: str | Path,
    columns: ColumnFormat,
    *,
    labelled: bool,
    refuse: Refuse | None = None,
) -> Iterator[Block]:
    """Read a column file block by block, keeping every byte of it.

    Args:
        stream: its lines, with their ends.
        name: what errors call it.
        labelled: read and check the tag column too.
        refuse: is told of each line that cannot be read; it stays in its block without a token, and bytes that are not
            UTF-8 stay as surrogates. Without it, the first such line is an error.

    Raises:
        DataError: with path and line: an undecodable byte, a missing column, an unknown form of tag.
    """
    refuse, block = refuse or _raising(name), Block()
    for number, line in enumerate(_decoded(stream, refuse), start=1):
        text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        cells = split_line(text, columns.separator)
        is_comment = columns.comment_prefix is not None and text.startswith(columns.comment_prefix)
        if not is_comment and (not cells or starts_document(cells)):
            if block.tokens:
                yield block
                block = Block()
        elif not is_comment:
            try:
                token, tags = word_of(cells, columns), [tag_of(cells, columns)] if labelled else []
            except ValueError as error:
                refuse(number, str(error))
            else:
                block.token_rows.append(len(block.lines))
                block.tokens.append(token)
                block.tags += tags
        block.lines.append(line)
    if block.lines:
        yield block


def read_conll(path: str | Path, columns: ColumnFormat | None = None, *, labelled: bool = True) -> list[Sentence]:
    """All sentences of a column file, their tags as written.

    Raises:
        DataError: with path and line, see `read_blocks`; or a file that cannot be opened or holds no sentence.
    """
    columns = columns or ColumnFormat()
    with open_input(path) as stream:
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
            rows = zip(sentence.tokens, sentence.tags, strict=True) if sentence.tags else zip(sentence.tokens)
            for row in rows:
                stream.write(_row(row, path))
            stream.write("\n")


def _row(cells: tuple[str, ...], path: str | Path) -> str:
    line = "\t".join(cells)
    if not _reads_back(line, list(cells)):
        raise DataError(f"{path}: {excerpt(list(cells))} cannot stand in a column file; nothing was written")
    return line + "\n"


def _reads_back(line: str, cells: list[str]) -> bool:
    is_token = all(cells) and "\n" not in line and not line.startswith(_BYTE_ORDER_MARK) and not starts_document(cells)
    return not has_surrogates(line) and is_token and split_line(line, "auto") == cells


def scheme_of(sentences: Sequence[Sentence], path: str | Path, columns: ColumnFormat) -> Scheme:
    """The scheme of a file's tags: the one asked for, or the one found."""
    if columns.scheme != "auto":
        return SCHEMES[columns.scheme]
    try:
        return detect_scheme(sentence.tags or () for sentence in sentences)
    except ValueError as error:
        known = ", ".join(SCHEMES)
        raise DataError(f"{path}: found tags with the {error}, which no scheme has together; known: {known}") from None


def _raising(name: str | Path) -> Refuse:
    def refuse(number: int, problem: str) -> None:
        raise DataError.at(name, number, problem) from None

    return refuse


def _decoded(stream: Iterable[bytes], refuse: Refuse) -> Iterator[str]:
    for number, raw in enumerate(stream, start=1):
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            found = f"byte 0x{raw[error.start]:02x} at position {error.start + 1} is not UTF-8"
            refuse(number, f"{found}; convert the file to UTF-8 first")
            yield raw.decode("utf-8", "surrogateescape")
