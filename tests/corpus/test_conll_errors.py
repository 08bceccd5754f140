"""What is wrong with a column file is one line: where, what was found, what was expected."""

import pytest
from corpus_strategies import blocks_of

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_conll, scheme_of, write_conll
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError

TAG_FORM = "expected O or a prefix, a hyphen and a type, such as B-PER"
NO_SENTENCE = "found no sentence, expected one token a line and a blank line between sentences"


def error_of(content, *, labelled=True, **columns):
    with pytest.raises(DataError) as caught:
        blocks_of(content, labelled=labelled, **columns)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "columns", "text"),
    [
        ("London", {}, "expected at least 2 columns, found 1: 'London'"),
        ("London O", {"separator": "tab"}, "expected at least 2 columns, found 1: 'London O'"),
        ("London O", {"word_column": 3}, "expected a word in column 3, found 2 columns: 'London O'"),
        ("London O", {"word_column": -3}, "expected a word in column -3, found 2 columns: 'London O'"),
        ("London O", {"tag_column": 4}, "expected a tag in column 4, found 2 columns: 'London O'"),
        ("London", {"word_column": 2}, "expected a word in column 2, found 1 column: 'London'"),
        ("1\t\tO", {"word_column": 2}, "expected a word in column 2, found nothing there: '1  O'"),
        ("Ada\t \tx", {"tag_column": 2}, "expected a tag in column 2, found nothing there: 'Ada  x'"),
        ("x" * 60, {}, f"expected at least 2 columns, found 1: '{'x' * 60}'"),
        ("x" * 61, {}, f"expected at least 2 columns, found 1: '{'x' * 57}...'"),
    ],
)
def test_a_missing_column(line, columns, text):
    before = "#\r\n\n-DOCSTART-\n"  # lines that are no tokens count too
    assert error_of(f"{before}{line}\n", comment_prefix="#", **columns) == f"a.conll:4: {text}"


def test_a_missing_column_of_words_to_tag():
    assert error_of("1 Ada\n2\n", labelled=False, word_column=2) == (
        "a.conll:2: expected a word in column 2, found 1 column: '2'"
    )


@pytest.mark.parametrize("tag", ["PER", "o", "b-PER", "B", "B-", "-PER", "X-PER", "B_PER", "O-PER", "0", "B\u2013PER"])
def test_an_unknown_form_of_tag(tag):
    assert error_of(f"Fine\tO\nAda\t{tag}\n") == f"a.conll:2: unknown form of tag {tag!r}; {TAG_FORM}"


@pytest.mark.parametrize(
    ("scheme", "tag", "letters"),
    [
        ("IOB1", "E-PER", "B, I"),
        ("IOB2", "S-a-b", "B, I"),
        ("BIOES", "M-PER", "B, E, I, S"),
        ("BILOU", "E-PER", "B, I, L, U"),
        ("BMES", "I-PER", "B, E, M, S"),
        ("BMEWO", "S-PER", "B, E, M, W"),
    ],
)
def test_a_tag_that_is_not_of_the_scheme_asked_for(scheme, tag, letters):
    assert error_of(f"Ada B-PER\nof O\nTurin {tag}\n", scheme=scheme) == (
        f"a.conll:3: tag {tag!r} is not of scheme {scheme}, whose prefixes are {letters}"
    )


@pytest.mark.parametrize(
    ("raw", "line", "found"),
    [
        (b"\xff\xfea\x00", 1, "byte 0xff at position 1"),  # UTF-16
        (b"Ada O\n\nNov\xfd O\n", 3, "byte 0xfd at position 4"),  # Latin-2
        (b"\n\nNov\xc3 O\n", 3, "byte 0xc3 at position 4"),
        ("é\xa0 ".encode() + b"\xed\xa0\x80 O\n", 1, "byte 0xed at position 6"),  # half of a surrogate pair
        (b"# \x80\nAda O\n", 1, "byte 0x80 at position 3"),
    ],
)
@pytest.mark.parametrize("labelled", [True, False])
def test_an_undecodable_byte(raw, line, found, labelled):
    text = error_of(raw, labelled=labelled, comment_prefix="#")
    assert text == f"a.conll:{line}: {found} is not UTF-8; convert the file to UTF-8 first"


@pytest.mark.parametrize("content", ["", "\n", "\ufeff", " \r\n\t\n\n", "# a\n# b\n", "-DOCSTART- O\n\n"])
@pytest.mark.parametrize("labelled", [True, False])
def test_a_file_without_a_sentence(tmp_path, content, labelled):
    path = tmp_path / "empty.conll"
    path.write_bytes(content.encode())
    with pytest.raises(DataError) as caught:
        read_conll(path, ColumnFormat(comment_prefix="#"), labelled=labelled)
    assert str(caught.value) == f"{path}:1: {NO_SENTENCE}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("missing.conll", "no such file"),
        ("no/such/place.conll", "no such file"),
        ("", "cannot be read: Is a directory"),
        ("file/below.conll", "cannot be read: Not a directory"),
        ("n" * 300, "cannot be read: File name too long"),
    ],
)
def test_a_file_that_cannot_be_opened(tmp_path, name, text):
    (tmp_path / "file").write_text("Ada O\n")
    with pytest.raises(DataError) as caught:
        read_conll(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {text}"


def test_an_error_names_the_file_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.conll").write_text("Ada\n")
    with pytest.raises(DataError, match=r"^a\.conll:1: expected at least 2 columns, found 1: 'Ada'$"):
        read_conll("a.conll")


def test_prefixes_that_no_scheme_has_together():
    sentences = [Sentence(("Ada", "King"), ("B-PER", "L-PER")), Sentence(("Turin",), ("E-LOC",)), Sentence(("x",))]
    with pytest.raises(DataError) as caught:
        scheme_of(sentences, "a.conll", ColumnFormat())
    assert str(caught.value) == (
        "a.conll: found tags with the prefixes B, E, L, which no scheme has together; "
        "known: IOB2, IOB1, BIOES, BILOU, BMES, BMEWO"
    )


@pytest.mark.parametrize("line", ["a\u2028b\x85c", "a b\u2028c", "a\rb B-\x1cX\x85"])
def test_an_error_stays_on_one_line(line):
    text = error_of(f"{line}\n", word_column=3)
    assert len(text.splitlines()) == 1


def test_a_file_that_cannot_be_written(tmp_path):
    path = tmp_path / "no" / "a.conll"
    with pytest.raises(DataError) as caught:
        write_conll(path, [Sentence(("Ada",), ("B-PER",))])
    assert str(caught.value) == f"{path}: cannot be written: No such file or directory"


def test_sentences_that_fail_leave_the_old_file(tmp_path):
    path = tmp_path / "a.conll"
    write_conll(path, [Sentence(("old",))])

    def failing():
        yield Sentence(("new",))
        raise DataError("no more")

    with pytest.raises(DataError, match=r"^no more$"):
        write_conll(path, failing())
    assert path.read_text() == "old\n\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_stays_short_however_long_the_tag():
    assert len(error_of("Ada " + "x" * 10_000 + "\n")) < 200


@pytest.mark.parametrize("columns", [{"word_column": 2}, {"word_column": -1}, {"tag_column": 1}])
def test_one_cell_is_never_both_word_and_tag(columns):
    assert error_of("O B-LOC\n", **columns).startswith("a.conll:1: expected ")


@pytest.mark.parametrize("token", ["", " ", "a\nb", "-DOCSTART-"])
@pytest.mark.parametrize("tags", [("O",), None])
def test_a_token_that_would_not_read_back_is_not_written(tmp_path, token, tags):
    with pytest.raises(DataError):
        write_conll(tmp_path / "a.conll", [Sentence((token,), tags)])


def test_a_token_with_a_blank_needs_a_tag_beside_it(tmp_path):
    path = tmp_path / "a.conll"
    write_conll(path, [Sentence(("New York",), ("B-LOC",))])
    assert read_conll(path) == [Sentence(("New York",), ("B-LOC",))]
    with pytest.raises(DataError):
        write_conll(path, [Sentence(("New York",))])


@pytest.mark.parametrize(("token", "tag"), [("\ufeff", "O"), ("\ufeffAda", "O"), ("\ud800", "O"), ("Ada", "B-a\nb")])
def test_what_would_not_read_back_is_not_written(tmp_path, token, tag):
    with pytest.raises(DataError):
        write_conll(tmp_path / "a.conll", [Sentence((token,), (tag,))])
