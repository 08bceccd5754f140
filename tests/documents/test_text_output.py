"""Text goes to a file, whole or not at all, or to standard output, as it comes."""

import io
import os
import sys
from pathlib import Path

import pytest

from tagger.documents.text_output import STANDARD_OUTPUT, text_output
from tagger.errors import DataError


def test_a_file_stands_when_all_is_written_and_its_directory_is_made(tmp_path):
    place = tmp_path / "new" / "a.txt"
    with text_output(place) as put:
        put("zo\u00eb\r\n")
        put("b")
        assert not place.exists()
    assert place.read_bytes() == b"zo\xc3\xab\r\nb"


def test_a_crash_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), text_output(tmp_path / "a.txt") as put:
        put("half")
        raise ZeroDivisionError
    assert not any(tmp_path.iterdir())


def test_standard_output_has_each_piece_at_once_as_utf_8(monkeypatch):
    arrived = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Kept(arrived)), encoding="ascii"))
    with text_output(STANDARD_OUTPUT) as put:
        put("zo\u00eb\n")
        assert arrived.getvalue() == b"zo\xc3\xab\n"


def test_closed_standard_output_is_one_line(monkeypatch):
    with Path(os.devnull).open("w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        with pytest.raises(DataError, match="standard output is closed"), text_output(STANDARD_OUTPUT):
            pass


class Kept(io.RawIOBase):
    """A raw stream that hands what is written on."""

    def __init__(self, target):
        self._target = target

    def writable(self):
        return True

    def write(self, content):
        return self._target.write(content)
