"""What documents a stream of bytes holds: the whole of it, its lines, its paragraphs, its JSON records. Or its text.

`name` is what ids and errors call the stream. Text is UTF-8; with `errors="replace"` other bytes become U+FFFD. A byte
order mark at the start is no part of the text. Lines end with a line feed.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import BinaryIO, cast

from tagger.config import DecodingErrors
from tagger.corpus.document import Document
from tagger.errors import DataError
from tagger.surrogates import without_surrogates

BLOCK_SIZE = 2**16  # bytes asked for at a time
LARGEST_TEXT = 2**28  # bytes of one document that is a whole file
_BYTE_ORDER_MARK = "\ufeff"
_WIDEST_CHARACTER = 4  # bytes
_KNOWN_FIELDS_WIDTH = 200
_JSON_TYPES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def whole_text(stream: BinaryIO, name: str, errors: DecodingErrors) -> Iterator[Document]:
    """One document with all of the text as it is, empty or not; its id is the name.

    Raises:
        DataError: more than 256 MiB, or undecodable bytes.
    """
    content = bytearray()
    while block := stream.read(BLOCK_SIZE):
        content += block
        if len(content) > LARGEST_TEXT:
            found = f"more than {LARGEST_TEXT // 2**20} MiB of text, too much for one document"
            raise DataError(f"{name}: found {found}; use --documents line or --documents paragraph")
    try:
        text = content.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _undecodable(name, line, error.start, content[error.start]) from None
    yield Document(name, text.removeprefix(_BYTE_ORDER_MARK))


def lines(stream: BinaryIO, name: str, errors: DecodingErrors) -> Iterator[Document]:
    r"""A document a line, without its end (\n or \r\n); those of white space only are left out.

    Raises:
        DataError: undecodable bytes.
    """
    for number, line in _decoded(stream, name, errors):
        if not _is_blank(line):
            yield Document(f"{name}:{number}", _without_end(line))


def paragraphs(stream: BinaryIO, name: str, errors: DecodingErrors) -> Iterator[Document]:
    """A document a run of lines that are not blank, their ends as they are but the last, which is left out.

    Raises:
        DataError: undecodable bytes.
    """
    for blank, run in groupby(_decoded(stream, name, errors), key=lambda numbered: _is_blank(numbered[1])):
        if not blank:
            number, first = next(run)
            text = "".join([first, *(line for _, line in run)])
            yield Document(f"{name}:{number}", _without_end(text))


def records(
    stream: BinaryIO, name: str, errors: DecodingErrors, *, text_field: str, id_field: str
) -> Iterator[Document]:
    """A document a JSON object, of which there is one a line.

    Its id is that of the object where it is a string or a whole number, else the name and the line. Half a surrogate
    pair, which JSON can say and UTF-8 cannot, becomes U+FFFD in texts and ids, with any `errors`; the length stays.

    Raises:
        DataError: undecodable bytes, or a line without an object that has a string in `text_field`.
    """
    for number, line in _decoded(stream, name, errors):
        if _is_blank(line):
            continue
        record = _record(line, name, number)
        text, given = _text_of(record, text_field, name, number), record.get(id_field)
        is_id = isinstance(given, str | int) and not isinstance(given, bool)
        yield Document(without_surrogates(str(given)) if is_id else f"{name}:{number}", without_surrogates(text))


def passages(stream: BinaryIO, name: str, errors: DecodingErrors) -> Iterator[str]:
    """The text as it is, in parts that together are all of it; never more than one is held.

    A part ends after a blank line, or where a line ends once it has 64 K characters. A line longer than that is parted
    as well: after a blank, or between any two characters where it has none.

    Raises:
        DataError: undecodable bytes.
    """
    held, size = list[str](), 0
    for _, line in _decoded(_short_lines(stream), name, errors):
        held.append(line)
        size += len(line)
        if _is_blank(line) or size >= BLOCK_SIZE:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)


def _decoded(stream: Iterable[bytes], name: str, errors: DecodingErrors) -> Iterator[tuple[int, str]]:
    """Lines, or pieces of lines, with their ends and the line's number, from 1."""
    number, offset = 1, 0
    for raw in stream:
        try:
            line = raw.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            raise _undecodable(name, number, offset + error.start, raw[error.start]) from None
        yield number, line if offset else line.removeprefix(_BYTE_ORDER_MARK)
        offset += len(raw)
        number += raw.endswith(b"\n")


def _short_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends, those of more than `BLOCK_SIZE` bytes in pieces."""
    rest = b""
    while raw := rest + stream.readline(BLOCK_SIZE - len(rest)):
        is_whole = len(raw) < BLOCK_SIZE or raw.endswith(b"\n")
        end = len(raw) if is_whole else _parting(raw)
        yield raw[:end]
        rest = raw[end:]


def _parting(raw: bytes) -> int:
    """Where the start of a long line may end: after its last blank, or else at the start of its last character."""
    last = len(raw) - 1
    starts = (place for place in range(last, last - _WIDEST_CHARACTER, -1) if raw[place] & 0xC0 != 0x80)
    return max(raw.rfind(b" "), raw.rfind(b"\t")) + 1 or next(starts, last)


def _undecodable(name: str, line: int, offset: int, byte: int) -> DataError:
    found = f"byte 0x{byte:02x} at offset {offset} of the unpacked file is not UTF-8"
    return DataError.at(name, line, f"{found}; convert the file to UTF-8, or use --errors replace")


def _is_blank(line: str) -> bool:
    return not line or line.isspace()


def _without_end(text: str) -> str:
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _record(line: str, name: str, number: int) -> dict[str, object]:
    try:
        record = json.loads(_without_end(line))
    except json.JSONDecodeError as error:
        found = f"no JSON ({error.msg}, column {error.colno})"
    except (ValueError, RecursionError) as error:  # a number of too many digits, arrays in arrays in arrays
        found = f"JSON that cannot be read ({error})"
    else:
        if isinstance(record, dict):
            return cast("dict[str, object]", record)
        found = _JSON_TYPES[type(record)]
    raise DataError.at(name, number, f"expected a JSON object, one a line, found {found}")


def _text_of(record: dict[str, object], field: str, name: str, number: int) -> str:
    if field not in record:
        known = ", ".join(map(ascii, record)) or "no other"
        known = known if len(known) <= _KNOWN_FIELDS_WIDTH else known[: _KNOWN_FIELDS_WIDTH - 3] + "..."
        found = f"found no field {field!r} but {known}"
        raise DataError.at(name, number, f"{found}; say which one holds the text with --text-field")
    text = record[field]
    if not isinstance(text, str):
        raise DataError.at(name, number, f"expected a string in field {field!r}, found {_JSON_TYPES[type(text)]}")
    return text
