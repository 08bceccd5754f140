"""JSON lines of texts with offsets, as several tools write them."""

import json

import pytest
from conversions import context_of, convert_files

from tagger.conversion.findings import Kind
from tagger.conversion.readers.jsonl import read_jsonl
from tagger.errors import DataError

TEXT = "Anna met Bo in Rome."
SPANS = [(0, 4, "PER"), (9, 11, "PER"), (15, 19, "LOC")]
OBJECTS = [{"start": start, "end": end, "label": type_} for start, end, type_ in SPANS]


def read(path, *records, **options):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    context = context_of(path, **options)
    return list(read_jsonl(context)), context.findings


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "entities": [{"start": s, "end": e, "type": t, "text": TEXT[s:e]} for s, e, t in SPANS]},
        {"text": TEXT, "label": SPANS},
        {"text": TEXT, "labels": SPANS},
        {"text": TEXT, "entities": SPANS},
        {"text": TEXT, "entities": [{"id": 1, "label": t, "start_offset": s, "end_offset": e} for s, e, t in SPANS]},
        {"text": TEXT, "spans": OBJECTS, "answer": "accept"},
        [TEXT, {"entities": SPANS}],
        {"text": TEXT, "entities": SPANS[::-1]},
    ],
    ids=["tagger", "doccano", "labels", "lists", "doccano with relations", "Prodigy", "spaCy 2", "backwards"],
)
def test_every_tool_s_record_is_the_same_document(tmp_path, record):
    (document,), findings = read(tmp_path / "a.jsonl", record)
    assert (document.id, document.text) == (f"{tmp_path / 'a.jsonl'}:1", TEXT)
    assert [(span.start, span.end, span.type) for span in document.spans] == SPANS
    assert findings.lines() == []


def test_what_is_not_read_is_said(tmp_path):
    path = tmp_path / "a.jsonl"
    entity = {"start": 0, "end": 4, "type": "PER", "confidence": 0.9}
    rejected = {"text": TEXT, "spans": OBJECTS, "answer": "reject"}
    documents, findings = read(path, {"id": 7, "text": TEXT, "entities": [entity], "meta": {}}, rejected)
    assert [document.id for document in documents] == ["7"]
    assert findings.counts == {Kind.FIELDS: 2, Kind.REJECTED: 1}
    assert f"  {path}:1: field 'confidence'" in findings.lines()
    assert f'  {path}:2: answer "reject"' in findings.lines()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "expected JSON, an object a line"),
        ('"a"', "expected a JSON object, found"),
        ('{"body": "a"}', "expected a string in field 'text', found 'body'; name it with --text-field"),
        ('{"text": "a", "label": "good"}', "expected a list of entities in field 'label'"),
        ('{"text": "a", "entities": [3]}', "expected an entity with start, end and type, found 3"),
        ('{"text": "a", "entities": [["0", 1, "X"]]}', "expected an entity with whole numbers as start and end"),
        ('{"text": "a", "entities": [[0, 1, ""]]}', "and a string as type"),
        ('{"text": "a", "entities": [[0, 2, "X"]]}', "X 0-2 lies beyond the text, which ends at 1; mend the file"),
        ('{"text": "ab", "sentences": [[[0, 1]]]}', "the tokens in 'sentences' end at 1, but the text goes on"),
        ('{"text": "ab", "sentences": [[[1, 2]]]}', "nothing but white space between them, found [1, 2]"),
        ('{"text": "ab", "sentences": [[[0, 3]]]}', "expected a token in 'sentences' as start and end"),
    ],
)
def test_what_is_no_such_record_is_an_error_with_its_line(tmp_path, line, problem):
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": ""}}\n{line}\n')
    with pytest.raises(DataError) as refused:
        list(read_jsonl(context_of(path)))
    assert str(refused.value).startswith(f"{path}:2: ")
    assert problem in str(refused.value)


def test_half_a_surrogate_pair_is_replaced_and_said(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a\\ud83d b", "entities": [[3, 4, "X"]]}\n')
    context = context_of(path)
    (document,) = read_jsonl(context)
    assert document.text == "a\ufffd b"
    assert context.findings.counts == {Kind.CHARACTERS: 1}


def test_our_own_lines_come_back_byte_for_byte(tmp_path):
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    spans = [
        {"start": 1, "end": 9, "type": "X y", "text": "nna\u2028met "},
        {"start": 2, "end": 3, "type": "Z", "text": "n"},
    ]
    record = {"id": "Ä", "text": "Anna\u2028met  Bo", "entities": spans, "sentences": [[[0, 4], [5, 8]], [[10, 12]]]}
    first.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    assert convert_files(first, "jsonl", second, "jsonl") == {}
    assert second.read_bytes() == first.read_bytes()
