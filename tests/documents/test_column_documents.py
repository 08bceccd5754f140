from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.config import ColumnFormat
from tagger.documents.column_documents import column_documents
from tagger.documents.sources import Source, read_documents
from tagger.errors import DataError

TOKENS = st.sampled_from(["Anna", "in", "\u00e9\U0001f642", ".", "x\u00a0y"])
SENTENCES = st.lists(st.lists(TOKENS, min_size=1, max_size=5), min_size=1, max_size=4)
CONLL = b"-DOCSTART- -X- O\n\nAnna N B-PER\nsleeps V O\n\nWell J O\n\n-DOCSTART- -X- O\n\nParis N B-LOC\n"


def read(content, unit="file", **columns):
    return list(column_documents(BytesIO(content), "a.conll", ColumnFormat(**columns), unit))


@given(st.lists(SENTENCES, min_size=1, max_size=4), st.booleans())
def test_documents_are_what_stands_between_their_marks_in_the_tokens_it_has(documents, marked_first):
    blocks = ["".join("".join(f"{token}\tO\n" for token in tokens) + "\n" for tokens in some) for some in documents]
    content = "-DOCSTART-\tO\n\n" * marked_first + "-DOCSTART-\tO\n\n".join(blocks)
    found = read(content.encode())
    assert [[list(one.tokens) for one in document.sentences] for document in found] == documents
    for document, sentences in zip(found, documents, strict=True):
        assert document.text == "".join(" ".join(tokens) + "\n" for tokens in sentences)
        for sentence in document.sentences:
            for token, start in zip(sentence.tokens, sentence.starts, strict=True):
                assert document.text[start : start + len(token)] == token
    assert len({document.id for document in found}) == len(found)


def test_ids_name_the_line_of_the_first_token_and_a_single_document_the_file():
    assert [document.id for document in read(CONLL)] == ["a.conll:3", "a.conll:10"]
    assert [document.id for document in read(b"\nAnna O\n")] == ["a.conll"]
    assert [document.id for document in read(b"-DOCSTART- O\n\nAnna O\n")] == ["a.conll"]


@pytest.mark.parametrize("unit", ["line", "paragraph"])
def test_with_a_smaller_unit_each_sentence_is_a_document(unit):
    found = [(document.id, document.text) for document in read(CONLL, unit)]
    assert found == [("a.conll:3", "Anna sleeps\n"), ("a.conll:6", "Well\n"), ("a.conll:10", "Paris\n")]


def test_words_are_in_the_column_asked_for_and_what_is_missing_is_named():
    assert read(b"1\tAnna\n", word_column=2)[0].text == "Anna\n"
    with pytest.raises(DataError, match=r"a\.conll:2: "):
        read(b"1 Anna\nalone\n", word_column=2)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"-DOCSTART- O\n\n"])
def test_without_a_token_there_is_no_document(content):
    assert read(content) == []


def test_column_files_are_read_as_sources(tmp_path):
    (tmp_path / "a.conll").write_bytes(CONLL)
    found = read_documents(Source(tmp_path / "a.conll", "columns"), unit="line", columns=ColumnFormat())
    assert [document.text for document in found] == ["Anna sleeps\n", "Well\n", "Paris\n"]
