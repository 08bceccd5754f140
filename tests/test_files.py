"""Files and directories that are there whole or not at all."""

import ctypes
import os
import stat
from pathlib import Path

import pytest

from tagger.errors import DataError
from tagger.files import draft_directory, replacing_file, swap_directory


def write(path, text="new"):
    with replacing_file(path) as stream:
        stream.write(text)


def directory(path, **contents):
    path.mkdir()
    for name, text in contents.items():
        (path / name).write_text(text)
    return path


def content_of(path):
    return {item.name: item.read_text() for item in path.iterdir()}


@pytest.fixture
def umask():
    """Sets the umask for one test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("old", [None, "old"])
def test_a_file_gets_its_new_content_and_nothing_else_is_left(tmp_path, old):
    path = tmp_path / "a.txt"
    if old:
        path.write_text(old)
    write(path)
    assert content_of(tmp_path) == {"a.txt": "new"}


def test_the_old_content_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing_file(path) as stream:
        stream.write("new")
        stream.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("crash", [RuntimeError, DataError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [{}, {"a.txt": "old"}])
def test_a_crash_leaves_the_old_content_and_no_litter(tmp_path, crash, old):
    for name, text in old.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(crash), replacing_file(tmp_path / "a.txt") as stream:
        stream.write("half")
        stream.flush()
        raise crash
    assert content_of(tmp_path) == old


def test_what_cannot_be_encoded_leaves_the_old_content(tmp_path):
    write(tmp_path / "a.txt", "old")
    with pytest.raises(UnicodeEncodeError):
        write(tmp_path / "a.txt", "half\ud800")
    assert content_of(tmp_path) == {"a.txt": "old"}


def test_text_is_written_as_utf8_with_its_own_line_ends(tmp_path):
    write(tmp_path / "a.txt", "é\r\n\u2028\n\r")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\r\n\xe2\x80\xa8\n\r"


@pytest.mark.parametrize("dangling", [True, False])
def test_a_link_to_a_file_keeps_pointing_where_it_did(tmp_path, dangling):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "a.txt", tmp_path / "link"
    if not dangling:
        real.write_text("old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert content_of(real.parent) == {"a.txt": "new"}


def test_a_link_to_itself_is_an_error(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "a.txt")
    for place in (replacing_file, draft_directory):
        with pytest.raises(DataError), place(tmp_path / "a.txt"):
            pytest.fail("the block was entered")


def test_of_two_writers_the_last_to_end_wins_whole(tmp_path):
    with replacing_file(tmp_path / "a.txt") as first:
        first.write("first" * 1000)
        write(tmp_path / "a.txt", "second")
    assert content_of(tmp_path) == {"a.txt": "first" * 1000}


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_new_files_have_the_rights_that_the_umask_leaves(tmp_path, umask, mask, mode):
    umask(mask)
    write(tmp_path / "a.txt")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode
    with draft_directory(tmp_path / "model") as draft:
        assert stat.S_IMODE(draft.stat().st_mode) == mode | (0o111 & ~mask)
    assert umask(0) == mask


@pytest.mark.parametrize(
    ("name", "why"), [("no/a.txt", "No such file or directory"), ("file/a.txt", "Not a directory")]
)
def test_a_place_where_no_file_can_be_is_an_error(tmp_path, name, why):
    (tmp_path / "file").write_text("old")
    with pytest.raises(DataError) as caught:
        write(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot be written: {why}"
    assert content_of(tmp_path) == {"file": "old"}


def test_a_directory_in_a_files_place_is_an_error_before_anything_is_written(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(DataError, match=r"a\.txt: cannot be written"), replacing_file(tmp_path / "a.txt"):
        pytest.fail("the block was entered")


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    name = "n" * os.pathconf(tmp_path, "PC_NAME_MAX")
    write(tmp_path / name)
    assert content_of(tmp_path) == {name: "new"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_or_device_is_written_to_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe, "né\r\n")
        assert os.read(reader, 10) == b"n\xc3\xa9\r\n"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


@pytest.mark.parametrize("place", [replacing_file, draft_directory])
def test_an_error_names_the_place_as_it_was_given(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("old")
    with pytest.raises(DataError, match=r"^file/below: cannot be written: "), place(Path("file/below")):
        pytest.fail("the block was entered")


def test_a_draft_directory_is_empty_beside_its_target_and_vanishes(tmp_path):
    target = tmp_path / "no" / "such" / "model"
    with draft_directory(target) as draft:
        assert draft.parent == target.parent
        assert content_of(draft) == {}
        directory(draft / "part", a="x")
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("crash", [RuntimeError, KeyboardInterrupt])
def test_a_crash_takes_the_draft_directory_with_it_and_leaves_the_target(tmp_path, crash):
    target = directory(tmp_path / "model", a="old")
    with pytest.raises(crash), draft_directory(target) as draft:
        (draft / "a").write_text("half")
        raise crash
    assert list(tmp_path.iterdir()) == [target]
    assert content_of(target) == {"a": "old"}


def test_a_place_where_no_directory_can_be_is_an_error(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(DataError, match="cannot be written: Not a directory"), draft_directory(tmp_path / "file/a/b"):
        pytest.fail("the block was entered")
    with pytest.raises(DataError, match="cannot be written: File exists"), draft_directory(tmp_path / "file/a"):
        pytest.fail("the block was entered")
    assert content_of(tmp_path) == {"file": "old"}


class RefusingLibrary:
    """A C library whose exchange always fails, as it does on some file systems."""

    def renameat2(self, *_):
        return -1


def no_library(*_, **__):
    raise OSError


@pytest.fixture(params=["as it is", "no library", "no such call", "refused"])
def exchange(request, monkeypatch):
    """The ways in which the system can or cannot swap two directories in one step."""
    libraries = {"no library": no_library, "no such call": lambda *_, **__: object()}
    if request.param != "as it is":
        library = libraries.get(request.param, lambda *_, **__: RefusingLibrary())
        monkeypatch.setattr(ctypes, "CDLL", library)
    return request.param


@pytest.mark.usefixtures("exchange")
def test_a_directory_takes_the_place_of_another_whole(tmp_path):
    target = directory(tmp_path / "model", a="old", gone="old")
    directory(target / "below", deep="old")
    with draft_directory(target) as draft:
        swap_directory(directory(draft / "best", a="new", b="new"), target)
        assert content_of(target) == {"a": "new", "b": "new"}
    assert list(tmp_path.iterdir()) == [target]
    assert content_of(target) == {"a": "new", "b": "new"}


@pytest.mark.usefixtures("exchange")
@pytest.mark.parametrize("empty", [True, False])
def test_a_directory_goes_where_none_or_an_empty_one_stood(tmp_path, empty):
    target = tmp_path / "model"
    if empty:
        target.mkdir()
    swap_directory(directory(tmp_path / "draft", a="new"), target)
    assert list(tmp_path.iterdir()) == [target]
    assert content_of(target) == {"a": "new"}


@pytest.mark.parametrize("crash", [OSError, KeyboardInterrupt])
def test_a_failed_swap_leaves_the_old_directory(tmp_path, monkeypatch, crash):
    target = directory(tmp_path / "model", a="old")
    monkeypatch.setattr(ctypes, "CDLL", no_library)
    rename = Path.rename

    def failing(self, place):
        if self.name == "best":
            raise crash
        return rename(self, place)

    with pytest.raises(crash), draft_directory(target) as draft:
        new = directory(draft / "best", a="new")
        monkeypatch.setattr(Path, "rename", failing)
        swap_directory(new, target)
    assert list(tmp_path.iterdir()) == [target]
    assert content_of(target) == {"a": "old"}


@pytest.mark.usefixtures("exchange")
@pytest.mark.parametrize("old", [None, {"a": "old", "gone": "old"}])
def test_a_link_to_a_directory_keeps_pointing_where_it_did(tmp_path, old):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "v1", tmp_path / "current"
    if old:
        directory(real, **old)
    link.symlink_to(real)
    with draft_directory(link) as draft:
        assert draft.parent == real.parent  # a rename works within one file system only
        swap_directory(directory(draft / "best", a="new"), link)
    assert link.is_symlink()
    assert content_of(real) == content_of(link) == {"a": "new"}
    assert list(real.parent.iterdir()) == [real]
