"""A labelled file, with what a report says of its places: lines and documents."""

from dataclasses import dataclass
from pathlib import Path

from tagger.config import ColumnFormat
from tagger.corpus.columns import split_line, starts_document
from tagger.corpus.conll import Block, read_blocks, scheme_of
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.files import open_input


@dataclass(frozen=True, slots=True)
class GoldFile:
    """The sentences of a file and, for each of them, where it stands.

    Args:
        lines: the line of each sentence's first token, from 1.
        documents: the document of each sentence, from 0; all 0 where no line starts a document.
    """

    path: Path
    sentences: tuple[Sentence, ...]
    lines: tuple[int, ...]
    documents: tuple[int, ...]
    scheme: Scheme


def read_gold(path: Path, columns: ColumnFormat) -> GoldFile:
    """Read a labelled column file.

    Raises:
        DataError: with path and line, see `read_blocks`; or a file that cannot be opened or holds no sentence.
    """
    sentences: list[Sentence] = []
    lines: list[int] = []
    documents: list[int] = []
    before, document = 0, 0
    with open_input(path) as stream:
        for block in read_blocks(stream, path, columns, labelled=True):
            document += bool(sentences) and _starts_document(block, columns)
            if block.tokens:
                sentences.append(block.sentence())
                lines.append(before + block.token_rows[0] + 1)
                documents.append(document)
            before += len(block.lines)
    if not sentences:
        raise DataError.at(path, 1, "found no sentence, expected one token a line and a blank line between sentences")
    scheme = scheme_of(sentences, path, columns)
    return GoldFile(path, tuple(sentences), tuple(lines), tuple(documents), scheme)


def _starts_document(block: Block, columns: ColumnFormat) -> bool:
    """Whether a line before the block's tokens says that a document starts."""
    others = [line for row, line in enumerate(block.lines) if row not in block.token_rows]
    read = [line for line in others if not columns.comment_prefix or not line.startswith(columns.comment_prefix)]
    return any(starts_document(split_line(line, columns.separator)) for line in read)
