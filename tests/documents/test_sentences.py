"""Unlabelled text of every format: the sentences are those that were put in, and joined passages are the text."""

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tagger.config import ColumnFormat, TextFormat
from tagger.documents import formats, sentences
from tagger.documents.sentences import find_raw_text, read_passages, read_sentences
from tagger.errors import ConfigError, DataError

PART = 65536  # characters


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def raw_text(*names, tokenized=False, columns=None, kind="auto", **options):
    columns = columns or ColumnFormat()
    return find_raw_text(list(map(Path, names)), TextFormat(**options), columns, tokenized=tokenized, kind=kind)


def written(name, content):
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def sentences_of(*names, **options):
    return [" ".join(tokens) for tokens in read_sentences(raw_text(*names, **options))]


def text_of(*names, **options):
    return "".join(read_passages(raw_text(*names, **options)))


def peak_of(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def a_file_of_each_format():
    written("b.txt", "Ada met Mary. They spoke.\n")
    written("a.jsonl", '{"text": "Ann isn\'t in."}\n{"text": ""}\n{"text": "Who\\n\\nknows?"}\n')
    written("c.conll", "-DOCSTART- O\n\nLund B-LOC\n. O\n\nno way O\n\n\n")
    written("d.txt.gz", gzip.compress(b"\n\nPacked."))
    return "b.txt", "a.jsonl", "c.conll", "d.txt.gz"


def test_sentences_come_in_the_order_of_the_files_whatever_their_format():
    raw = raw_text(*a_file_of_each_format())
    expected = [
        ("Ada", "met", "Mary", "."),
        ("They", "spoke", "."),
        ("Ann", "is", "n't", "in", "."),
        ("Who",),
        ("knows", "?"),
        ("Lund", "."),
        ("no",),
        ("Packed", "."),
    ]
    assert list(read_sentences(raw)) == expected
    assert list(read_sentences(raw)) == expected, "as often as one likes"


def test_passages_hold_each_file_and_record_apart():
    names = a_file_of_each_format()
    expected = "Ada met Mary. They spoke.\nAnn isn't in.\nWho\n\nknows?\nLund .\nno\n\n\nPacked."
    assert text_of(*names) == expected
    assert text_of("d.txt.gz", "b.txt") == "\n\nPacked.\nAda met Mary. They spoke.\n"
    assert text_of(written("e.jsonl", '{"text": "a\\n"}\n{"text": "b"}')) == "a\nb"
    assert text_of("b.txt", written("f.txt", "\ufeff"), "d.txt.gz") == "Ada met Mary. They spoke.\n\n\nPacked."


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n \t\n", "\n\n\n\n"])
def test_a_blank_line_ends_a_sentence_and_a_line_does_not(blank):
    content = f"A title{blank}The man\nwent. He\r\nslept{blank}"
    assert sentences_of(written("a.txt", content)) == ["A title", "The man went .", "He slept"]


def test_tokenized_lines_are_sentences_as_they_are():
    content = "\ufeff isn't  a\tb. c \r\n\n \nDr. X\u2028y"
    written("a.txt", content)
    written("a.jsonl", json.dumps({"text": content.lstrip("\ufeff")}))
    expected = [("isn't", "a", "b.", "c"), ("Dr.", "X", "y")]
    for name in ("a.txt", "a.jsonl"):
        assert list(read_sentences(raw_text(name, tokenized=True))) == expected
    assert text_of("a.txt", tokenized=True) == content.lstrip("\ufeff")


@pytest.mark.parametrize("blanks", ["\n", " ", "\t"])
def test_text_without_a_blank_line_or_with_a_long_one_loses_no_token(blanks):
    tokens = [f"é{number}" for number in range(60_000)]
    written("a.txt", blanks.join(tokens))
    for tokenized in (False, True):
        found = list(read_sentences(raw_text("a.txt", tokenized=tokenized)))
        assert [token for sentence in found for token in sentence] == tokens
    passages = list(read_passages(raw_text("a.txt")))
    assert "".join(passages) == blanks.join(tokens)
    assert len(passages) > 2
    assert all(len(passage) < 2 * PART for passage in passages)
    assert all(len(passage) >= PART for passage in passages[:-1])


def test_a_text_of_lines_is_parted_between_them():
    lines = [f"line {number} of a text has its tokens" for number in range(10_000)]
    written("a.txt", "\n".join(lines))
    found = sentences_of("a.txt")
    assert 2 < len(found) < 10
    assert all(sentence.startswith("line ") and sentence.endswith(" tokens") for sentence in found)
    assert sentences_of("a.txt", tokenized=True) == lines


CHARACTERS = "a é€😀\n\r\t\u2028\ufeff"


@settings(deadline=None, max_examples=300)
@given(st.text(CHARACTERS, max_size=60), st.integers(5, 12), st.binary(max_size=3))
def test_whatever_the_text_its_passages_joined_are_it(text, size, stray):
    name = "any.txt"
    for content in (text.encode(), text.encode()[:20] + stray + text.encode()[20:]):
        assume(not content.startswith(b"\x1f\x8b"))  # which would be gzip
        Path(name).write_bytes(content)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(formats, "BLOCK_SIZE", size)
            patch.setattr(sentences, "BLOCK_SIZE", size)
            passages = list(read_passages(raw_text(name, errors="replace")))
        assert "".join(passages) == content.decode(errors="replace").removeprefix("\ufeff")
        assert all(passages)
        assert all(len(passage) < 4 * size for passage in passages)


@pytest.mark.parametrize(("before", "line"), [("", 1), ("é\nb\n\nc\n", 5), ("a\n" + "b " * 50_000 + "\nc ", 3)])
def test_bytes_that_are_not_utf_8_are_an_error_at_their_line_or_replaced(before, line):
    offset = len(before.encode())
    written("a.txt", before.encode() + b"x\xffy. B.\n")
    message = rf"^a.txt:{line}: byte 0xff at offset {offset + 1} of the unpacked file is not UTF-8"
    for read in (read_sentences, read_passages):
        with pytest.raises(DataError, match=message):
            list(read(raw_text("a.txt")))
    assert sentences_of("a.txt", errors="replace")[-1].split()[-2:] == ["B", "."]
    assert text_of("a.txt", errors="replace") == before + "x\ufffdy. B.\n"


def test_options_reach_the_readers():
    written("a.jsonl", '{"body": "Das ist z.B. gut. Ja."}')
    assert sentences_of("a.jsonl", text_field="body", language="de")[0] == "Das ist z.B. gut ."
    written("a.tsv", "# note\n1\tNew York\n2\tis\n")
    columns = ColumnFormat(word_column=2, comment_prefix="#")
    assert list(read_sentences(raw_text("a.tsv", columns=columns))) == [("New York", "is")]
    assert text_of("a.tsv", columns=columns) == "New York is\n"
    written("b.jsonl", b'{"text": "\xff"}')
    assert text_of("b.jsonl", errors="replace") == "\ufffd"


def test_the_language_says_where_sentences_end():
    written("a.txt", "Am 3. Oktober kam er. Sie nicht.")
    assert sentences_of("a.txt", language="de") == ["Am 3 . Oktober kam er .", "Sie nicht ."]
    assert len(sentences_of("a.txt", language="en")) == 3


def test_what_cannot_be_read_twice_is_refused():
    os.mkfifo("pipe.txt")
    for name in ("-", "pipe.txt"):
        with pytest.raises(ConfigError, match=rf"^{name}: .*; name a file$"):
            raw_text(name)
    written("-", "a file of that name")
    with pytest.raises(ConfigError, match=r"^-: .*; name a file$"):
        raw_text("-")


def test_tokenized_text_in_a_file_named_as_columns_is_refused():
    written("a.tokens", "New York is big\n")
    with pytest.raises(ConfigError, match=r"^--tokenized: .*a.tokens is read as columns; .* --text-kind text$"):
        raw_text("a.tokens", tokenized=True)
    with pytest.raises(ConfigError, match=r"^--tokenized: .*a.txt is read as columns"):
        raw_text(written("a.txt", "b\n"), tokenized=True, kind="columns")
    written("a.txt", "b c\n")
    assert sentences_of("a.txt", "a.tokens", tokenized=True) == ["b c", "New"]


def test_what_is_said_of_files_counts_more_than_their_names():
    written("a.dat", "New York is big. So is Rome.\n")
    assert sentences_of("a.dat") == ["New"]
    assert sentences_of("a.dat", kind="text") == ["New York is big .", "So is Rome ."]
    assert sentences_of("a.dat", kind="text", tokenized=True) == ["New York is big. So is Rome."]
    assert sentences_of(written("b.txt", "EU B-ORG\nrejects O\n"), kind="columns") == ["EU rejects"]
    assert sentences_of(written("c.log", '{"text": "Hello there."}\n'), kind="jsonl") == ["Hello there ."]


def test_a_missing_file_is_an_error_at_once():
    with pytest.raises(DataError, match=r"^no.txt: no such file$"):
        raw_text("no.txt")


LONG = "home" * 500


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("a.txt", f"the {LONG}\n"),
        ("a.txt", f"the {LONG} "),
        ("a.txt", "的"),
        ("a.jsonl", f'{{"text": "the {LONG}"}}\n'),
        ("a.conll", f"the\n{LONG}\n\n"),
    ],
)
def test_reading_holds_a_part_alone(name, piece):
    size = 6_000_000
    written(f"{name}.gz", gzip.compress((piece * (size // len(piece.encode()))).encode(), 1))
    written("b.txt", "")
    raw, tokenized = raw_text(f"{name}.gz"), raw_text(f"{name}.gz", "b.txt", tokenized=True)
    assert peak_of(lambda: sum(map(len, read_passages(raw)))) < 2_000_000
    assert peak_of(lambda: sum(map(len, read_sentences(tokenized)))) < 2_000_000
