import io
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_conll
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.inference import column_files
from tagger.inference.column_files import tag_columns
from tagger.inference.tagger import Tagger


class LastWordTagger:
    """Tags the last token of each sentence, the others with their lengths: where sentences end shows in the tags."""

    def __init__(self):
        self.calls = []

    def tag(self, sentences, *, min_confidence=0.0):
        self.calls.append(sentences)
        return [
            Sentence(tuple(tokens), tuple(f"B-{len(token)}" for token in tokens[:-1]) + ("O",) * bool(tokens))
            for tokens in sentences
        ]


def tagged(content, tagger=None, **options):
    """What becomes of a file's content, text or bytes."""
    stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return "".join(tag_columns(tagger or LastWordTagger(), stream, "file.conll", ColumnFormat(**options)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("Anna\tB-PER\nran\tO\n", "Anna\tB-PER\tB-4\nran\tO\tO\n", id="tabs"),
        pytest.param("Anna B-PER\nran O\n", "Anna B-PER B-4\nran O O\n", id="blanks"),
        pytest.param("Anna  NNP   B\nran  VB  O\n", "Anna  NNP   B B-4\nran  VB  O O\n", id="several blanks"),
        pytest.param("a b\tX\nran\tO\n", "a b\tX\tB-3\nran\tO\tO\n", id="a blank in a cell between tabs"),
        pytest.param("Anna\nran\n", "Anna\tB-4\nran\tO\n", id="one column"),
        pytest.param("Anna\r\nran\r\n\r\nso\r\n", "Anna\tB-4\r\nran\tO\r\n\r\nso\tO\r\n", id="CRLF"),
        pytest.param("Anna x\r\nran x\n", "Anna x B-4\r\nran x O\n", id="mixed line ends"),
        pytest.param("Anna\tx\nran\tx", "Anna\tx\tB-4\nran\tx\tO", id="no final newline"),
        pytest.param("Anna", "Anna\tO", id="one token and nothing else"),
        pytest.param("\ufeffAnna x\nran x\n", "\ufeffAnna x B-4\nran x O\n", id="byte order mark"),
        pytest.param("\ufeff\nAnna\n", "\ufeff\nAnna\tO\n", id="byte order mark on an empty line"),
        pytest.param("a\n\n\n \nb\n \t \nc\n\n\n", "a\tO\n\n\n \nb\tO\n \t \nc\tO\n\n\n", id="blank lines with blanks"),
        pytest.param("\n\na\n", "\n\na\tO\n", id="blank lines first"),
        pytest.param(
            "-DOCSTART- -X- O\n\na O\nb O\n-DOCSTART-\nc O\n",
            "-DOCSTART- -X- O\n\na O B-1\nb O O\n-DOCSTART-\nc O O\n",
            id="document starts, also between two sentences",
        ),
        pytest.param("1\t-DOCSTART-\n1\ta\n", "1\t-DOCSTART-\n1\ta\tO\n", id="a document start in another column"),
        pytest.param("#tag x\n# x\nb x\n", "#tag x B-4\n# x B-1\nb x O\n", id="a hash is a token"),
        pytest.param("\u00a0\na\u00a0b\nc\u2028d\n", "\u00a0\tB-1\na\u00a0b\tB-3\nc\u2028d\tO\n", id="odd blanks"),
        pytest.param("e\u0301 x\n🙂 x\n", "e\u0301 x B-2\n🙂 x O\n", id="combining characters are kept"),
    ],
)
def test_every_line_is_kept_and_tokens_get_one_more_column(content, expected):
    assert tagged(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("# id 1\na x\n# inside\nb x\n\nc x\n#", "# id 1\na x B-1\n# inside\nb x O\n\nc x O\n#"),
        ("\ufeff# id 1\na x\n", "\ufeff# id 1\na x O\n"),
        ("#a\n#b\n\nc\n", "#a\n#b\n\nc\tO\n"),
    ],
)
def test_comments_are_kept_unread_where_asked_for(content, expected):
    assert tagged(content, comment_prefix="#") == expected


@pytest.mark.parametrize(
    ("content", "column", "expected"),
    [("1 Anna x\n2 ran x\n", 2, "B-4"), ("1 x Anna\n2 x ran\n", -1, "B-4"), ("Anna x y\nran x y\n", -3, "B-4")],
)
def test_words_are_read_from_the_column_asked_for(content, column, expected):
    assert tagged(content, word_column=column).splitlines()[0].split(" ")[-1] == expected


def test_with_tabs_asked_for_a_token_may_hold_blanks():
    assert tagged("New York\tx\nran\tx\n", separator="tab") == "New York\tx\tB-8\nran\tx\tO\n"
    assert tagged("a\tb c\nd\te f\n", separator="whitespace") == "a\tb c\tB-1\nd\te f\tO\n"


def test_with_tabs_asked_for_a_lone_column_with_blanks_gets_a_tab():
    assert tagged("New York\nran\n", separator="tab") == "New York\tB-8\nran\tO\n"


def test_an_empty_last_column_is_kept():
    assert tagged("Anna\tx\ty\nran\tx\t\n") == "Anna\tx\ty\tB-4\nran\tx\t\tO\n"


def test_the_scheme_and_the_tags_of_the_file_are_not_read():
    assert tagged("Anna nonsense\nran B_\n", scheme="IOB1") == "Anna nonsense B-4\nran B_ O\n"


@settings(deadline=None)
@given(st.text("ab# \t\r\n\f-\u00a0\u2028\x1c", max_size=30))
def test_no_line_is_lost_and_none_changes_before_its_added_column(content):
    lines = content.split("\n")
    assume(not re.search(r"\r[ \t\f]", content))  # a carriage return within a line, which the sum below does not know
    assume(all(line.split("\t")[0].strip(" \r\f") or not line.strip(" \t\r\f") for line in lines))  # no empty word
    for before, after in zip(lines, tagged("a\n\n" + content).split("\n")[2:], strict=True):
        if before.strip(" \t\r\f"):
            text = before.rstrip("\r")
            if "\t" not in text.strip(" \t\f") and re.search(r"[ \f]", text.strip(" \t\f")):
                text = text.rstrip("\t")  # a tab at the end of columns parted by blanks would come to part them
            assert re.fullmatch(r"[\t ](B-\d+|O)\r*", after.removeprefix(text))
            assert after.startswith(text)
        else:
            assert after == before


@pytest.mark.parametrize("content", ["", "\n\n", "-DOCSTART- O\n\n", "\ufeff", " \r\n"])
def test_a_file_without_a_token_is_an_error(content):
    with pytest.raises(DataError, match=r"^file\.conll:1: found no token"):
        tagged(content)


@pytest.mark.parametrize(
    ("content", "line"), [(b"a x\nb\n", 2), (b"a x\n\nb x\nc \xff\n", 4), (b"\xff\xfea\0", 1), (b"a x\n# y\nb\n", 3)]
)
def test_a_broken_line_is_named(content, line):
    with pytest.raises(DataError, match=rf"^file\.conll:{line}: "):
        tagged(content, word_column=2)


# Sentences of three, comments among them, and an end without a token.
MANY = (
    "-DOCSTART- O\n\n" + "".join(f"w{i} O\n" + "\n" * (i % 3 == 0) + "# c\n" * (i % 7 == 0) for i in range(61)) + "\n"
)


@pytest.mark.parametrize("window", [1, 2, 7, 21, 1000])
@pytest.mark.parametrize("comments", [None, "#"])
def test_how_much_is_held_at_a_time_changes_nothing(monkeypatch, window, comments):
    whole = tagged(MANY, comment_prefix=comments)
    tagger = LastWordTagger()
    monkeypatch.setattr(column_files, "_WINDOW", window)
    assert tagged(MANY, tagger, comment_prefix=comments) == whole
    assert max(len(call) for call in tagger.calls) <= window


def test_text_comes_out_before_the_input_has_ended(monkeypatch):
    monkeypatch.setattr(column_files, "_WINDOW", 2)
    taken = []

    def lines():
        for number in range(1000):
            taken.append(number)
            yield b"a\n" if number % 2 else b"\n"

    pieces = tag_columns(LastWordTagger(), lines(), "-", ColumnFormat())
    assert next(pieces) == "\na\tO\n\na\tO\n"
    assert len(taken) < 10


def test_tokens_and_columns_come_from_one_place(monkeypatch):
    tagger = LastWordTagger()
    tagged("-DOCSTART-\n\n1 a\n2 b\n\n1 c\n", tagger, word_column=2)
    assert [list(tokens) for call in tagger.calls for tokens in call if tokens] == [["a", "b"], ["c"]]


def test_the_added_column_is_what_the_tagger_says_of_the_sentences(model, sample, tmp_path):
    tagger = Tagger.load(model)
    path = tmp_path / "tagged.conll"
    path.write_text(tagged((sample / "dev.conll").read_bytes(), tagger), encoding="utf-8", newline="")
    sentences = read_conll(sample / "dev.conll")
    assert read_conll(path) == tagger.tag(sentences)
    assert read_conll(path, ColumnFormat(tag_column=-2)) == sentences
