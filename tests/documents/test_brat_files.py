"""A directory of texts and annotations: whatever documents are called, each has two files, there and nowhere else."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus.document import Document
from tagger.documents.brat_files import BratDirectory
from tagger.documents.workers import Written
from tagger.errors import DataError

ODD = [
    "../../x",
    "/etc/passwd",
    "",
    ".",
    "..",
    "...txt",
    ".hidden",
    "a/../../b",
    "\0",
    "\n",
    "a\\b",
    "C:x",
    "~",
    "\ud800",
]
SAME = ["a.txt", "A.TXT", "a", "A", "a-2", "a/", "ß", "SS", "ss"]
LONG = ["x" * 300, "x" * 299 + "y", "字" * 300, "🚀" * 300, "a" + "." * 250 + "b", "字" * 99 + "a"]
ids = st.sampled_from([*ODD, *SAME, *LONG]) | st.text(max_size=20)


def write(place, *documents):
    """Write documents, each with an annotation that says which it is."""
    with BratDirectory(place).writing() as put:
        put(documents, Written([f"T{number}\n" for number in range(len(documents))], 0))


def named(*names):
    return [Document(name, f"text {number}") for number, name in enumerate(names)]


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(st.lists(ids, max_size=8))
def test_every_document_has_two_files_of_one_name_in_the_directory_and_none_is_outside(names):
    with TemporaryDirectory() as folder:
        place = Path(folder) / "deep" / "place"
        write(place, *named(*names))
        made = files(place)
        assert files(Path(folder)) == {f"deep/place/{name}": text for name, text in made.items()}
        assert all("/" not in name and not name.startswith(".") for name in made)
        stems = {name[:-4] for name in made}
        assert set(made) == {f"{stem}{suffix}" for stem in stems for suffix in (".txt", ".ann")}
        assert len({stem.casefold() for stem in stems}) == len(names)
        pairs = {(made[f"{stem}.txt"], made[f"{stem}.ann"]) for stem in stems}
        assert pairs == {(f"text {number}".encode(), f"T{number}\n".encode()) for number in range(len(names))}


@pytest.mark.parametrize("name", [*ODD, *LONG])
def test_odd_names_alone_work_too(tmp_path, name):
    write(tmp_path / "out", *named(name, name))
    assert len(files(tmp_path / "out")) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["news/today.txt"], ["news_today"]),
        (["a.txt:1", "a.txt:2"], ["a.txt_1", "a.txt_2"]),
        (["Ünï-cödé 東京"], ["Ünï-cödé_東京"]),
        (["a", "a", "a-2", "a"], ["a", "a-2", "a-2-2", "a-3"]),
        (["a-2", "a", "a"], ["a-2", "a", "a-3"]),
        (["Rome", "rome", "ROME.txt"], ["Rome", "rome-2", "ROME-3"]),
        (["", "..", "/"], ["document", "document-2", "document-3"]),
        (["../../etc/passwd"], ["etc_passwd"]),
    ],
)
def test_names_are_like_ids(tmp_path, names, stems):
    write(tmp_path, *named(*names))
    texts = {path.stem: path.read_text() for path in tmp_path.glob("*.txt")}
    assert texts == {stem: f"text {number}" for number, stem in enumerate(stems)}


def test_names_stay_apart_from_window_to_window(tmp_path):
    with BratDirectory(tmp_path).writing() as put:
        for text in ("one", "two"):
            put([Document("a", text)], Written(["T1\n"], 1))
    assert {name: text for name, text in files(tmp_path).items() if name.endswith("txt")} == {
        "a.txt": b"one",
        "a-2.txt": b"two",
    }


def test_many_documents_of_one_name_are_as_quick_as_others(tmp_path):
    names = BratDirectory(tmp_path)
    made = [names._name_of("same") for _ in range(100_000)]  # which never ends where each is looked for from the first
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("text", ["a\r\nb\rc\n", "\n", "", " \ufeffa\u2028b\x85\n\n", "Zoë 東京 🚀\r\n"])
def test_a_text_is_written_byte_for_byte(tmp_path, text):
    write(tmp_path, Document("a", text))
    assert (tmp_path / "a.txt").read_bytes() == text.encode()


def test_half_a_character_becomes_one_whole_one(tmp_path):
    write(tmp_path, Document("a", "x\ud800y"))
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "x\ufffdy"


def test_what_else_is_there_stays_and_the_same_names_are_written_over(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a.txt").write_text("old")
    write(tmp_path, *named("a"))
    assert files(tmp_path) == {"mine": b"mine", "a.txt": b"text 0", "a.ann": b"T0\n"}


@pytest.mark.parametrize("place", ["file", "file/below", "loop/below", "x" * 300])
def test_a_place_that_cannot_be_is_one_line(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DataError, match=f"^{tmp_path / place}: cannot be made: [A-Z][^\n]*$"):
        write(tmp_path / place, *named("a"))


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "a.ann").symlink_to("a.ann")
    with pytest.raises(DataError, match=f"^{tmp_path}/a.ann: cannot be written: "):
        write(tmp_path, *named("a"))
