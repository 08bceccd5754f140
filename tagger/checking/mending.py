"""Mends what is safe to mend in a column file, and keeps every other byte."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from tagger.checking.characters import hidden_in, is_space
from tagger.checking.labelled_file import PlacedBlock, placed_blocks, shown
from tagger.config import ColumnFormat, Separator
from tagger.corpus.columns import TAB, starts_document
from tagger.corpus.entities import Entity, entities_of
from tagger.corpus.schemes import Scheme
from tagger.files import open_input, replacing_file

_CELL = re.compile(r"[^ \t\f\v]+")
_BLANKS = " \t\r\n\f\v"
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed in a line of a file, by its number in the input, or left as it was."""

    path: Path
    line: int
    message: str

    def to_json(self) -> dict[str, str | int]:
        """Plain values."""
        return {"path": str(self.path), "line": self.line, "message": self.message}


def mend_file(path: Path, target: Path, columns: ColumnFormat, scheme: Scheme) -> list[Change]:
    """Write a file's mended form: tags that its scheme allows, tokens without spaces or hidden characters, in NFC.

    A token with a space becomes several, which stay in its entity. A sentence with a line that cannot be read stays.

    Raises:
        DataError: a file cannot be read or written.
    """
    changes: list[Change] = []
    with open_input(path) as stream, replacing_file(target) as output:
        for placed in placed_blocks(stream, path, columns, {}):
            mender = _Mender(path, placed, columns, scheme)
            text = "".join(mender.lines())
            changes += mender.changes
            output.buffer.write(text.encode("utf-8", "surrogateescape"))
    return changes


def mended_tokens(token: str) -> list[str]:
    """The tokens that a token should have been; none where it holds nothing that can be seen."""
    token = unicodedata.normalize("NFC", token)
    hidden = {*hidden_in(token)}
    kept = "".join(character for place, character in enumerate(token) if place not in hidden)
    parts = "".join(" " if is_space(character) else character for character in kept).split(" ")
    return [unicodedata.normalize("NFC", part) for part in parts if part]


def cell_spans(line: str, separator: Separator) -> list[tuple[int, int]]:
    """Where the cells of a line, without its end, stand in it; as `split_line` reads it."""
    if separator == "tab" or (separator == "auto" and TAB in line.rstrip(_BLANKS)):
        cells = line.split(TAB)
        starts = accumulate((len(cell) + 1 for cell in cells[:-1]), initial=0)
        return [_stripped(line, start, start + len(cell)) for start, cell in zip(starts, cells, strict=True)]
    return [match.span() for match in _CELL.finditer(line, *_stripped(line, 0, len(line)))]


class _Mender:
    """Mends one block."""

    def __init__(self, path: Path, placed: PlacedBlock, columns: ColumnFormat, scheme: Scheme) -> None:
        self.changes: list[Change] = []
        self._path, self._placed, self._columns, self._scheme = path, placed, columns, scheme

    def lines(self) -> Iterator[str]:
        """Its lines, mended, with their ends."""
        block = self._placed.block
        if self._placed.is_faulty or not block.tokens:
            yield from block.lines
            return
        tokens = [self._tokens(place) for place in range(len(block.tokens))]
        tags = iter(self._tags([len(some) for some in tokens]))
        mended = {
            row: self._rows(row, some, [next(tags) for _ in some], place)
            for place, (row, some) in enumerate(zip(block.token_rows, tokens, strict=True))
        }
        for row, line in enumerate(block.lines):
            yield mended.get(row, line)

    def _tokens(self, place: int) -> list[str]:
        """What a token becomes; itself where that could not be read back."""
        token = self._placed.block.tokens[place]
        if token.isascii() and token.isprintable() and " " not in token:
            return [token]
        tokens = mended_tokens(token)
        if tokens == [token]:
            return tokens
        if not tokens or not all(map(self._reads_back, tokens)):
            self._note(place, f"left {shown(token)} as it is: what is left of it could not be read back")
            return [token]
        into = " and ".join(map(shown, tokens))
        self._note(place, f"{token!a} is now {into}")
        return tokens

    def _reads_back(self, token: str) -> bool:
        prefix = self._columns.comment_prefix
        is_comment = prefix is not None and token.startswith(prefix)
        return not is_comment and not token.startswith(_BYTE_ORDER_MARK) and not starts_document([token])

    def _tags(self, widths: Sequence[int]) -> tuple[str, ...]:
        """The tags in the scheme, once each token has become so many."""
        starts = [0]
        for width in widths:
            starts.append(starts[-1] + width)
        entities = [
            Entity(starts[entity.start], starts[entity.end], entity.type)
            for entity in entities_of(self._placed.block.tags)
        ]
        return self._scheme.tags_of(entities, starts[-1])

    def _rows(self, row: int, tokens: Sequence[str], tags: Sequence[str], place: int) -> str:
        """The lines of what a token has become, its other columns repeated."""
        block = self._placed.block
        old = block.tags[place]
        if tags[0] != old:
            self._note(place, f"tag {old} is now {tags[0]}")
        if [*tokens] == [block.tokens[place]] and tags[0] == old:
            return block.lines[row]
        line = block.lines[row]
        text = line.rstrip("\r\n")
        mark = _BYTE_ORDER_MARK if self._placed.first_line + row == 1 and text.startswith(_BYTE_ORDER_MARK) else ""
        ending = line[len(text) :]
        made = [self._with_cells(text.removeprefix(mark), *pair) for pair in zip(tokens, tags, strict=True)]
        return mark + (ending or "\n").join(made) + ending

    def _with_cells(self, text: str, token: str, tag: str) -> str:
        spans = cell_spans(text, self._columns.separator)
        new = {_index(self._columns.word_column, len(spans)): token, _index(self._columns.tag_column, len(spans)): tag}
        for index in sorted(new, reverse=True):
            start, end = spans[index]
            text = text[:start] + new[index] + text[end:]
        return text

    def _note(self, place: int, message: str) -> None:
        self.changes.append(Change(self._path, self._placed.lines()[place], message))


def _index(column: int, count: int) -> int:
    return column - 1 if column > 0 else count + column


def _stripped(line: str, start: int, end: int) -> tuple[int, int]:
    """A span without blanks at its ends."""
    text = line[start:end]
    start += len(text) - len(text.lstrip(_BLANKS))
    return start, start + len(text.strip(_BLANKS))
