"""A file of lines that is stopped anywhere and ends as if it had never been."""

import errno
import json
import os
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus.document import Document
from tagger.documents.resumable import ResumableFile
from tagger.errors import ConfigError, DataError

ASKED = {"tagger": "1.0", "--language": "en", "--min-confidence": 0.5, "files": 1, "file 1": "a.txt (text, 9 bytes)"}
TEXTS = (("Zoë", "東京 🚀"), ("\r\n",), ("", "x" * 100, "Łódź"), ("\u2028",), ("é" * 60, "last"))
WINDOWS = [[Document(str(number), text) for number, text in enumerate(texts)] for texts in TEXTS]
LINES = [b"".join(json.dumps(text, ensure_ascii=False).encode() + b"\n" for text in texts) for texts in TEXTS]
WHOLE = b"".join(LINES)


class Killed(BaseException):
    """Ends a run as no program foresees."""


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out.jsonl"


def run(target, *, resume=False, asked=ASKED, windows=WINDOWS, stop_after=None):
    """Write the windows' lines; returns the windows that were not there yet."""
    done = []
    with ResumableFile(target, asked).writing(iter(windows), resume=resume) as (stream, left):
        for window in left:
            if len(done) == stop_after:
                raise Killed
            stream.write(b"".join(json.dumps(one.text, ensure_ascii=False).encode() + b"\n" for one in window))
            stream.flush()
            done.append(window)
    return done


def stop(target, after=2, **options):
    with pytest.raises(Killed):
        run(target, stop_after=after, **options)


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unfinished(target):
    return target.with_name("out.jsonl.unfinished")


def test_an_undisturbed_run_leaves_its_file_and_nothing_else(target, tmp_path):
    assert run(target) == WINDOWS
    assert content(tmp_path) == {"out.jsonl": WHOLE}
    assert list(tmp_path.iterdir()) == [target]


def test_no_window_is_an_empty_file(target):
    assert run(target, windows=[]) == []
    assert target.read_bytes() == b""


def test_the_old_file_stands_until_the_new_one_is_whole_and_its_mode_stays(target):
    target.write_text("old")
    target.chmod(0o640)
    stop(target)
    assert target.read_text() == "old"
    run(target, resume=True)
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (WHOLE, 0o640)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(WHOLE)))
def test_stopped_at_any_byte_it_ends_with_the_same_bytes_and_does_no_whole_window_again(size):
    with TemporaryDirectory() as folder:
        target = Path(folder) / "out.jsonl"
        stop(target, after=len(WINDOWS) - 1)
        (unfinished(target) / "lines.jsonl").write_bytes(WHOLE[:size])
        complete = sum(end <= size for end in accumulate(map(len, LINES)))
        assert run(target, resume=True) == WINDOWS[complete:]
        assert content(Path(folder)) == {"out.jsonl": WHOLE}


@given(st.lists(st.integers(0, 2), max_size=6))
def test_stopped_many_times_it_ends_with_the_same_bytes(stops):
    with TemporaryDirectory() as folder:
        target, left = Path(folder) / "out.jsonl", len(WINDOWS)
        for after in stops:
            if after >= left:
                break
            stop(target, after=after, resume=True)
            left -= after
        assert len(run(target, resume=True)) == left
        assert content(Path(folder)) == {"out.jsonl": WHOLE}


def test_what_a_kill_leaves_after_the_last_line_goes(target):
    stop(target)
    (unfinished(target) / "lines.jsonl").write_bytes(WHOLE + b'"\xe6\x9d')
    assert run(target, resume=True) == []
    assert target.read_bytes() == WHOLE


def test_a_run_that_is_there_is_not_begun_anew_unasked(target, tmp_path):
    stop(target)
    before = content(tmp_path)
    with pytest.raises(ConfigError, match=r"out\.jsonl\.unfinished: a run was begun there; go on with --resume"):
        run(target)
    assert content(tmp_path) == before
    assert run(target, resume=True) == WINDOWS[2:]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("tagger", "1.1", "tagger '1.0', this is '1.1'"),
        ("--language", "de", "--language 'en', this is 'de'"),
        ("--min-confidence", 0.0, "--min-confidence 0.5, this is 0.0"),
        ("files", 2, "files 1, this is 2"),
        ("file 1", "a.txt (text, 8 bytes)", "file 1 'a.txt (text, 9 bytes)', this is 'a.txt (text, 8 bytes)'"),
        ("--new", "option", "--new None, this is 'option'"),
    ],
)
def test_what_differs_is_named_and_nothing_is_touched(target, tmp_path, name, value, said):
    stop(target)
    before = content(tmp_path)
    with pytest.raises(ConfigError) as error:
        run(target, resume=True, asked=ASKED | {name: value})
    assert f"was begun with {said}; go on with that" in str(error.value)
    assert content(tmp_path) == before
    assert run(target, resume=True) == WINDOWS[2:]


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_run_at_work_is_refused(target, resume):
    with ResumableFile(target, ASKED).writing(WINDOWS, resume=False) as (stream, left):
        for place, _ in enumerate(left):
            stream.write(LINES[place])
            stream.flush()
            with pytest.raises(DataError, match=r"unfinished: a run is at work on it"):
                run(target, resume=resume)
    assert target.read_bytes() == WHOLE


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"[1]", b"null", b"7", b"\xff", None])
def test_a_run_that_does_not_say_what_it_is_cannot_go_on(target, tmp_path, damage):
    stop(target)
    record = unfinished(target) / "run.json"
    record.unlink() if damage is None else record.write_bytes(damage)
    before = content(tmp_path)
    with pytest.raises((DataError, ConfigError), match=r"out\.jsonl\.unfinished: .*remove it") as error:
        run(target, resume=True)
    assert "\n" not in str(error.value)
    assert content(tmp_path) == before


def test_more_lines_than_documents_are_refused(target, tmp_path):
    stop(target)
    (unfinished(target) / "lines.jsonl").write_bytes(WHOLE + b'""\n')
    before = content(tmp_path)
    with pytest.raises(DataError, match="has 10 lines for 9 documents"):
        run(target, resume=True)
    assert content(tmp_path) == before


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("left", [(), ("run.json",)])
def test_a_run_that_was_killed_before_it_began_is_as_none(target, tmp_path, resume, left):
    unfinished(target).mkdir()
    for name in left:
        (unfinished(target) / name).write_text("{")
    assert run(target, resume=resume) == WINDOWS
    assert content(tmp_path) == {"out.jsonl": WHOLE}


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("begun", [False, True])
def test_what_somebody_else_has_there_is_kept(target, tmp_path, resume, begun):
    if begun:
        stop(target)
    unfinished(target).mkdir(exist_ok=True)
    (unfinished(target) / "thesis.txt").write_text("years of work")
    before = content(tmp_path)
    with pytest.raises(DataError, match=r"unfinished: found 'thesis\.txt', which no run writes there"):
        run(target, resume=resume)
    assert content(tmp_path) == before


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("crash", [Killed, KeyboardInterrupt, SystemExit, DataError, ValueError])
def test_an_error_leaves_what_a_run_can_go_on_from_and_only_that(target, tmp_path, crash, after):
    with (
        pytest.raises(crash),
        ResumableFile(target, ASKED).writing(WINDOWS, resume=False) as (stream, left),
    ):
        next(left)
        stream.write(LINES[0][: None if after else 3])
        raise crash
    assert (list(tmp_path.iterdir()) == []) == (not after)
    assert run(target, resume=True) == WINDOWS[after:]


class FullDisk:
    """A stream that takes some bytes of a write and no more."""

    def __init__(self, stream, room):
        self._stream, self._room = stream, room

    def write(self, content):
        self._stream.write(content[: self._room])
        self._room -= len(content)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("room", [0, 2, len(LINES[0]), len(WHOLE) - 1])
def test_a_full_disk_is_one_line_and_afterwards_it_goes_on(target, room):
    with (
        pytest.raises(DataError) as error,
        ResumableFile(target, ASKED).writing(WINDOWS, resume=False) as (stream, left),
    ):
        disk = FullDisk(stream, room)
        for place, _ in enumerate(left):
            disk.write(LINES[place])
    assert (
        str(error.value) == f"{target}: cannot be written: No space left on device; mend that, then go on with --resume"
    )
    run(target, resume=True)
    assert target.read_bytes() == WHOLE


def test_a_link_s_target_is_written_and_the_link_kept(target, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target.symlink_to("elsewhere/real.jsonl")
    stop(target)
    run(target, resume=True)
    assert target.is_symlink()
    assert content(tmp_path / "elsewhere") == {"real.jsonl": WHOLE}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "out.jsonl"]


def test_directories_above_are_made(tmp_path):
    run(tmp_path / "new" / "place" / "out.jsonl")
    assert content(tmp_path) == {"new/place/out.jsonl": WHOLE}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("file/out.jsonl", "Not a directory"),
        ("x" * 250, "File name too long"),
        ("taken", "File exists"),
        ("loop", "loop"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_line(tmp_path, name, said):
    (tmp_path / "file").touch()
    (tmp_path / "taken.unfinished").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DataError) as error:
        run(tmp_path / name)
    assert said in str(error.value)
    assert "cannot be written: " in str(error.value)
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop", "taken.unfinished"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_is_not_ours_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DataError, match="cannot be written: Permission denied"):
            run(tmp_path / "out.jsonl")
    finally:
        tmp_path.chmod(0o700)
