"""BRAT's directories, by hand and to its description (https://brat.nlplab.org/standoff.html)."""

import json
import re

import pytest
from conversions import context_of, convert_files
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.conversion.findings import Kind
from tagger.conversion.readers.brat import read_brat
from tagger.errors import DataError

TEXT = "Anna and Bo Weber\nlive in New\nYork.\n"


@pytest.fixture
def folder(tmp_path):
    def make(annotations, text=TEXT, name="a"):
        place = tmp_path / "brat"
        place.mkdir(exist_ok=True)
        (place / f"{name}.txt").write_text(text, encoding="utf-8")
        (place / f"{name}.ann").write_text(annotations, encoding="utf-8")
        return place

    return make


def test_entities_in_pieces_are_whole_where_white_space_parts_them_and_else_left_out_with_a_word(folder):
    place = folder(
        "T1\tPER 0 4\tAnna\nT2\tPER 0 4;12 17\tAnna Weber\nT3\tLOC 26 29;30 34\tNew York\n"
        "R1\tknows Arg1:T1 Arg2:T2\nE1\tMeet:T1\nA1\tOld T1\n#1\tNote T1\tsure\n*\tAlias T1 T2\n"
    )
    context = context_of(place)
    (document,) = read_brat(context)
    assert (document.id, document.text) == ("a", TEXT)
    assert [(span.start, span.end, span.type) for span in document.spans] == [(0, 4, "PER"), (26, 34, "LOC")]
    assert context.findings.counts == {Kind.DISCONTINUOUS: 1, Kind.LINES: 5}
    assert f"  {place / 'a.ann'}:2: PER 0 4;12 17" in context.findings.lines()


def test_texts_are_read_in_the_order_of_the_numbers_in_their_names(folder):
    for name in ("a_10", "a_9", "b_1"):
        place = folder("", name=name)
    assert [document.id for document in read_brat(context_of(place))] == ["a_9", "a_10", "b_1"]


def test_a_place_is_the_line_of_the_text(folder):
    place = folder("T1\tLOC 26 31\tNew\nY\n".replace("\nY", " Y"))
    context = context_of(place)
    (document,) = read_brat(context)
    assert [document.place_at(offset) for offset in (0, 17, 18, 30)] == [
        f"{place / 'a.txt'}:{line}" for line in (1, 1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("annotations", "problem"),
    [
        ("T1\tPER 0 4\tAnna\nT2 PER 0 4 Anna\n", "a.ann:2: expected T, a number, a tab, a type and the offsets"),
        ("T1\tPER 0 x\tAnna\n", "a.ann:1: expected T, a number, a tab, a type and the offsets"),
        ("T1\tPER 0 5\tBob\n", "a.ann:1: PER 0-5 should be 'Bob', but the text there is 'Anna '; mend the file"),
        ("T1\tPER 30 99\tYork\n", "a.ann:1: PER 30-99 lies beyond the text, which ends at 36"),
    ],
)
def test_a_line_that_is_wrong_is_an_error_with_its_place(folder, annotations, problem):
    with pytest.raises(DataError, match=re.escape(problem)):
        list(read_brat(context_of(folder(annotations))))


def test_offsets_in_utf16_units_are_told_and_read(folder):
    place = folder("T1\tPER 3 7\tAnna\n", text="🚀 Anna\n")
    with pytest.raises(DataError, match=r"use --offsets utf16$"):
        list(read_brat(context_of(place)))
    (document,) = read_brat(context_of(place, offsets="utf16"))
    assert [(span.start, span.end) for span in document.spans] == [(2, 6)]


@pytest.mark.parametrize("lonely", ["b.txt", "b.ann"])
def test_a_file_without_the_other_is_an_error(folder, lonely):
    place = folder("")
    (place / lonely).write_text("")
    with pytest.raises(DataError, match=rf"{lonely}: found no b\.\w+ beside it"):
        list(read_brat(context_of(place)))


def test_what_brat_has_no_place_for_is_said(tmp_path):
    entities = [[0, 4, "a b"], [4, 9, "X"], [4, 5, "Y"], [0, 5, "Z"]]
    records = [{"id": "x/y", "text": "Anna\n\tBo ", "entities": entities}, {"text": "c", "sentences": [[[0, 1]]]}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    found = convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "out", "brat")
    assert found == {"TYPES": 1, "EDGE": 2, "EMPTY": 1, "NAMES": 1}
    assert (tmp_path / "out" / "x_y.ann").read_text() == "T1\ta_b 0 4\tAnna\nT2\tZ 0 4\tAnna\nT3\tX 6 9\tBo \n"


def test_tokens_that_are_not_parted_by_blanks_are_lost_with_a_word(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "Rome.", "sentences": [[[0, 4], [4, 5]]]}\n')
    assert convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "out", "brat") == {"TOKENS": 1}


@st.composite
def texts_with_any_spans(draw):
    """Spans that may overlap, and begin and end with a character that BRAT can write."""
    text = "a" + draw(st.text("ab \n\r\t人🚀\u2028.", max_size=20))
    places = [place for place, character in enumerate(text) if character in "ab人🚀."]
    pairs = st.tuples(st.sampled_from(places), st.sampled_from(places)).map(sorted)
    spans = {
        (start, last + 1, draw(st.sampled_from(("PER", "a-b_1")))) for start, last in draw(st.lists(pairs, max_size=5))
    }
    return text, sorted(spans)


@settings(deadline=None, max_examples=50)
@given(case=texts_with_any_spans())
def test_overlapping_entities_of_any_text_come_back_from_brat(tmp_path_factory, case):
    text, spans = case
    folder = tmp_path_factory.mktemp("brat")
    (folder / "a.jsonl").write_text(json.dumps({"id": "a", "text": text, "entities": spans}) + "\n")
    assert convert_files(folder / "a.jsonl", "jsonl", folder / "out", "brat") == {}
    assert (folder / "out" / "a.txt").read_bytes() == text.encode()
    assert convert_files(folder / "out", "brat", folder / "b.jsonl", "jsonl") == {}
    record = json.loads((folder / "b.jsonl").read_text(encoding="utf-8"))
    assert (record["id"], record["text"]) == ("a", text)
    assert [(one["start"], one["end"], one["type"]) for one in record["entities"]] == spans
