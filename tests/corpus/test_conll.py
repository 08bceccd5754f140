"""Column files as people have them, in and out."""

import pytest
from corpus_strategies import BLANKS, blocks_of, column_files, sentences_of, sentences_of_entities, tokens, tokens_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_blocks, read_conll, scheme_of, write_conll
from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence

LONDON = [[("London", "B-LOC"), ("calls", "O")]]
pieces = st.sampled_from(["\r", "\n", "\r\n", "\n\n", *BLANKS, "\ufeff", "-DOCSTART-", "#"])


@pytest.mark.parametrize(
    "content",
    [
        "London\tB-LOC\ncalls\tO\n",
        "London B-LOC\ncalls O\n",
        "London   B-LOC\ncalls \f\v O\n",
        "London\fB-LOC\ncalls\vO\n",
        "London \t B-LOC\ncalls\t \tO\n",
        "London\tB-LOC\ncalls O\n",
        "London\tB-LOC\r\ncalls\tO\r\n\r\n",
        "London B-LOC \ncalls O\t\n",
        "  London B-LOC\n calls O\n",
        "London\tB-LOC\ncalls\tO",
        "\ufeffLondon\tB-LOC\ncalls\tO\n",
        "\ufeff\r\nLondon\tB-LOC\r\ncalls\tO\r\n",
        "\n \n\t\nLondon\tB-LOC\ncalls\tO\n \t \n\n",
        "London NNP B-NP B-LOC\ncalls VBZ B-VP O\n",
        "London\t\t\tB-LOC\ncalls\tVBZ\t\tO\n",
        "-DOCSTART- -X- -X- O\n\nLondon NNP B-NP B-LOC\ncalls VBZ B-VP O\n",
        "\ufeff-DOCSTART-\tO\nLondon\tB-LOC\ncalls\tO\n-DOCSTART-\tO\n",
        "O\t-DOCSTART-\n\nLondon\tB-LOC\ncalls\tO\n",
    ],
)
def test_every_usual_form_of_a_file_reads_alike(content):
    assert sentences_of(content) == LONDON


@pytest.mark.parametrize(
    "gap", ["", " ", "\t", " \t\r", "\f", "\v", "-DOCSTART-", "-DOCSTART- (1)", "O x -DOCSTART- O"]
)
def test_sentences_are_parted_by(gap):
    assert tokens_of(f"Ada O\n{gap}\nTurin O\n") == [["Ada"], ["Turin"]]


@pytest.mark.parametrize(
    ("word", "tag"), [(2, 3), (2, -2), (-3, 3), (-3, -2)], ids=["front", "front-end", "end-front", "end"]
)
def test_columns_count_from_the_front_or_from_the_end(word, tag):
    content = "1\tLondon\tB-LOC\tx\n2\tcalls\tO\ty\n"
    assert sentences_of(content, word_column=word, tag_column=tag) == LONDON


def test_a_file_may_have_its_tags_before_its_words():
    assert sentences_of("B-LOC London\nO calls\n", word_column=-1, tag_column=1) == LONDON


@pytest.mark.parametrize(
    ("separator", "words"),
    [("auto", ["New York", "is"]), ("tab", ["New York", "is big"]), ("whitespace", ["New", "is"])],
)
def test_the_separator_says_what_parts_the_columns(separator, words):
    assert tokens_of("New York\tX\nis big\n", separator=separator) == [words]


def test_files_to_tag_need_one_column_only():
    assert tokens_of("London\ncalls\n\n \nAda") == [["London", "calls"], ["Ada"]]


@pytest.mark.parametrize("token", ["\u00a0", "\u3000", "a\u00a0b", "a\u2028b", "\u2029", "\x85", "x\x85", "\x1c", "\0"])
def test_only_common_blanks_and_line_feeds_part_anything(token):
    assert sentences_of(f"{token}\tO\n{token} O\n") == [[(token, "O"), (token, "O")]]


def test_lines_with_a_hash_are_tokens_where_no_comments_are_asked_for():
    assert tokens_of("#hashtag O\n# O\n") == [["#hashtag", "#"]]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_comments_belong_to_no_sentence_and_part_none(mark):
    content = f"{mark}# id = 1\nLondon B-LOC\n#\n# -DOCSTART-\ncalls O\n# end"
    assert sentences_of(content, comment_prefix="#") == LONDON


def test_a_comment_prefix_counts_at_the_start_of_a_line_only():
    assert tokens_of("a ##b\n ##c\n## d\n#e\n", comment_prefix="##") == [["a", "##c", "#e"]]


def test_tags_are_read_only_where_they_are_asked_for():
    (block,) = blocks_of("London\nnot-a-tag nor-this\n")
    assert block.sentence() == Sentence(("London", "not-a-tag"), None)


def test_a_block_comes_before_the_rest_of_the_file_is_read():
    def endless():
        yield from (b"London O\n", b"\n")
        raise AssertionError("read on")

    assert next(read_blocks(endless(), "-", ColumnFormat(), labelled=True)).tokens == ["London"]


@settings(deadline=None, max_examples=200)
@given(st.lists(pieces | st.text(max_size=3), max_size=30).map("".join), st.sampled_from([None, "#"]))
def test_the_lines_of_all_blocks_are_the_file_byte_for_byte(text, comment_prefix):
    blocks = blocks_of(text, separator="whitespace", comment_prefix=comment_prefix)
    assert "".join(line for block in blocks for line in block.lines).encode() == text.encode()
    assert "".join(block.with_column([], "auto") for block in blocks if not block.tokens) == "".join(
        line for block in blocks if not block.tokens for line in block.lines
    )


@settings(deadline=None, max_examples=200)
@given(column_files(), st.sampled_from(["", "\ufeff"]))
def test_a_new_column_changes_nothing_else(lines, mark):
    assume(not (mark and lines and lines[0][0].startswith(" ")))
    content = mark + "".join(text + ending for text, ending, _ in lines)
    blocks = blocks_of(content, comment_prefix="#")
    written = "".join(block.with_column(["B-X"] * len(block.tokens), "auto") for block in blocks)
    expected = "".join(text + (added and f"{added}B-X") + ending for text, ending, added in lines)
    assert written == mark + expected
    again = [row for sentence in sentences_of(written, comment_prefix="#") for row in sentence]
    assert again == [(token, "B-X") for block in blocks for token in block.tokens]


def test_each_token_gets_its_own_tag():
    (block,) = blocks_of("\n#c\nAda x\n#c\nof y\nTurin z\n", comment_prefix="#")
    assert block.with_column(["B-PER", "O", "B-LOC"], "auto") == "\n#c\nAda x B-PER\n#c\nof y O\nTurin z B-LOC\n"


def test_a_block_refuses_another_number_of_tags():
    (block,) = blocks_of("Ada\nKing\n")
    for tags in ([], ["O"], ["O"] * 3):
        with pytest.raises(ValueError, match="zip"):
            block.with_column(tags, "auto")


@pytest.mark.parametrize("line", ["London  ", "London O  ", "London\tO "])
def test_a_new_column_keeps_the_blanks_at_a_lines_end(line):
    (block,) = blocks_of(line + "\n")
    assert block.with_column(["B-LOC"], "auto").startswith(line)


def test_a_new_column_keeps_the_empty_cells_at_a_lines_end():
    (block,) = blocks_of("London\tNNP\t\t\ncalls\tVBZ\tx\ty\n")
    assert block.with_column(["B-LOC", "O"], "auto") == "London\tNNP\t\t\tB-LOC\ncalls\tVBZ\tx\ty\tO\n"


def test_a_new_column_can_be_read_again_in_a_file_of_tabs():
    (block,) = blocks_of("New York\n", separator="tab")
    assert sentences_of(block.with_column(["B-LOC"], "tab"), separator="tab") == [[("New York", "B-LOC")]]


def test_a_new_column_leaves_the_words_as_they_were_read():
    (block,) = blocks_of("London O\t\n")
    assert tokens_of(block.with_column(["B-LOC"], "auto")) == [block.tokens]


@pytest.mark.parametrize("separator", ["auto", "tab"])
def test_an_empty_first_cell_keeps_its_place(separator):
    assert tokens_of("1\tAda\tx\n\tKing\ty\n", word_column=2, separator=separator) == [["Ada", "King"]]


@pytest.mark.parametrize("line", ["-DOCSTART- (1 EU)", "-DOCSTART- -X- -X- O", "-DOCSTART- (1 EU)\tO"])
def test_a_document_start_is_one_whatever_the_separator(line):
    assert sentences_of(f"{line}\n\nLondon\tB-LOC\ncalls\tO\n", separator="tab") == LONDON


@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_the_projects_own_text_reads_as_a_plain_split_does(sample, part):
    path = sample / f"{part}.conll"
    chunks = path.read_bytes().decode().split("\n\n")
    plain = [[tuple(line.split("\t")) for line in chunk.splitlines() if "-DOCSTART-" not in line] for chunk in chunks]
    read = read_conll(path)
    assert [list(zip(s.tokens, s.tags, strict=True)) for s in read] == [rows for rows in plain if rows]


clean_tokens = tokens.filter(lambda token: token != "-DOCSTART-")


@st.composite
def labelled_sentences(draw):
    entities, length = draw(sentences_of_entities(least_entities=1))
    words = draw(st.lists(clean_tokens, min_size=length, max_size=length))
    scheme = draw(st.sampled_from(sorted(SCHEMES)))
    return Sentence(tuple(words), SCHEMES[scheme].tags_of(entities, length))


@settings(deadline=None, max_examples=100)
@given(sentences=st.lists(labelled_sentences(), min_size=1, max_size=4))
def test_what_is_written_reads_as_it_was(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("out") / "a.conll"
    write_conll(path, sentences)
    assert read_conll(path) == sentences


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(st.lists(clean_tokens, min_size=1), min_size=1, max_size=4))
def test_tokens_without_tags_read_as_they_were(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("out") / "a.conll"
    write_conll(str(path), (Sentence(tuple(row)) for row in rows))
    assert read_conll(str(path), labelled=False) == [Sentence(tuple(row)) for row in rows]


def test_written_files_have_tabs_line_feeds_and_a_blank_line_after_each_sentence(tmp_path):
    write_conll(tmp_path / "a", [Sentence(("Ada", "King"), ("B-PER", "I-PER")), Sentence(("Nový",), ("O",))])
    assert (tmp_path / "a").read_bytes() == "Ada\tB-PER\nKing\tI-PER\n\nNový\tO\n\n".encode()


@pytest.mark.parametrize("asked", ["IOB1", "BIOES"])
def test_the_scheme_asked_for_counts_before_the_one_found(asked):
    sentences = [Sentence(("London", "calls"), ("B-LOC", "I-LOC"))]
    assert scheme_of(sentences, "a.conll", ColumnFormat(scheme=asked)).name == asked
    assert scheme_of(sentences, "a.conll", ColumnFormat()).name == "IOB2"
