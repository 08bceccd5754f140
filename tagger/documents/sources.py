"""Files with text, as a user names them, and the documents in them, in constant memory."""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from glob import glob
from io import BufferedReader, RawIOBase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeVar, cast

from tagger.config import ColumnFormat, DecodingErrors, Unit
from tagger.corpus.document import Document
from tagger.documents import formats
from tagger.documents.column_documents import column_documents
from tagger.errors import DataError
from tagger.files import open_input

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Kind = Literal["text", "jsonl", "columns"]
Content = TypeVar("Content")

STANDARD_INPUT = Path("-")
_KINDS: dict[str, Kind] = {".txt": "text", ".text": "text", ".md": "text", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_UNITS = {"file": formats.whole_text, "line": formats.lines, "paragraph": formats.paragraphs}
_GZIP_SUFFIX, _GZIP_MAGIC = ".gz", b"\x1f\x8b"
_UNFINISHED = ".unfinished"  # what runs of this program that are not over have beside their results
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or `-` for standard input, and what is in it."""

    path: Path
    kind: Kind


def find_sources(paths: Sequence[Path], kind: Kind | None = None) -> list[Source]:
    """The files that a user means, in the order given; those below a directory or of a pattern sorted by name.

    A directory's files are all below it, also by way of links, but for those whose own name or whose directory's name
    starts with a dot, for `.unfinished` ones of our own, and for what is no file (pipes, sockets). A pattern has *, ?
    or [ in it and is no file's name.

    Args:
        kind: what is in them all; without it their names say so, in any case and before .gz.

    Raises:
        DataError: no such file, a directory or pattern with none, or a file that is named twice. Two hard links are
            two files.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _files_of(path):
            place = file if file == STANDARD_INPUT else file.resolve()
            if place in found:
                raise DataError(f"{file}: the same file as {found[place]}; name it once")
            found[place] = file
    return [Source(file, kind or _kind_of(file)) for file in found.values()]


def read_documents(
    source: Source,
    *,
    unit: Unit = "file",
    text_field: str = "text",
    id_field: str = "id",
    errors: DecodingErrors = "strict",
    columns: ColumnFormat | None = None,
) -> Iterator[Document]:
    r"""Read documents one by one from a file of text, of JSON objects or of columns, which gzip may have packed.

    Text is UTF-8; a byte order mark at its start is dropped before any offset is counted. Line ends within a document
    stay as they are. Never more than one document is held.

    Args:
        unit: what of a text file is a document, and its id: all of it, by the path; each line without its end, or each
            run of lines without the last one's end, by path:line of the first. Lines end with \n or \r\n; those of
            white space only are in no document of these two.
        text_field, id_field: the fields of a JSON object. Its id is path:line where it has no string or whole number.
        errors: with "replace", bytes that are not UTF-8 become U+FFFD. Half a surrogate pair in JSON always does.
        columns: where the words of a column file are; see `column_documents`.

    Raises:
        DataError: while it is read: a file that cannot be read or unpacked, undecodable bytes, more than 256 MiB where
            the file is one document, a line that is no JSON object with a string in `text_field`.
    """
    if source.kind == "columns":
        return _contents(source.path, partial(column_documents, columns=columns or ColumnFormat(), unit=unit))
    read = _UNITS[unit]
    if source.kind == "jsonl":
        read = partial(formats.records, text_field=text_field, id_field=id_field)
    return _contents(source.path, partial(read, errors=errors))


def read_text(source: Source, errors: DecodingErrors = "strict") -> Iterator[str]:
    """Read a text file, which gzip may have packed, in parts of 64 K characters or less, or a little more.

    Raises:
        DataError: while it is read: a file that cannot be read or unpacked, undecodable bytes.
    """
    return _contents(source.path, partial(formats.passages, errors=errors))


def all_documents(path: Path) -> Iterator[Document]:
    """The documents of a file, or of all files below a directory.

    Raises:
        DataError: see `find_sources` and `read_documents`.
    """
    for source in find_sources([path]):
        yield from read_documents(source)


def _contents(path: Path, read: partial[Iterator[Content]]) -> Iterator[Content]:
    name = str(path).encode("utf-8", "backslashreplace").decode()  # a file's name may be no text
    with _unpacked(path) as stream:
        yield from read(stream, name)


def _files_of(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            return _any_of(_files_below(path), f"{path}: found no file in this directory; hidden ones do not count")
        if path == STANDARD_INPUT or path.exists():
            return [path]
        if _WILDCARDS.isdisjoint(str(path)):
            raise DataError(f"{path}: no such file")
        matches = map(Path, glob(str(path), recursive=True))  # noqa: PTH207 - Path.glob takes hidden files too
        files = {file for match in matches for file in _files_below(match)}
        return _any_of(sorted(files), f"{path}: found no file of such a name")
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read: {error.strerror}") from None


def _any_of(files: Sequence[Path], message: str) -> list[Path]:
    if not files:
        raise DataError(message)
    return [file.absolute() if file == STANDARD_INPUT else file for file in files]  # a file of that name


def _files_below(path: Path, above: frozenset[Path] = frozenset()) -> list[Path]:
    """A file itself, or all files below a directory; `above` are the directories that led there."""
    if not path.is_dir():
        if not path.exists():
            raise DataError(f"{path}: a link to no file; remove it, or name files one by one")
        return [path] if path.is_file() else []
    place = path.resolve()
    if place in above:
        raise DataError(f"{path}: a link to a directory that it is in; remove it, or name files one by one")
    items = sorted(item for item in path.iterdir() if not item.name.startswith(".") and item.suffix != _UNFINISHED)
    return [file for item in items for file in _files_below(item, above | {place})]


def _kind_of(path: Path) -> Kind:
    name = path.name.lower().removesuffix(_GZIP_SUFFIX)
    return _KINDS.get(PurePath(name).suffix, "columns")


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    try:
        with _opened(path) as packed:
            head = packed.read(len(_GZIP_MAGIC))
            stream: BinaryIO = BufferedReader(_Rejoined(head, packed), formats.BLOCK_SIZE)
            is_named_so = path.name.lower().endswith(_GZIP_SUFFIX)
            if is_named_so and not head:
                raise EOFError("it is empty")
            if is_named_so or head == _GZIP_MAGIC:
                stream = BufferedReader(gzip.GzipFile(fileobj=stream, mode="rb"), formats.BLOCK_SIZE)
            yield stream
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: cannot be unpacked, the gzip file is damaged or cut short ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    if path != STANDARD_INPUT:
        with open_input(path) as stream:
            yield stream
    elif sys.stdin is None:
        raise DataError("standard input is closed; name a file")
    else:
        yield cast("BufferedReader", sys.stdin.buffer)


class _Rejoined(RawIOBase):
    """A stream of which the first bytes were read to look at them, from those bytes on."""

    def __init__(self, head: bytes, rest: BufferedReader) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer with what there is so far, and say with how much; 0 at the end."""
        view = memoryview(buffer)
        block = self._head[: len(view)] or self._rest.read1(len(view))
        self._head = self._head[len(view) :]
        view[: len(block)] = block
        return len(block)
