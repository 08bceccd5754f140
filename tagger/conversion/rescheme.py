"""A column file in another scheme, line for line: nothing but the tags changes."""

import re
from collections.abc import Iterator

from tagger.config import ColumnFormat
from tagger.conversion.options import Context
from tagger.conversion.readers.columns import column_scheme, numbered_blocks
from tagger.conversion.readers.tags import note_stray_tags
from tagger.corpus.columns import TAB, split_line

_CELL = re.compile(r"[^ \t\r\n\f\v]+")


def rescheme(context: Context) -> Iterator[bytes]:
    """The lines of a column file with its tags in the scheme asked for, or mended in their own.

    Raises:
        DataError: with path and line, see `read_blocks`.
    """
    found = column_scheme(context)
    scheme, columns = context.options.scheme or found, context.options.columns
    for first, block in numbered_blocks(context):
        sentence, lines = block.sentence(), list(block.lines)
        if sentence.tags is not None:
            places = [f"{context.lines.name}:{first + row}" for row in block.token_rows]
            note_stray_tags(sentence, found, places, context.findings)
            tags = scheme.tags_of(sentence.entities, len(sentence.tokens))
            for row, tag in zip(block.token_rows, tags, strict=True):
                lines[row] = with_tag(lines[row], tag, columns)
        yield "".join(lines).encode()


def with_tag(line: str, tag: str, columns: ColumnFormat) -> str:
    """A line with another tag in its column."""
    cells = split_line(line, columns.separator)
    index = columns.tag_column - 1 if columns.tag_column > 0 else len(cells) + columns.tag_column
    start, end = _bounds(line, columns)[index]
    return line[:start] + tag + line[end:]


def _bounds(line: str, columns: ColumnFormat) -> list[tuple[int, int]]:
    """Where each cell stands in a line, white space around it left out."""
    is_tabbed = columns.separator == "tab" or (columns.separator == "auto" and TAB in line.rstrip(" \t\r\n\f\v"))
    if not is_tabbed:
        return [match.span() for match in _CELL.finditer(line)]
    bounds, reached = list[tuple[int, int]](), 0
    for part in line.split(TAB):
        inner = part.strip(" \t\r\n\f\v")
        start = reached + part.index(inner)
        bounds.append((start, start + len(inner)))
        reached += len(part) + 1
    return bounds
