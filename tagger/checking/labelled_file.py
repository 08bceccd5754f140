"""A labelled file, as far as it can be read, with the line of each token."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from tagger.checking.findings import Finding, Kind
from tagger.checking.violations import closest_scheme
from tagger.config import ColumnFormat
from tagger.corpus.conll import Block, read_blocks
from tagger.corpus.entities import Entity, entities_of
from tagger.corpus.schemes import IOB2, SCHEMES, Scheme
from tagger.files import open_input

_SHOWN = 60  # characters of a text in a message


@dataclass(frozen=True, slots=True)
class PlacedSentence:
    """Tokens, tags, the entities that they mean, and the line of each token."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    entities: tuple[Entity, ...]
    lines: tuple[int, ...]

    def surface(self, entity: Entity) -> tuple[str, ...]:
        """The tokens of an entity."""
        return self.tokens[entity.start : entity.end]


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """What was read.

    Args:
        sentences: those whose every line could be read.
        faults: the lines that could not.
    """

    path: Path
    sentences: tuple[PlacedSentence, ...]
    scheme: Scheme
    faults: tuple[Finding, ...]

    def finding(self, line: int, kind: Kind, message: str) -> Finding:
        """One of this file."""
        return Finding(self.path, line, kind, message)


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block, the number of its first line, and whether one of its lines could not be read."""

    block: Block
    first_line: int
    is_faulty: bool

    def lines(self) -> tuple[int, ...]:
        """The line of each token."""
        return tuple(self.first_line + row for row in self.block.token_rows)


def read_labelled(path: Path, columns: ColumnFormat) -> LabelledFile:
    """Read a column file past the lines that cannot be read.

    Raises:
        DataError: it cannot be opened.
    """
    problems: dict[int, str] = {}
    with open_input(path) as stream:
        sentences = tuple(
            _sentence(placed)
            for placed in placed_blocks(stream, path, columns, problems)
            if placed.block.tokens and not placed.is_faulty
        )
    faults = [Finding(path, line, Kind.UNREADABLE, problem) for line, problem in problems.items()]
    if not sentences and not faults:
        expected = "found no sentence, expected one token a line and a blank line between sentences"
        faults.append(Finding(path, 1, Kind.UNREADABLE, expected))
    scheme = SCHEMES.get(columns.scheme) or closest_scheme([sentence.tags for sentence in sentences]) or IOB2
    return LabelledFile(path, sentences, scheme, tuple(faults))


def placed_blocks(
    stream: BufferedReader, path: Path, columns: ColumnFormat, problems: dict[int, str]
) -> Iterator[PlacedBlock]:
    """The blocks of a column file; what is wrong with which of its lines comes into `problems`."""

    def refuse(line: int, problem: str) -> None:
        problems.setdefault(line, problem)

    first_line, known = 1, 0
    for block in read_blocks(stream, path, columns, labelled=True, refuse=refuse):
        yield PlacedBlock(block, first_line, len(problems) > known)
        first_line, known = first_line + len(block.lines), len(problems)


def shown(text: str) -> str:
    """A text in quotes on one line, not too long, with codes for what cannot be seen."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def _sentence(placed: PlacedBlock) -> PlacedSentence:
    block = placed.block
    tags = tuple(map(sys.intern, block.tags))
    return PlacedSentence(tuple(map(sys.intern, block.tokens)), tags, entities_of(tags), placed.lines())
