"""Lines of files and of pipes, as often as one likes."""

import gzip
import io
import sys
from pathlib import Path

from tagger.conversion.lines import Lines

LONG = ["a" * 200_000 + "\n", "\r\n", "é\u2028b\x85\x0c\n", "人" * 70_000]


def test_long_lines_and_odd_characters_are_one_line_each(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("".join(LONG).encode())
    (tmp_path / "a.gz").write_bytes(gzip.compress("".join(LONG).encode()))
    for lines in (Lines(path), Lines(tmp_path / "a.gz")):
        assert list(lines) == LONG
        assert list(lines.encoded()) == [line.encode() for line in LONG]


def test_standard_input_is_read_again_from_where_it_is_kept(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("".join(LONG).encode())))
    lines = Lines(Path("-"))
    assert next(iter(lines)) == LONG[0]
    assert list(lines) == LONG
    assert list(lines) == LONG
