import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import read

from tagger.checking.findings import Kind
from tagger.checking.labelled_file import read_labelled
from tagger.checking.mending import cell_spans, mend_file, mended_tokens
from tagger.checking.run import check_files
from tagger.config import ColumnFormat
from tagger.corpus.columns import split_line

MENDED = {Kind.SCHEME, Kind.SPACE, Kind.CHARACTER, Kind.NORMALISATION}
CASES = {
    "a stray inside tag": ("Ada\tI-PER\nleft\tO\n", "Ada\tB-PER\nleft\tO\n"),
    "one of another type": ("Ada B-PER\nTurin I-LOC\n", "Ada B-PER\nTurin B-LOC\n"),
    "in the middle of a line": ("1  Ada  I-PER  x\n2 left O  y\n", "1  Ada  B-PER  x\n2 left O  y\n"),
    "a space": ("New York\tB-LOC\nwins\tO\n", "New\tB-LOC\nYork\tI-LOC\nwins\tO\n"),
    "a no-break space": ("New\u00a0York B-LOC\n", "New B-LOC\nYork I-LOC\n"),
    "in a line of other columns": ("7\tNew\u00a0York\tNNP\tB-LOC\r\n", "7\tNew\tNNP\tB-LOC\r\n7\tYork\tNNP\tI-LOC\r\n"),
    "at the last line": ("left O\n10\u202f000 O", "left O\n10 O\n000 O"),
    "at a token's end": ("Ada\u00a0\tB-PER\n", "Ada\tB-PER\n"),
    "no width": ("Ada\u200b\tB-PER\nle\u00adft\tO\n", "Ada\tB-PER\nleft\tO\n"),
    "a control character": ("Ada\x07 B-PER\n", "Ada B-PER\n"),
    "two forms": ("Zoe\u0308 B-PER\nZo\u00eb B-PER\n", "Zo\u00eb B-PER\nZo\u00eb B-PER\n"),
    "two forms with something hidden between": ("Zoe\u200b\u0308 B-PER\n", "Zo\u00eb B-PER\n"),
    "a byte order mark before a number": ("\ufeff7\tAda\tI-PER\n", "\ufeff7\tAda\tB-PER\n"),
    "a byte order mark": ("\ufeffAda\tI-PER\n", "\ufeffAda\tB-PER\n"),
    "both columns": ("\u200bAda\tI-PER\n", "Ada\tB-PER\n"),
}


def mend(tmp_path, content, **columns):
    """The bytes of what a file becomes, and its changes."""
    file = read(tmp_path, content, **columns)
    changes = mend_file(file.path, tmp_path / "mended", ColumnFormat(**columns), file.scheme)
    return (tmp_path / "mended").read_bytes(), changes


@pytest.mark.parametrize("name", CASES)
def test_what_is_safe_is_mended_and_nothing_else_is_changed(tmp_path, name):
    content, expected = CASES[name]
    columns = {"scheme": "IOB2"}
    numbered = content.lstrip("\ufeff")[0].isdigit()
    if numbered and "x" in content:
        columns |= {"word_column": 2, "tag_column": 3}
    elif numbered:
        columns |= {"word_column": 2, "tag_column": -1}
    found, changes = mend(tmp_path, content, **columns)
    assert found.decode() == expected
    assert changes
    left = check_files([read_labelled(tmp_path / "mended", ColumnFormat(**columns))])
    assert not {finding.kind for finding in left} & MENDED


def test_each_change_is_listed_at_its_line(tmp_path):
    _, changes = mend(tmp_path, "Ada\tB-PER\n\nNew York\tI-LOC\nleft\tO\n", scheme="IOB2")
    assert [(change.line, change.message) for change in changes] == [
        (3, "'New York' is now 'New' and 'York'"),
        (3, "tag I-LOC is now B-LOC"),
    ]


def test_what_cannot_be_mended_stays_byte_for_byte_and_is_said(tmp_path):
    raw = b"# x\nAda I-PER\ncaf\xe9 O\nHugo\n\n\xe2\x80\x8b O\n\xe2\x80\x8b-DOCSTART- O\n\r\n \nleft O"
    found, changes = mend(tmp_path, raw, scheme="IOB2", comment_prefix="#")
    assert found == raw
    assert [(change.line, change.message.split()[0]) for change in changes] == [(6, "left"), (7, "left")]


@given(st.text(st.sampled_from("ab-\t \r\f\u00a0"), max_size=12), st.sampled_from(["auto", "tab", "whitespace"]))
def test_cells_stand_where_they_are_read(line, separator):
    found = [line[start:end] for start, end in cell_spans(line, separator)]
    assert (found if any(found) else []) == ([*cells] if any(cells := split_line(line, separator)) else [])


@given(st.text(max_size=6))
def test_mended_tokens_are_clean_and_lose_nothing_that_is_seen(token):
    tokens = mended_tokens(token)
    assert [one for token in tokens for one in mended_tokens(token)] == tokens
    for one in tokens:
        assert unicodedata.is_normalized("NFC", one)
        assert not {unicodedata.category(character) for character in one} & {"Zs", "Zl", "Zp", "Cc"}
    seen = [
        character for character in unicodedata.normalize("NFD", token) if unicodedata.category(character)[0] in "LN"
    ]
    kept = [character for character in unicodedata.normalize("NFD", "".join(tokens)) if character in seen]
    assert sorted(kept) == sorted(seen)
