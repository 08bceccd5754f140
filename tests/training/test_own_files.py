"""What the program has written is told from what somebody else has, and only that is removed."""

import pytest
from small_runs import content

from tagger.errors import DataError
from tagger.files import draft_directory, locked, replacing_file
from tagger.training.own_files import check_own, drop_left, drop_own, empty_own

NAMES = {r"a\.txt": None, r"best-\d+": {r"b\.txt": None}}


def write(directory, *names):
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(name)


def left_in(directory):
    return {path.as_posix() for path in content(directory)}


OWN = ("a.txt", "best-1/b.txt", "best-20/b.txt")
OTHERS = ("A.txt", "a.txt.bak", "best-", "best-2x/b.txt", "best-3/c.txt", "best-4/b.txt/d", "x/a.txt")


def test_only_own_files_are_removed_and_directories_that_are_own_throughout(tmp_path):
    write(tmp_path, *OWN, *OTHERS, "best-3/b.txt")
    (tmp_path / "best-5").mkdir()
    empty_own(tmp_path, NAMES)
    folders = {"best-2x", "best-3", "best-4", "best-4/b.txt", "x"}
    assert left_in(tmp_path) == {*OTHERS, "best-3/b.txt"} | folders


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_own_is_named(tmp_path, name):
    write(tmp_path, *OWN)
    check_own(tmp_path, NAMES)
    write(tmp_path, name)
    with pytest.raises(DataError, match=rf"^{tmp_path}: '{name.split('/')[0]}"):
        check_own(tmp_path, NAMES)


def test_what_is_written_when_a_process_is_killed_is_own(tmp_path):
    with replacing_file(tmp_path / "file"), draft_directory(tmp_path / "directory"):
        names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == 2
    (tmp_path / "file").unlink()
    write(tmp_path, names[0], f"{names[1]}/checkpoint/anything")
    check_own(tmp_path, {})
    drop_own(tmp_path, {})
    assert not tmp_path.exists()


def test_links_are_not_own_and_what_they_lead_to_stays(tmp_path):
    write(tmp_path, "far/b.txt", "here/a.txt")
    (tmp_path / "here" / "best-1").symlink_to(tmp_path / "far")
    (tmp_path / "here" / "best-2").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match="'best-1' "):
        check_own(tmp_path / "here", NAMES)
    drop_own(tmp_path / "here", NAMES)
    assert left_in(tmp_path) == {"far", "far/b.txt", "here", "here/best-1", "here/best-2"}


def test_odd_names_leave_the_text_one_line(tmp_path):
    write(tmp_path, "a\nb")
    with pytest.raises(DataError) as raised:
        check_own(tmp_path, NAMES)
    assert "\n" not in str(raised.value)


def test_where_nothing_or_no_directory_stands_there_is_nothing_to_say(tmp_path):
    write(tmp_path, "file")
    for name in ("nothing", "file"):
        check_own(tmp_path / name, NAMES)
        drop_left(tmp_path / name, NAMES)
    assert left_in(tmp_path) == {"file"}


def test_a_directory_goes_where_nothing_else_is_in_it_and_nobody_is_at_work(tmp_path):
    write(tmp_path, *(f"{place}/{name}" for place in ("ours", "mixed", "busy") for name in OWN), "mixed/notes.txt")
    (tmp_path / "empty").mkdir()
    before = content(tmp_path)
    with locked(tmp_path / "busy", "at work"):
        for place in ("ours", "mixed", "busy", "empty"):
            drop_left(tmp_path / place, NAMES)
    assert content(tmp_path) == {path: value for path, value in before.items() if path.parts[0] != "ours"}
