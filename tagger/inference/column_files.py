"""Tagging column files: line for line, in constant memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_blocks
from tagger.errors import DataError
from tagger.inference.tagger import Tagger

_WINDOW = 4096  # blocks read, tagged and written at a time: enough to group by length, little to hold


def tag_columns(
    tagger: Tagger, stream: Iterable[bytes], name: str | Path, columns: ColumnFormat, min_confidence: float = 0.0
) -> Iterator[str]:
    """The text of a column file with one more column, the predicted tags, piece by piece.

    Args:
        min_confidence: see `Tagger.tag`.

    Raises:
        DataError: with path and line, see `read_blocks`; or a file without a token.
    """
    blocks = read_blocks(stream, name, columns, labelled=False)
    found_token, held = False, ""  # what precedes the first token waits for it: a file without one gives nothing
    while window := list(islice(blocks, _WINDOW)):
        found_token = found_token or any(block.tokens for block in window)
        tagged = tagger.tag([block.tokens for block in window], min_confidence=min_confidence)
        pairs = zip(window, tagged, strict=True)
        held += "".join(block.with_column(sentence.tags or (), columns.separator) for block, sentence in pairs)
        if found_token:
            yield held
            held = ""
    if not found_token:
        raise DataError.at(name, 1, "found no token, expected one a line")
