import gc
import gzip
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import WordConfig
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.features.vectors import WordVectors, initial_matrix, read_vectors
from tagger.features.vocabulary import build_vocabulary

DEFAULT = WordConfig()
LINES = b"the 0.5 -1e-3\nof 2 0.25\n"


@pytest.fixture
def read(tmp_path):
    """Write bytes to a file and read them as vectors."""

    def run(content, size=None):
        path = tmp_path / "vectors.txt"
        path.write_bytes(content)
        return read_vectors(path, size)

    return run


@pytest.fixture
def error_of(read):
    """The message that a broken file gives, its folder left out."""

    def run(content, size=None):
        with pytest.raises(DataError) as caught:
            read(content, size)
        return str(caught.value).rpartition("/")[2]

    return run


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("header", [b"", b"2 2\n"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b" \n"])
def test_glove_and_word2vec_text_packed_or_not_read_alike(read, pack, header, line_end):
    vectors = read(pack((header + LINES).replace(b"\n", line_end)))
    assert vectors.words == ("the", "of")
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.tolist() == [[0.5, pytest.approx(-1e-3)], [2.0, 0.25]]
    assert vectors.size == 2


@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_the_last_line_may_lack_its_end(read, line_end):
    assert read(b"a 1 2\nb 3 4" + line_end).matrix.tolist() == [[1, 2], [3, 4]]


def test_a_word_may_hold_blanks(read):
    vectors = read(b"a 1 2\n. . . 3 4\nat name@host 5 6\n")
    assert vectors.words == ("a", ". . .", "at name@host")
    assert vectors.matrix.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_word_with_blanks_may_stand_first_where_the_width_is_known(read):
    assert read(b"1 2\n. . 3 4\n").words == read(b". . 3 4\n", size=2).words == (". .",)


@pytest.mark.parametrize("word", ["x\u2028y", "x\u0085", "\u00a0", "٣", "²", "1", "nan", "#", "'"])
def test_odd_words_are_read_as_written(read, word):
    assert read(f"a 1 2\n{word} 3 4\n".encode()).words == ("a", word)


def test_a_word_that_is_a_number_is_no_header(read):
    assert read(b"2 1 2\n3 4 5\n").words == ("2", "3")


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="\ufeff"), min_size=1)
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


rows = st.integers(2, 4).flatmap(
    lambda size: st.lists(st.tuples(words, st.lists(numbers, min_size=size, max_size=size)), min_size=1, max_size=5)
)


@settings(deadline=None, max_examples=100)
@given(rows)
def test_what_is_written_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("vectors") / "v"
    path.write_text("".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in rows), encoding="utf-8", newline="")
    vectors = read_vectors(path)
    assert list(vectors.words) == [word for word, _ in rows]
    assert np.array_equal(vectors.matrix, np.array([row for _, row in rows], np.float32))


def test_a_file_of_many_lines_is_read_whole(read):
    vectors = read(b"".join(b"w%d %d %d\n" % (i, i, -i) for i in range(4500)))
    assert vectors.words == tuple(f"w{i}" for i in range(4500))
    assert np.array_equal(vectors.matrix, np.stack([np.arange(4500), -np.arange(4500)], axis=1))


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b"a 1 2\nb 3\n", 2, "expected a vector of 2 numbers, found 1"),
        (b"a 1 2\nb\n", 2, "expected a vector of 2 numbers, found 0"),
        (b"a 1 2\n 3 4\n", 2, "expected a word before the numbers, found none"),
        (b"1 3\na 1 2\n", 2, "expected a vector of 3 numbers, found 2"),
        (b"a 1 2\nb x 4\n", 2, "'x'"),
        (b"a 1 2\nb 3 4,5\n", 2, "'4,5'"),
        (b"a 1 2\nb 3-1 4\n", 2, "'3-1'"),
        (b"a nan 2\n", 1, "'nan'"),
        (b"a 1 2\nb 3 -inf\n", 2, "'-inf'"),
        (b"a 1 2\nb\xff 3 4\n", 2, "byte 0xff is not UTF-8"),
        (b"a 1 2\nb 3 4\xe2\x82\n", 2, "byte 0xe2 is not UTF-8"),
        (b"w 1 2\n" * 4300 + b"w 1 two\n" + b"w 1 2\n" * 90, 4301, "'two'"),
        (b"a 1 2\nb 3 4 5\n", 2, "of 2 numbers, found 3"),
        (b"1 2\na 1 2 3\n", 2, "of 2 numbers, found 3"),
        (b"a 1 2\nb  3\nc 4\t5 6\n", 2, ""),
        (b"a 1 2\nb 1e40 2\n", 2, "'1e40'"),
        (b"a 1 2\nb 1_0 2\n", 2, "'1_0'"),
        (b"a 1 2\n\nb 3 4\n", 2, "found 0"),
        (b"3 2\na 1 2\nb 3 4\n", 1, "3"),
        (b"1 2\na 1 2\nb 3 4\n", 1, "1"),
        (b"", 1, "found no word vectors"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_broken_line_is_named(error_of, pack, content, line, found):
    message = error_of(pack(content))
    assert message.startswith(f"vectors.txt:{line}: ")
    assert found in message
    assert "\n" not in message


@pytest.mark.parametrize(("content", "line"), [(LINES, 1), (b"2 2\n" + LINES, 1)])
def test_a_width_other_than_the_one_asked_for_is_an_error(error_of, content, line):
    assert error_of(content, size=3) == f"vectors.txt:{line}: expected a vector of 3 numbers, found 2"


def test_a_file_wider_than_asked_for_is_an_error(error_of):
    assert error_of(b"a 1 2 3\nb 4 5 6\n", size=2).startswith("vectors.txt:1: ")


@pytest.mark.parametrize(
    "content", [b"a 1 2\nb 3\nc 4 5 6\n", b"a 1 2\nc 4 5 6\nb 3\n", b"a 1 2\nb 1-2 3\nc  4\n", b"a 1-2 3\nb  4\n"]
)
def test_two_broken_lines_whose_counts_cancel_out_are_caught(error_of, content):
    assert error_of(content).startswith("vectors.txt:")


@pytest.mark.parametrize(
    "content",
    [
        b"a\t1\t2\nb\t3\t4\n",
        b"a\t1 2\nb\t3 4\n",
        b"a 1 2\nb\t3 4\n",
        "\ufeffa 1 2\nb 3 4\n".encode(),
        "\ufeff2 2\na 1 2\nb 3 4\n".encode(),
    ],
)
def test_tabs_and_a_byte_order_mark_are_no_part_of_a_word_or_are_an_error(read, content):
    try:
        vectors = read(content)
    except DataError:
        return
    assert vectors.words == ("a", "b")
    assert vectors.matrix.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("word", ["\u00a0", "x\u00a0y", "x\u0085y", "x\u3000y"])
def test_a_word_with_an_odd_blank_may_stand_first(read, word):
    assert read(f"{word} 1 2\nb 3 4\n".encode()).words == (word, "b")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("content", [b"", b"2 2\n", b"0 0\n", b"a\n"])
def test_a_file_without_vectors_is_an_error(error_of, pack, content):
    assert "found no word vectors" in error_of(pack(content))


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(DataError, match=f"^{path}: "):
            read_vectors(path)


ZIPPED = gzip.compress(b"".join(b"w%d %d %d\n" % (i, i, i) for i in range(300)), mtime=0)


@pytest.mark.parametrize("end", [2, 11, len(ZIPPED) // 2, len(ZIPPED) - 8, len(ZIPPED) - 1])
def test_a_cut_gzip_file_is_an_error(error_of, end):
    assert "the compressed file is broken" in error_of(ZIPPED[:end])


def test_a_gzip_file_with_a_wrong_sum_is_an_error(error_of):
    assert "the compressed file is broken" in error_of(ZIPPED[:-5] + bytes([ZIPPED[-5] ^ 1]) + ZIPPED[-4:])


def test_a_byte_of_a_gzip_file_changed_anywhere_is_an_error_or_no_matter(read):
    whole = read(ZIPPED).words
    for place in range(10, len(ZIPPED)):
        try:
            assert read(ZIPPED[:place] + bytes([ZIPPED[place] ^ 0xFF]) + ZIPPED[place + 1 :]).words == whole
        except DataError:
            continue


def test_a_gzip_file_is_closed_after_reading(read):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        read(ZIPPED)
        gc.collect()
    assert not caught


def matrix(text, vectors=None, size=2, config=DEFAULT, seed=1):
    vocabulary = build_vocabulary([Sentence(tuple(text.split()))], config, vectors.words if vectors else ())
    return vocabulary, initial_matrix(vocabulary, size, vectors, np.random.default_rng(seed))


def vectors_of(**rows):
    return WordVectors(tuple(rows), np.array(list(rows.values()), np.float32))


def test_rows_start_normal_with_a_deviation_of_one_over_the_root_of_the_width():
    vocabulary, rows = matrix(" ".join(f"w{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(600)), size=64)
    assert rows.shape == (len(vocabulary), 64)
    assert rows.dtype == np.float32
    assert rows.std() == pytest.approx(1 / 8, rel=0.02)
    assert abs(rows.mean()) < 0.005
    assert len(np.unique(rows)) > 0.99 * rows.size


def test_the_same_seed_gives_the_same_matrix():
    assert np.array_equal(matrix("a b")[1], matrix("a b")[1])
    assert not np.array_equal(matrix("a b")[1], matrix("a b", seed=2)[1])


@pytest.mark.parametrize("config", [DEFAULT, WordConfig(lowercase=False, fold_digits=False)])
def test_rows_take_the_vector_of_the_nearest_form_and_the_others_stay_random(config):
    vectors = vectors_of(Rome=[1, 1], rome=[2, 2], x00=[3, 3], extra=[4, 4])
    vocabulary, rows = matrix("Rome ROME X17 unknown", vectors, config=config)
    found = {word: rows[vocabulary.row(word)].tolist() for word in ("Rome", "ROME", "rome", "X17", "extra", "EXTRA")}
    assert found == {"Rome": [1, 1], "ROME": [2, 2], "rome": [2, 2], "X17": [3, 3], "extra": [4, 4], "EXTRA": [4, 4]}
    _, drawn = matrix("Rome ROME X17 unknown", None, config=config)
    assert np.array_equal(rows[:4], drawn[:4])
    assert not np.isin(rows[vocabulary.row("unknown")], vectors.matrix).any()


def test_the_first_vector_of_a_word_wins():
    vocabulary, rows = matrix("a", WordVectors(("a", "b", "a"), np.array([[1, 1], [2, 2], [3, 3]], np.float32)))
    assert rows[vocabulary.row("a")].tolist() == [1, 1]
    assert len(vocabulary) == 6
