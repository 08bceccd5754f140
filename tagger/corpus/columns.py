"""One line of a column file: its cells, its word and its tag."""

import re

from tagger.config import ColumnFormat, Separator
from tagger.corpus.entities import OUTSIDE, split_tag
from tagger.corpus.schemes import SCHEMES

DOCUMENT_START = "-DOCSTART-"
TAB = "\t"
_BLANKS = " \t\r\n\f\v"  # not str.isspace(): a no-break space can be a token
_RUN_OF_BLANKS = re.compile(r"[ \t\f\v]+")


def split_line(line: str, separator: Separator) -> list[str]:
    """The cells of a line, none where it is blank."""
    text = line.strip(_BLANKS)
    if not text:
        return []
    if separator == "tab" or (separator == "auto" and TAB in line.rstrip(_BLANKS)):
        return [cell.strip(_BLANKS) for cell in line.split(TAB)]
    return _RUN_OF_BLANKS.split(text)


def with_cell(line: str, cell: str, separator: Separator) -> str:
    """A line, without its end, with one more cell: parted by a blank where its own cells are, else by a tab."""
    text = line.strip(_BLANKS)
    if separator == "tab" or TAB in text or not _RUN_OF_BLANKS.search(text):
        return f"{line}{TAB}{cell}"
    return f"{line.rstrip(TAB)} {cell}"  # a tab left at its end would now part its cells


def starts_document(cells: list[str]) -> bool:
    """Whether a line is one of those that part documents, in whichever column it says so."""
    return any(cell.startswith(DOCUMENT_START) for cell in cells)


def word_of(cells: list[str], columns: ColumnFormat) -> str:
    """The word of a line.

    Raises:
        ValueError: there is none; the text says what was found.
    """
    return _cell(cells, columns.word_column, "word")


def tag_of(cells: list[str], columns: ColumnFormat) -> str:
    """The tag of a line, as written.

    Raises:
        ValueError: there is none, it is the word, or it is no tag of a known or of the asked scheme.
    """
    if len(cells) < 2:
        raise ValueError(f"expected at least 2 columns, found 1: {excerpt(cells)}")
    tag = _cell(cells, columns.tag_column, "tag")
    if _index(cells, columns.word_column) == _index(cells, columns.tag_column):
        found = f"column {columns.word_column} is that of the word and, in a line of {_columns(len(cells))}, of the tag"
        raise ValueError(f"expected word and tag in two columns, but {found}: {excerpt(cells)}")
    _check_tag(tag, columns)
    return tag


def excerpt(cells: list[str]) -> str:
    """Cells in quotes for an error, not too long."""
    text = " ".join(cells)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _cell(cells: list[str], column: int, role: str) -> str:
    index = _index(cells, column)
    if not 0 <= index < len(cells):
        raise ValueError(f"expected a {role} in column {column}, found {_columns(len(cells))}: {excerpt(cells)}")
    if not cells[index]:
        raise ValueError(f"expected a {role} in column {column}, found nothing there: {excerpt(cells)}")
    return cells[index]


def _check_tag(tag: str, columns: ColumnFormat) -> None:
    try:
        letter, _ = split_tag(tag)
    except ValueError:
        expected = "expected O or a prefix, a hyphen and a type, such as B-PER"
        raise ValueError(f"unknown form of tag {excerpt([tag])}; {expected}") from None
    scheme = SCHEMES.get(columns.scheme)
    if scheme and letter != OUTSIDE and letter not in scheme.letters:
        letters = ", ".join(sorted(scheme.letters))
        raise ValueError(f"tag {excerpt([tag])} is not of scheme {scheme.name}, whose prefixes are {letters}")


def _index(cells: list[str], column: int) -> int:
    return column - 1 if column > 0 else len(cells) + column


def _columns(count: int) -> str:
    return f"{count} column{'s' if count != 1 else ''}"
