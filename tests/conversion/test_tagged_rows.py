"""Columns and Hugging Face's lines: what they hold beside each other's, and schemes line for line."""

import json
import re

import pytest
from conversions import context_of, convert_files
from hypothesis import given
from hypothesis import strategies as st

from tagger.config import ColumnFormat
from tagger.conversion.labels import read_labels
from tagger.conversion.readers.columns import read_columns
from tagger.conversion.readers.huggingface import read_huggingface
from tagger.conversion.rescheme import with_tag
from tagger.corpus.columns import split_line
from tagger.errors import ConfigError, DataError

IOB1 = "-DOCSTART- -X- O\n\nBo NNP I-PER\nRio NNP B-PER\n. . O\n\n"


def test_a_scheme_changes_tags_and_nothing_else(tmp_path):
    source = "# a comment\r\n -DOCSTART- O\r\n\r\nNew\tNNP\tI-LOC\r\nYork  NNP  I-LOC \n\n\nBo x B-PER\tO"
    (tmp_path / "a.conll").write_bytes(source.encode())
    columns = ColumnFormat(comment_prefix="# ")
    assert (
        convert_files(tmp_path / "a.conll", "columns", tmp_path / "b.conll", "columns", scheme="BILOU", columns=columns)
        == {}
    )
    wanted = source.replace("I-LOC\r", "B-LOC\r").replace("I-LOC ", "L-LOC ")
    assert (tmp_path / "b.conll").read_bytes() == wanted.encode()


@given(
    cells=st.lists(st.text("ab-O", min_size=1, max_size=3), min_size=2, max_size=4),
    blank=st.sampled_from(("\t", " ", "  ", " \t ")),
    edges=st.tuples(st.sampled_from(("", " ")), st.sampled_from(("", " ", "\n", " \r\n"))),
    data=st.data(),
)
def test_one_cell_of_a_line_is_another_and_the_rest_as_it_was(cells, blank, edges, data):
    column = data.draw(st.integers(1, len(cells)) | st.integers(-len(cells), -1))
    line = edges[0] + blank.join(cells) + edges[1]
    changed = with_tag(line, "S-new", ColumnFormat(tag_column=column))
    place = column - 1 if column > 0 else len(cells) + column
    assert split_line(changed, "auto") == [*cells[:place], "S-new", *cells[place + 1 :]]
    assert re.findall(r"\s+", changed) == re.findall(r"\s+", line)


def test_stray_tags_are_listed_and_written_as_the_scheme_has_them(tmp_path):
    (tmp_path / "a.conll").write_text("Bo B-PER\n\nin O\nRio I-LOC\nBo B-PER\n")
    context = context_of(tmp_path / "a.conll")
    (document,) = read_columns(context)
    assert [span.type for span in document.spans] == ["PER", "LOC", "PER"]
    assert context.findings.lines()[1:] == [f"  {tmp_path / 'a.conll'}:4: I-LOC, where IOB2 has B-LOC"]
    assert convert_files(tmp_path / "a.conll", "columns", tmp_path / "b.conll", "columns") == {"TAGS": 1}
    assert (tmp_path / "b.conll").read_text() == "Bo B-PER\n\nin O\nRio B-LOC\nBo B-PER\n"


def test_the_scheme_of_the_file_is_kept_where_both_sides_have_tags(tmp_path):
    (tmp_path / "a.conll").write_text(IOB1)
    convert_files(tmp_path / "a.conll", "columns", tmp_path / "a.jsonl", "huggingface")
    record = json.loads((tmp_path / "a.jsonl").read_text())
    assert record["ner_tags"] == ["I-PER", "B-PER", "O"]


def test_other_columns_and_comments_are_said_to_be_left_out(tmp_path):
    (tmp_path / "a.conll").write_text("# text\n" + IOB1)
    columns = ColumnFormat(comment_prefix="#")
    found = convert_files(tmp_path / "a.conll", "columns", tmp_path / "a.jsonl", "jsonl", columns=columns)
    assert found == {"COLUMNS": 3, "COMMENTS": 1}


def test_documents_are_marked_where_there_are_several_or_sentences_stand_alone(tmp_path):
    (tmp_path / "a.conll").write_text("a O\n\nb O\n")
    for each, count in ((False, 1), (True, 2)):
        convert_files(tmp_path / "a.conll", "columns", tmp_path / "a.jsonl", "jsonl", sentence_documents=each)
        assert len((tmp_path / "a.jsonl").read_text().splitlines()) == count
        convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "b.conll", "columns", sentence_documents=each)
        assert (tmp_path / "b.conll").read_text() == "a O\n\nb O\n\n"
    convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "b.conll", "columns")
    assert (tmp_path / "b.conll").read_text() == "-DOCSTART- O\n\na O\n\n-DOCSTART- O\n\nb O\n\n"


@pytest.mark.parametrize(
    ("tokens", "tag"),
    [(["a b"], "O"), (["-DOCSTART-"], "O"), (["\ufeffa"], "O"), (["a\n"], "O"), (["a"], "B-x y")],
)
def test_what_a_line_cannot_hold_stops_everything(tmp_path, tokens, tag):
    (tmp_path / "a.jsonl").write_text(json.dumps({"tokens": tokens, "ner_tags": [tag]}) + "\n")
    with pytest.raises(DataError, match=r"a\.jsonl:1: .* cannot stand in a column file; nothing was written"):
        convert_files(tmp_path / "a.jsonl", "huggingface", tmp_path / "a.conll", "columns")
    assert not (tmp_path / "a.conll").exists()


def test_a_document_without_a_token_is_left_out_with_a_word(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": " "}\n{"text": "a"}\n')
    found = convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "a.conll", "columns")
    assert found == {"WORDLESS": 1}
    assert (tmp_path / "a.conll").read_text() == "a O\n\n"


def huggingface(path, *records, **options):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return list(read_huggingface(context_of(path, **options)))


def test_tags_that_are_numbers_are_named(tmp_path):
    record = {"id": "0", "tokens": ["Bo", "in", "New", "York"], "ner_tags": [1, 0, 3, 4]}
    (tmp_path / "names.txt").write_text("O\nB-PER\nI-PER\nB-LOC\nI-LOC\n")
    for names in ("O,B-PER,I-PER,B-LOC,I-LOC", str(tmp_path / "names.txt")):
        (document,) = huggingface(tmp_path / "a.jsonl", record, labels=read_labels(names))
        assert document.alone
        assert [(span.start, span.end, span.type) for span in document.spans] == [(0, 2, "PER"), (6, 14, "LOC")]
    with pytest.raises(ConfigError, match=r"a\.jsonl:1: the tags are numbers; .* --labels"):
        huggingface(tmp_path / "a.jsonl", record)
    with pytest.raises(DataError, match=r"found tag 3, but --labels names 0 to 1"):
        huggingface(tmp_path / "a.jsonl", record, labels=read_labels("O,B-PER"))


@pytest.mark.parametrize(("given", "problem"), [("O,PER", "'PER' is no tag"), ("O,B-X,O", "'O' stands there twice")])
def test_names_that_are_no_tags_are_refused(given, problem):
    with pytest.raises(ConfigError, match=f"--labels: {problem}"):
        read_labels(given)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"tokens": ["a", ""], "ner_tags": ["O", "O"]}, "expected a list of strings that are not empty in 'tokens'"),
        ({"tokens": ["a"], "ner_tags": ["O", "O"]}, "expected a tag for each token, found 2 tags for 1 tokens"),
        ({"tokens": ["a"]}, "expected a list of tags in 'ner_tags', found null"),
        ({"tokens": ["a"], "ner_tags": ["PER"]}, "unknown form of tag 'PER'"),
        ({"tokens": ["a"], "ner_tags": [None]}, "expected a tag, a string or a whole number, found null"),
    ],
)
def test_what_is_no_such_record_is_an_error_with_its_line(tmp_path, record, problem):
    with pytest.raises(DataError, match=r"a\.jsonl:2: " + re.escape(problem)):
        huggingface(tmp_path / "a.jsonl", {"tokens": ["a"], "ner_tags": ["O"]}, record)


def test_lines_of_one_document_are_one_and_sentence_zero_begins_another(tmp_path):
    rows = [("x", 0), ("x", 1), ("x", 0), ("y", 0)]
    records = [{"document": id_, "sentence": number, "tokens": ["a"], "ner_tags": ["O"]} for id_, number in rows]
    documents = huggingface(tmp_path / "a.jsonl", *records)
    assert [(document.id, len(document.sentences)) for document in documents] == [("x", 2), ("x", 1), ("y", 1)]
