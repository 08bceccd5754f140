"""Labelled files and the places of their sentences."""

import pytest

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_conll
from tagger.errors import DataError
from tagger.evaluation.gold_file import read_gold

DOCUMENTS = """\
-DOCSTART- -X- O O

Anna B-PER
sings O

Bonn B-LOC
-DOCSTART- -X- O O

# a note
Ulm B-LOC
-DOCSTART- -X- O O
"""


def test_lines_and_documents_are_those_of_the_text(tmp_path):
    (tmp_path / "gold.conll").write_text(DOCUMENTS, encoding="utf-8")
    columns = ColumnFormat(comment_prefix="#")
    gold = read_gold(tmp_path / "gold.conll", columns)
    text = DOCUMENTS.splitlines()
    assert [text[line - 1] for line in gold.lines] == ["Anna B-PER", "Bonn B-LOC", "Ulm B-LOC"]
    assert gold.documents == (0, 0, 1)
    assert list(gold.sentences) == read_conll(tmp_path / "gold.conll", columns)
    assert gold.scheme.name == "IOB2"


def test_a_comment_starts_no_document(tmp_path):
    (tmp_path / "gold.conll").write_text("Anna B-PER\n\n# -DOCSTART-\nUlm B-LOC\n", encoding="utf-8")
    assert read_gold(tmp_path / "gold.conll", ColumnFormat(comment_prefix="#")).documents == (0, 0)


def test_a_file_without_marks_is_one_document(tmp_path):
    (tmp_path / "gold.conll").write_text("Anna B-PER\n\n\nUlm B-LOC\n", encoding="utf-8")
    gold = read_gold(tmp_path / "gold.conll", ColumnFormat())
    assert (gold.documents, gold.lines) == ((0, 0), (1, 4))


def test_a_file_without_sentences_is_refused(tmp_path):
    (tmp_path / "gold.conll").write_text("-DOCSTART- O\n\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"gold\.conll:1: found no sentence"):
        read_gold(tmp_path / "gold.conll", ColumnFormat())
