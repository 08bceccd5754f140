"""Pretrained word vectors: GloVe text, word2vec text with its header line, gzip of either."""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice, takewhile
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from tagger.errors import DataError
from tagger.features.vocabulary import Vocabulary, vector_forms
from tagger.files import open_input

_CHUNK = 2000  # lines parsed at once
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Words and their vectors, `matrix` of shape [N, E]."""

    words: tuple[str, ...]
    matrix: NDArray[np.float32]

    @property
    def size(self) -> int:
        """E, the width of a vector."""
        return int(self.matrix.shape[1])


def read_vectors(path: str | Path, size: int | None = None) -> WordVectors:
    """Read a vectors file.

    Args:
        size: the width the vectors must have; None takes that of the first line.

    Raises:
        DataError: with path and line: a vector of another width, a value that is no finite number, a byte that is
            not UTF-8; or a file without vectors.
    """
    words: list[str] = []
    parts: list[NDArray[np.float32]] = []
    declared_words = None
    with open_input(path) as file, _unzipped(file) as stream:
        lines = enumerate(_lines(stream, path), start=1)
        while chunk := list(islice(lines, _CHUNK)):
            if chunk[0][0] == 1 and _is_header(chunk[0][1]):
                declared_words, declared = map(int, chunk[0][1].split(" "))
                _check_width(declared, size, path, 1)
                size = declared
                del chunk[0]
            if chunk:
                size = size or len(chunk[0][1].split(" ")) - 1
                found, matrix = _parse(chunk, size, path)
                words += found
                parts.append(matrix)
    if not words or not size:
        raise DataError.at(path, 1, "found no word vectors, expected lines of a word and its numbers")
    if declared_words is not None and declared_words != len(words):
        raise DataError.at(path, 1, f"the header says {declared_words} words, found {len(words)}")
    return WordVectors(tuple(words), np.concatenate(parts))


def initial_matrix(
    vocabulary: Vocabulary, size: int, vectors: WordVectors | None, generator: np.random.Generator
) -> NDArray[np.float32]:
    """The embedding matrix before training, [V, E]: normal / sqrt(E), and pretrained rows where a word has one."""
    matrix: NDArray[np.float32] = generator.standard_normal((len(vocabulary), size)).astype(np.float32)
    matrix /= np.sqrt(size)
    if vectors is None:
        return matrix
    rows = {word: row for row, word in reversed(list(enumerate(vectors.words)))}  # the first of two wins
    for row, word in enumerate(vocabulary.words):
        form = next((form for form in vector_forms(word) if form in rows), None)
        if form is not None:
            matrix[row] = vectors.matrix[rows[form]]
    return matrix


def _unzipped(stream: BufferedReader) -> BinaryIO:
    zipped = stream.peek(2)[:2] == _GZIP_MAGIC
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if zipped else stream


def _lines(stream: BinaryIO, path: str | Path) -> Iterator[str]:
    number = 0
    try:
        for raw in stream:
            number += 1
            text = raw.decode("utf-8").replace("\t", " ").rstrip(" \r\n")
            yield text.removeprefix("\ufeff") if number == 1 else text
    except UnicodeDecodeError as error:
        raise DataError.at(path, number, f"byte 0x{error.object[error.start]:02x} is not UTF-8") from None
    except (EOFError, OSError, zlib.error) as error:
        raise DataError.at(path, number + 1, f"the compressed file is broken: {error}") from None


def _is_header(line: str) -> bool:
    cells = line.split(" ")
    return len(cells) == 2 and all(cell.isdecimal() for cell in cells)


def _parse(chunk: Sequence[tuple[int, str]], size: int, path: str | Path) -> tuple[list[str], NDArray[np.float32]]:
    """Parse numbered lines all at once; where that fails, one by one to name the line that is broken."""
    cells = [line.partition(" ") for _, line in chunk]
    try:
        values = np.fromstring(" ".join(numbers for _, _, numbers in cells), dtype=np.float32, sep=" ")
    except ValueError:
        values = np.empty(0, dtype=np.float32)
    regular = all(word and numbers.count(" ") == size - 1 and "  " not in numbers for word, _, numbers in cells)
    if regular and values.size == len(chunk) * size and np.isfinite(values).all():
        return [word for word, _, _ in cells], values.reshape(-1, size)
    parsed = [_parse_line(line, size, path, number) for number, line in chunk]
    return [word for word, _ in parsed], np.stack([vector for _, vector in parsed])


def _parse_line(line: str, size: int, path: str | Path, number: int) -> tuple[str, NDArray[np.float32]]:
    word, *cells = line.rsplit(" ", size)  # from the right: a word may hold blanks
    if not word and len(cells) == size:
        raise DataError.at(path, number, "expected a word before the numbers, found none")
    surplus = sum(1 for _ in takewhile(_NUMBER.fullmatch, reversed(word.split(" ")[1:])))
    if not word or len(cells) != size or surplus:
        _check_width(max(len(line.split(" ")) - 1, 0) if not surplus else size + surplus, size, path, number)
    return word, np.array([_number(cell, path, number) for cell in cells], dtype=np.float32)


def _number(cell: str, path: str | Path, number: int) -> float:
    value = float(cell) if _NUMBER.fullmatch(cell) else np.nan
    if not abs(value) <= np.finfo(np.float32).max:
        raise DataError.at(path, number, f"expected a finite number in a vector, found {cell!r}")
    return value


def _check_width(found: int, expected: int | None, path: str | Path, number: int) -> None:
    if expected is not None and found != expected:
        raise DataError.at(path, number, f"expected a vector of {expected} numbers, found {found}")
