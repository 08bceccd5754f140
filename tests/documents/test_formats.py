"""Documents of every format: what comes out is what was put together, at the lines that the ids name."""

import gzip
import io
import json
import re
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.documents import formats
from tagger.documents.sources import Source, read_documents
from tagger.errors import DataError

UNITS = ("file", "line", "paragraph")
BYTE_ORDER_MARK = "\ufeff"
letters = st.sampled_from("aé😀\u200b\ufeff\0") | st.characters(codec="utf-8", exclude_characters="\n")
blanks = st.sampled_from("\r \t\f\v\x1c\x85\u00a0\u2028")
texts = st.text(letters | blanks, max_size=6)
ends = st.sampled_from(["\n", "\r\n"])
marks = st.sampled_from(["", BYTE_ORDER_MARK])


class Trickle(io.RawIOBase):
    """A pipe whose writer sends a few bytes at a time, and then, if asked to, fails the test."""

    def __init__(self, content, sizes=(1,), *, ends=True):
        self.content, self.sizes, self.ends = content, sizes, ends

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.content and not self.ends:
            raise AssertionError("read on")
        self.sizes = self.sizes[1:] + self.sizes[:1]
        block = self.content[: min(self.sizes[0], len(buffer))]
        self.content = self.content[len(block) :]
        buffer[: len(block)] = block
        return len(block)


def pairs(documents):
    return ((document.id, document.text) for document in documents)


def read_from_standard_input(raw, kind="text", buffer_size=16, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(raw, buffer_size)))
        yield from pairs(read_documents(Source(Path("-"), kind), **options))


def read(content, kind="text", **options):
    data = content if isinstance(content, bytes) else content.encode()
    return list(read_from_standard_input(io.BytesIO(data), kind, **options))


def is_blank(text):
    return re.fullmatch(r"\s*", text) is not None


@st.composite
def numbered_lines(draw, first=1, min_size=0, text=texts):
    """Lines as (number, text, end); no carriage return ends a text before a line feed, it would be of the end."""
    rows = draw(st.lists(st.tuples(text, ends), min_size=min_size, max_size=5))
    kept = [(line.rstrip("\r") if end == "\n" else line, end) for line, end in rows]
    return [(number, line, end) for number, (line, end) in enumerate(kept, start=first)]


def joined(rows):
    return "".join(line + end for _, line, end in rows)


@st.composite
def files_of_lines(draw):
    """The text of a file and the (id, text) of each line of it that is not blank."""
    rows = draw(numbered_lines())
    last = draw(texts.map(lambda text: text.lstrip(BYTE_ORDER_MARK)))
    rows = [*rows, (len(rows) + 1, last, "")]
    text = joined(rows).lstrip(BYTE_ORDER_MARK)
    number, line, end = rows[0]
    rows[0] = number, line.lstrip(BYTE_ORDER_MARK), end
    return text, [(f"-:{number}", line) for number, line, _ in rows if not is_blank(line)]


@st.composite
def files_of_paragraphs(draw):
    """The text of a file and the (id, text) of each paragraph of it."""
    words = texts.map(lambda text: f"a{text}b")
    text, expected, number = "", [], 1
    for _ in range(draw(st.integers(0, 4))):
        gap = draw(numbered_lines(number, int(bool(expected)), st.text(blanks, max_size=3)))
        rows = draw(numbered_lines(number + len(gap), 1, words))
        expected.append((f"-:{rows[0][0]}", joined(rows).removesuffix(rows[-1][2])))
        text += joined(gap) + joined(rows)
        number += len(gap) + len(rows)
    if expected and draw(st.booleans()):
        text = text.removesuffix(rows[-1][2])
    return text, expected


json_texts = st.text(letters | blanks | st.sampled_from('\n\\"\ud800\udbff\udc00\udfff'), max_size=6)


def whole(text):
    """A text as UTF-16 with what is half a pair replaced, which is what JSON's escapes are."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@st.composite
def files_of_records(draw):
    """The text of a file of JSON objects and the (id, text) of each."""
    text, expected = "", []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        if draw(st.booleans()):
            record = {"text": draw(json_texts), "id": draw(json_texts | st.integers() | st.none() | st.booleans())}
            halves = any("\ud800" <= character <= "\udfff" for character in f"{record['text']}{record['id']}")
            text += json.dumps(record, ensure_ascii=halves or draw(st.booleans()))
            named = type(record["id"]) in {str, int}
            expected.append((whole(str(record["id"])) if named else f"-:{number}", whole(record["text"])))
        else:
            text += draw(st.text(blanks.filter(lambda blank: blank != "\n"), max_size=2))
        text += draw(ends)
    return text, expected


@settings(deadline=None)
@given(st.text(letters | blanks | st.just("\n"), max_size=20).map(lambda text: text.lstrip(BYTE_ORDER_MARK)), marks)
def test_a_whole_file_is_one_document_as_it_is(text, mark):
    assert read(mark + text) == [("-", text)]


@settings(deadline=None, max_examples=200)
@given(files_of_lines(), marks)
def test_lines_come_as_they_were_put_together(file, mark):
    text, expected = file
    assert read(mark + text, unit="line") == expected


@settings(deadline=None, max_examples=200)
@given(st.text(letters | blanks | st.just("\n"), max_size=20), marks)
def test_a_line_stands_where_its_id_says(text, mark):
    content = (mark + text).encode()
    rows = content.removeprefix(BYTE_ORDER_MARK.encode()).split(b"\n")
    for name, line in read(content, unit="line"):
        row = rows[int(name.removeprefix("-:")) - 1]
        assert row.removesuffix(b"\r") == line.encode() or row == line.encode()


@settings(deadline=None, max_examples=200)
@given(files_of_paragraphs(), marks)
def test_paragraphs_come_as_they_were_put_together(file, mark):
    text, expected = file
    assert read(mark + text, unit="paragraph") == expected


@settings(deadline=None, max_examples=200)
@given(files_of_records(), marks)
def test_records_come_as_they_were_put_together(file, mark):
    text, expected = file
    assert read(mark + text, "jsonl") == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("file", [("-", "\n Ada\r\nKing \r\r\n\t\n\nTurin\r")]),
        ("line", [("-:2", " Ada"), ("-:3", "King \r"), ("-:6", "Turin\r")]),
        ("paragraph", [("-:2", " Ada\r\nKing \r"), ("-:6", "Turin\r")]),
    ],
)
@pytest.mark.parametrize("mark", ["", BYTE_ORDER_MARK])
def test_a_text_by_hand(mark, unit, expected):
    assert read(mark + "\n Ada\r\nKing \r\r\n\t\n\nTurin\r", unit=unit) == expected


@pytest.mark.parametrize("unit", UNITS)
def test_a_mark_within_a_file_is_text(unit):
    assert [text for _, text in read("a\ufeff\n\ufeffb", unit=unit)] == (
        ["a\ufeff", "\ufeffb"] if unit == "line" else ["a\ufeff\n\ufeffb"]
    )
    assert [text for _, text in read("\ufeff\ufeffa", unit=unit)] == ["\ufeffa"]


@pytest.mark.parametrize(("unit", "count"), [("file", 1), ("line", 0), ("paragraph", 0)])
@pytest.mark.parametrize("content", ["", "\n", " \n\r\n\t", BYTE_ORDER_MARK, BYTE_ORDER_MARK + "\n"])
def test_blank_text_is_a_document_as_a_file_alone(content, unit, count):
    assert len(read(content, unit=unit)) == count


@pytest.mark.parametrize("unit", UNITS)
@settings(deadline=None)
@given(text=st.text(letters | blanks | st.just("\n"), max_size=30), sizes=st.lists(st.integers(1, 5), min_size=1))
def test_blocks_of_any_size_give_the_same(unit, text, sizes):
    expected = read(text, unit=unit)
    for block_size in (1, 2, 3, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(formats, "BLOCK_SIZE", block_size)
            trickle = Trickle(text.encode(), sizes)
            assert list(read_from_standard_input(trickle, unit=unit, buffer_size=block_size)) == expected


@pytest.mark.parametrize("unit", UNITS)
@settings(deadline=None)
@given(
    text=st.text(letters | blanks | st.just("\n"), max_size=30),
    parts=st.lists(st.integers(0, 30)),
    pad=st.integers(0, 3),
)
def test_gzip_reads_as_what_it_packs(unit, text, parts, pad):
    content, cuts = text.encode(), [0, *sorted(parts), None]
    members = [gzip.compress(content[start:end]) for start, end in pairwise(cuts)]
    packed = b"".join(members) + bytes(pad)
    assert read(packed, unit=unit) == read(content, unit=unit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "BLOCK_SIZE", 1)
        assert list(read_from_standard_input(Trickle(packed), unit=unit)) == read(content, unit=unit)


@pytest.mark.parametrize("unit", ["line", "paragraph"])
@settings(deadline=None)
@given(text=st.text(letters | blanks | st.just("\n"), max_size=30))
def test_ids_are_unique_within_a_file(unit, text):
    ids = [name for name, _ in read(text, unit=unit)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("kind", "unit", "content", "line", "byte", "offset"),
    [
        ("text", "file", b"a\n\xc3\xa9\n\xffb\nc", 3, "ff", 5),
        ("text", "line", b"a\n\xc3\xa9\n\xffb", 3, "ff", 5),
        ("text", "paragraph", b"a\n\xc3\xa9\nb\xc3\nc", 3, "c3", 6),
        ("text", "file", b"\xef\xbb\xbfa\r\nb\xed\xa0\x80", 2, "ed", 7),
        ("text", "line", b"\xef\xbb\xbfa\r\nb\xed\xa0\x80", 2, "ed", 7),
        ("jsonl", "file", b'{"text": "a"}\n{"text": "\xe9"}\n', 2, "e9", 24),
        ("text", "line", "a".encode("utf-16"), 1, "ff", 0),
    ],
)
def test_undecodable_bytes_are_errors_with_their_place(kind, unit, content, line, byte, offset):
    for packed in (content, gzip.compress(content)):
        with pytest.raises(DataError, match=rf"^-:{line}: byte 0x{byte} at offset {offset} .*--errors replace$"):
            read(packed, kind, unit=unit)


@pytest.mark.parametrize("unit", UNITS)
@settings(deadline=None)
@given(content=st.lists(st.binary(max_size=3) | texts.map(str.encode), max_size=8).map(b"".join))
def test_undecodable_bytes_are_replaced_where_that_is_asked_for(unit, content):
    plain = b"a" + content  # neither packed nor marked
    assert read(plain, unit=unit, errors="replace") == read(plain.decode("utf-8", "replace"), unit=unit)


def test_undecodable_bytes_of_records_are_replaced_where_that_is_asked_for():
    assert read(b'{"text": "a\xffb"}', "jsonl", errors="replace") == [("-:1", "a\ufffdb")]


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ('{"text": "Ada"}', "-:2"),
        ('{"text": "Ada", "id": "7"}', "7"),
        ('{"text": "Ada", "id": ""}', ""),
        ('{"text": "Ada", "id": 7}', "7"),
        ('{"text": "Ada", "id": -1}', "-1"),
        ('{"text": "Ada", "id": true}', "-:2"),
        ('{"text": "Ada", "id": 7.5}', "-:2"),
        ('{"text": "Ada", "id": null}', "-:2"),
        ('{"text": "Ada", "id": ["7"]}', "-:2"),
    ],
)
def test_the_name_of_a_record_is_its_own_or_its_line(record, name):
    assert read(f"\n {record} \r\n", "jsonl") == [(name, "Ada")]


def test_a_record_has_the_fields_that_are_asked_for():
    content = '{"text": "a", "body": "Ada\\nKing", "id": "1", "key": 2}'
    assert read(content, "jsonl", text_field="body", id_field="key") == [("2", "Ada\nKing")]


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"a\ud800", "a\ufffd"),
        (r"\udc00\ud800b", "\ufffd\ufffdb"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ud83d\ude00", "\ufffd😀"),
    ],
)
@pytest.mark.parametrize("errors", ["strict", "replace"])
def test_half_a_pair_of_surrogates_becomes_one_replacement_character(escaped, text, errors):
    content = f'{{"text": "{escaped}", "id": "{escaped}"}}'
    assert read(content, "jsonl", errors=errors) == [(text, text)]
    assert len(text) == len(json.loads(content)["text"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "Ada"', r"expected a JSON object, one a line, found no JSON \(Expecting ',' delimiter, column 15\)"),
        ("Ada", r"expected a JSON object, .* found no JSON \(Expecting value, column 1\)"),
        ('{"text": "a"} {}', r"expected a JSON object, .* found no JSON \(Extra data, column 15\)"),
        ("[" * 100_000, "expected a JSON object, .* found JSON that cannot be read .*recursion"),
        (
            '{"text": "a", "n": ' + "1" * 5000 + "}",
            "expected a JSON object, .* found JSON that cannot .*digits",
        ),
        ('["Ada"]', "expected a JSON object, one a line, found an array"),
        ('"Ada"', "expected a JSON object, one a line, found a string"),
        ("null", "expected a JSON object, one a line, found null"),
        ("true", "expected a JSON object, one a line, found true or false"),
        ("1.5", "expected a JSON object, one a line, found a number"),
        ('{"body": "a", "id": 1}', "found no field 'text' but 'body', 'id'; say .* with --text-field$"),
        ('{"a\\nb\\ud800": 1}', r"found no field 'text' but 'a\\nb\\ud800'; say"),
        ("{}", "found no field 'text' but no other; say"),
        ('{"text": null}', "expected a string in field 'text', found null"),
        ('{"text": 1}', "expected a string in field 'text', found a number"),
        ('{"text": ["Ada"]}', "expected a string in field 'text', found an array"),
        ('{"text": {"a": "Ada"}}', "expected a string in field 'text', found an object"),
    ],
)
def test_what_is_no_record_is_an_error_with_its_line(line, message):
    with pytest.raises(DataError, match=f"^-:3: {message}") as caught:
        read(f'{{"text": "a"}}\n\n{line}\n', "jsonl")
    assert "\n" not in str(caught.value)


def test_an_error_names_no_endless_list_of_fields():
    record = json.dumps({f"field{number}": 1 for number in range(1000)})
    with pytest.raises(DataError) as caught:
        read(record, "jsonl")
    assert "'field0', 'field1'" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_whole_file_has_a_largest_size(monkeypatch, pack):
    assert formats.LARGEST_TEXT == 256 * 1024 * 1024
    monkeypatch.setattr(formats, "LARGEST_TEXT", 2**20)
    largest = b"a" * 2**20
    assert read(pack(largest)) == [("-", largest.decode())]
    with pytest.raises(DataError, match=r"^-: found more than 1 MiB .*--documents line or --documents paragraph$"):
        read(pack(largest + b"a"))
    for unit in ("line", "paragraph"):
        assert read(pack(largest + b"a"), unit=unit) == [("-:1", largest.decode() + "a")]


@pytest.mark.parametrize(
    ("kind", "unit", "content"),
    [("text", "line", b"Ada\n"), ("text", "paragraph", b"Ada\n\n"), ("jsonl", "file", b'{"text": "Ada"}\n')],
)
def test_a_document_comes_before_the_rest_is_read(kind, unit, content):
    trickle = Trickle(content, ends=False)
    assert next(read_from_standard_input(trickle, kind, unit=unit)) == ("-:1", "Ada")


@pytest.mark.parametrize(
    ("name", "unit", "line"),
    [("a.txt", "line", "{}\n"), ("a.txt", "paragraph", "{}\n \n"), ("a.jsonl", "file", '{{"text": "{}"}}\n')],
)
def test_nothing_but_a_document_is_held(tmp_path, name, unit, line):
    path = tmp_path / f"{name}.gz"
    with gzip.open(path, "wt", compresslevel=1) as stream:
        for _ in range(300):
            stream.write(line.format("a" * 50_000))
    kind = "jsonl" if "json" in name else "text"
    tracemalloc.start()
    try:
        assert sum(len(document.text) for document in read_documents(Source(path, kind), unit=unit)) == 15_000_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("unit", UNITS)
def test_a_very_long_line_is_one_document(unit):
    text = "é😀" * 1_000_000
    ((_, read_text),) = read(text + "\n", unit=unit)
    assert read_text.rstrip("\n") == text
