"""Offsets in code points, UTF-16 units and bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.conversion.offsets import Claim, code_points, pieces_of
from tagger.errors import DataError

TEXT = "🚀 Zoë in Łódź"
ENCODINGS = {"utf16": ("utf-16-le", 2), "bytes": ("utf-8", 1)}


def claim(start, end, surface=None):
    return Claim(((start, end),), "LOC", surface, "a.jsonl:3")


def offsets_in(text, start, end, unit):
    encoding, width = ENCODINGS[unit]
    return len(text[:start].encode(encoding)) // width, len(text[:end].encode(encoding)) // width


@pytest.mark.parametrize("unit", ENCODINGS)
@given(text=st.text(st.characters(codec="utf-8"), max_size=20), data=st.data())
def test_offsets_in_an_encoding_are_those_of_the_encoded_text(unit, text, data):
    place = data.draw(st.integers(0, len(text)))
    first, last = offsets_in(text, 0, place, unit)
    assert (code_points(text, unit)[first], code_points(text, unit)[last]) == (0, place)
    assert set(code_points(text, unit).values()) <= set(range(len(text) + 1))


@pytest.mark.parametrize("unit", ENCODINGS)
def test_an_error_says_in_which_unit_all_offsets_are_right(unit):
    claims = [claim(*offsets_in(TEXT, start, end, unit), TEXT[start:end]) for start, end in ((2, 5), (9, 13))]
    with pytest.raises(DataError, match=rf"^a.jsonl:3: LOC .* should be 'Zoë', but .*: use --offsets {unit}$"):
        pieces_of(TEXT, claims, "characters")
    found = [(span.start, span.end) for (span,) in pieces_of(TEXT, claims, unit)]
    assert found == [(2, 5), (9, 13)]


def test_no_unit_is_named_where_none_is_right():
    claims = [claim(3, 6, "Zoë"), claim(0, 1, "no")]
    with pytest.raises(DataError, match=r"mend the file$"):
        pieces_of(TEXT, claims, "characters")


@pytest.mark.parametrize(
    ("text", "given", "unit", "problem"),
    [
        ("Rome", (0, 5), "characters", "LOC 0-5 lies beyond the text, which ends at 4"),
        ("Rome", (-1, 4), "characters", "LOC -1-4 lies beyond the text"),
        ("Rome", (3, 1), "characters", "LOC 3-1 ends before it begins"),
        ("🚀a", (1, 3), "utf16", "LOC 1-3 splits a character"),
        ("ëa", (0, 4), "bytes", "LOC 0-4 lies beyond the text, which ends at 3"),
    ],
)
def test_offsets_that_no_text_has_are_refused(text, given, unit, problem):
    with pytest.raises(DataError) as refused:
        pieces_of(text, [claim(*given)], unit)
    assert str(refused.value).startswith(f"a.jsonl:3: {problem}")


def test_a_text_that_differs_in_white_space_only_is_the_same():
    assert pieces_of("New\nYork", [claim(0, 8, "New York")], "characters")
