"""Which files are meant, what is in them, and how they are opened."""

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tagger.documents import sources
from tagger.documents.sources import Source, find_sources, read_documents
from tagger.errors import DataError


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names):
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


def found(*names):
    return [source.path.as_posix() for source in find_sources([Path(name) for name in names])]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text"),
        ("a.TXT", "text"),
        ("a.text", "text"),
        ("a.md", "text"),
        ("1.2.txt", "text"),
        ("a.txt.gz", "text"),
        ("a.Md.GZ", "text"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.JSONL.gz", "jsonl"),
        ("a.conll", "columns"),
        ("a.txt.conll", "columns"),
        ("a.txt.bak", "columns"),
        ("a.json", "columns"),
        ("a.gz", "columns"),
        ("txt", "columns"),
        ("-", "columns"),
    ],
)
def test_a_name_says_what_is_in_a_file_unless_a_kind_is_given(name, kind):
    make(name)
    assert find_sources([Path(name)]) == [Source(Path(name), kind)]
    for given in ("text", "jsonl", "columns"):
        assert find_sources([Path(name)], given) == [Source(Path(name), given)]


def test_files_come_in_the_order_given():
    make("b.txt", "a.txt")
    assert found("b.txt", "-", "a.txt") == ["b.txt", "-", "a.txt"]


def test_a_directory_is_all_files_below_it_in_the_order_of_their_names():
    make("in/b/x.txt", "in/b.txt", "in/a/2.txt", "in/a/1.txt", "in/a/c/d/e.jsonl", "in/B.txt", "other.txt")
    expected = ["in/B.txt", "in/a/1.txt", "in/a/2.txt", "in/a/c/d/e.jsonl", "in/b/x.txt", "in/b.txt"]
    assert found("in") == expected
    assert found(str(Path("in").absolute())) == [str(Path(name).absolute()) for name in expected]


def test_hidden_files_and_directories_are_left_out_of_a_directory():
    make("in/a.txt", "in/.b.txt", "in/.git/c.txt", "in/d/.e/f.txt", ".in/a.txt", ".in/.b.txt")
    assert found("in") == ["in/a.txt"]
    assert found("in/.git") == ["in/.git/c.txt"]
    assert found(".in") == [".in/a.txt"]
    assert found("in/.b.txt") == ["in/.b.txt"]


def test_what_is_no_file_is_left_out_of_a_directory():
    make("in/a.txt")
    os.mkfifo("in/pipe")
    assert found("in") == ["in/a.txt"]
    assert found("in/pipe") == ["in/pipe"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("[b-c].*", ["b.txt", "c.md"]),
        ("[b].txt", ["b.txt"]),
        ("in/*", ["in/d.txt", "in/e/f.txt"]),
        ("**", ["a.txt", "b.txt", "c.md", "in/d.txt", "in/e/f.txt"]),
        ("**/*.txt", ["a.txt", "b.txt", "in/d.txt", "in/e/f.txt"]),
        ("*/.g.txt", ["in/.g.txt"]),
    ],
)
def test_a_pattern_is_expanded_as_a_shell_would(pattern, expected):
    make("b.txt", "a.txt", "c.md", ".h.txt", "in/d.txt", "in/.g.txt", "in/e/f.txt", ".i/j.txt")
    assert found(pattern) == expected
    assert found(f"{Path.cwd()}/{pattern}") == [str(Path(name).absolute()) for name in expected]


def test_a_file_may_have_the_name_of_a_pattern():
    make("[a].txt", "a.txt", "*")
    assert found("[a].txt") == ["[a].txt"]
    assert found("*") == ["*"]


def test_a_file_named_as_standard_input_is_a_file_where_a_directory_or_a_pattern_has_it(place):
    make("-")
    assert found(".") == found("*") == [f"{place}/-"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["no.txt"], "^no.txt: no such file$"),
        (["a.txt", "no/no.txt"], "^no/no.txt: no such file$"),
        (["empty"], "^empty: found no file in this directory"),
        (["hidden"], "^hidden: found no file in this directory; hidden"),
        (["*.jsonl"], r"^\*.jsonl: found no file of such a name$"),
        (["empty*"], r"^empty\*: found no file of such a name$"),
        (["gone.txt"], "^gone.txt: no such file$"),
        (["links"], "^links/gone.txt: a link to no file; remove it"),
        (["a.txt/b"], "^a.txt/b: no such file$"),
        (["a" * 5000], "cannot be read: File name too long$"),
    ],
)
def test_where_nothing_is_found_there_is_an_error(names, message):
    make("a.txt", "hidden/.a.txt", "hidden/.b/c.txt", "links/a.txt")
    Path("empty").mkdir()
    for link in ("gone.txt", "links/gone.txt"):
        Path(link).symlink_to("nowhere")
    with pytest.raises(DataError, match=message):
        found(*names)


@pytest.mark.parametrize(
    ("names", "both"),
    [
        (["a.txt", "a.txt"], ("a.txt", "a.txt")),
        (["a.txt", "./in/../a.txt"], ("in/../a.txt", "a.txt")),
        (["in/b.txt", "in"], ("in/b.txt", "in/b.txt")),
        (["in", "*/b.txt"], ("in/b.txt", "in/b.txt")),
        (["a.txt", "link.txt"], ("link.txt", "a.txt")),
        (["in", "linked"], ("linked/b.txt", "in/b.txt")),
        (["*.txt"], ("link.txt", "a.txt")),
        (["-", "-"], ("-", "-")),
    ],
)
def test_no_file_may_be_named_twice(names, both):
    make("a.txt", "in/b.txt")
    Path("link.txt").symlink_to("a.txt")
    Path("linked").symlink_to("in")
    with pytest.raises(DataError) as caught:
        found(*names)
    assert str(caught.value) == f"{both[0]}: the same file as {both[1]}; name it once"


def test_links_are_followed_but_not_in_circles():
    make("far/a.txt", "in/b.txt", "one/a.txt", "two/b.txt")
    Path("in/far").symlink_to("../far")
    Path("in/c.txt").symlink_to("../far/a.txt")
    with pytest.raises(DataError, match=r"^in/far/a.txt: the same file as in/c.txt;"):
        found("in")
    Path("in/c.txt").unlink()
    assert found("in") == ["in/b.txt", "in/far/a.txt"]
    Path("far/up").symlink_to("..")
    with pytest.raises(DataError, match=r"^in/far/up/far: a link to a directory that it is in; "):
        found("in")
    Path("one/two").symlink_to("../two")
    Path("two/one").symlink_to("../one")
    with pytest.raises(DataError, match=r"^one/two/one: a link to a directory that it is in; "):
        found("one")


def test_a_directory_that_is_not_ours_to_read_is_an_error(monkeypatch):
    make("in/a.txt", "in/b/c.txt")
    allowed = Path.iterdir

    def iterdir(path):
        if path.name == "b":
            raise PermissionError(13, "Permission denied", str(path))
        return allowed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)  # whoever runs the tests may be allowed everything
    with pytest.raises(DataError, match=r"^in/b: cannot be read: Permission denied$"):
        found("in")


def texts_of(path, kind="text", **options):
    return [(document.id, document.text) for document in read_documents(Source(Path(path), kind), **options)]


def test_documents_are_known_by_the_path_as_given_and_the_line(place):
    Path("in").mkdir()
    Path("in/a.txt").write_text("\nAda\n\nKing\n")
    for path in ("in/a.txt", "in/../in/a.txt", f"{place}/in/a.txt"):
        assert texts_of(path) == [(path, "\nAda\n\nKing\n")]
        for unit in ("line", "paragraph"):
            assert texts_of(path, unit=unit) == [(f"{path}:2", "Ada"), (f"{path}:4", "King")]
    Path("a.jsonl").write_text('\n{"text": "Ada"}')
    assert texts_of("a.jsonl", "jsonl") == [("a.jsonl:2", "Ada")]


def test_the_name_of_a_file_that_is_no_text_gives_an_id_that_is():
    for name in (b"\xff.txt", b"\xfe.txt"):
        Path(os.fsdecode(name)).write_text("Ada")
    ids = [name for path in find_sources([Path()]) for name, _ in texts_of(path.path)]
    assert len({name.encode() for name in ids}) == 2


@pytest.mark.parametrize("unit", ["file", "line", "paragraph"])
@pytest.mark.slow
def test_what_gzip_packs_is_unpacked_by_its_name_or_its_first_bytes(unit):
    tool = subprocess.run(["gzip", "-c"], input=b"Ada\nKing", capture_output=True, check=True).stdout
    expected = {"file": ["Ada\nKing"], "line": ["Ada", "King"], "paragraph": ["Ada\nKing"]}[unit]
    for name in ("a.txt.gz", "a.txt.GZ", "a.txt", "a"):
        Path(name).write_bytes(tool)
        assert [text for _, text in texts_of(name, unit=unit)] == expected


PACKED = gzip.compress(b"Ada\nlives in Galway\n" * 100)
NO_DEFLATE = PACKED[:10] + b"\xff" * 20  # a header, and no kind of block that there is
CUT = [PACKED[:-1], PACKED[:-8], PACKED[:20], PACKED[:5], PACKED[:1], b""]
FLIPPED = [PACKED[:place] + bytes([PACKED[place] ^ 0xFF]) + PACKED[place + 1 :] for place in (2, 14, -6, -1)]


@pytest.mark.parametrize("content", [*CUT, *FLIPPED, NO_DEFLATE, b"Ada\n", b"x", PACKED + b"Ada"])
@pytest.mark.parametrize("unit", ["file", "line", "paragraph"])
def test_a_damaged_or_cut_file_of_gzip_is_an_error(content, unit):
    for name in ("a.gz", "a.GZ", *(["a.txt"] if content[:2] == PACKED[:2] else [])):
        Path(name).write_bytes(content)
        with pytest.raises(DataError, match=rf"^{name}: cannot be unpacked, .* damaged or cut short \(.+\)$"):
            texts_of(name, unit=unit)


@pytest.mark.parametrize("length", range(4))
def test_short_files_are_read_whole(length):
    Path("a.txt").write_text("Ada"[:length])
    assert texts_of("a.txt") == [("a.txt", "Ada"[:length])]


def test_standard_input_may_be_packed_and_stays_open(monkeypatch):
    for content in (b"Ada\nKing\n", gzip.compress(b"Ada\nKing\n")):
        stream = io.BytesIO(content)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
        assert texts_of("-", unit="line") == [("-:1", "Ada"), ("-:2", "King")]
        assert not stream.closed


def test_standard_input_that_is_closed_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match=r"^standard input is closed; name a file$"):
        texts_of("-")


def test_a_file_is_opened_when_it_is_read_and_closed_when_reading_stops(monkeypatch):
    opened = []

    def recorded(path):
        opened.append(sources_open(path))
        return opened[-1]

    sources_open = sources.open_input
    monkeypatch.setattr(sources, "open_input", recorded)
    Path("a.txt").write_text("Ada\nKing\n")
    documents = read_documents(Source(Path("a.txt"), "text"), unit="line")
    assert opened == []
    assert next(documents).text == "Ada"
    assert not opened[0].closed
    documents.close()
    assert opened[0].closed


@pytest.mark.parametrize(
    ("path", "message"), [("no.txt", "^no.txt: no such file$"), (".", "^.: cannot be read: Is a directory$")]
)
def test_what_cannot_be_opened_is_an_error(path, message):
    with pytest.raises(DataError, match=message):
        texts_of(path)


def test_a_file_that_cannot_be_read_on_is_an_error(monkeypatch):
    class Broken(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(Broken())))
    with pytest.raises(DataError, match=r"^-: cannot be read: Input/output error$"):
        texts_of("-")
