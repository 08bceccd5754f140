"""From files to files: what is read, what is written, what is left."""

import io
import json
import os
import shutil
import sys
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tagger.config import TextFormat
from tagger.corpus.conll import read_conll
from tagger.documents import workers
from tagger.documents.run import TextRequest, tag_texts
from tagger.documents.sources import Source
from tagger.errors import ConfigError, DataError
from tagger.inference import documents
from tagger.inference.tagger import Tagger

FORMS = ("jsonl", "columns", "inline", "html", "brat")
GOOD = {"a.txt": "Anna Weber lives in Trieste.\r\n", "b.txt": "Zoë & <Co> hired 12 divers.\n", "c.txt": "In 東京."}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A working directory with some texts in `in`, and windows so small that there are many."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name, text in GOOD.items():
        Path("in", name).write_bytes(text.encode())
    monkeypatch.setattr(documents, "_WINDOW", 40)
    return tmp_path


@pytest.fixture
def request_of(model):
    """A request for a form of what is in some files."""

    def request_of(form="jsonl", *names, output="out", **options):
        sources = [Source(Path("in", name), "text") for name in names or GOOD]
        return TextRequest(model, sources, form, Path(output), **options)

    return request_of


def content():
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file() and path.parts[0] != "in"}


def records(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def many(words):
    """A file of 60 lines, the last ones outside ASCII."""
    lines = [" ".join(words[4 * number : 4 * number + 7]) for number in range(50)] + ["Zoë in 東京 🚀"] * 10
    Path("in", "many.txt").write_text("\n".join(lines), encoding="utf-8")
    return lines


LINES = TextFormat(documents="line", processes=1)


def test_json_lines_hold_each_text_and_what_the_tagger_finds_in_it(request_of, model):
    done = tag_texts(request_of())
    found = records(Path("out").read_text(encoding="utf-8"))
    assert [(one["id"], one["text"]) for one in found] == [(f"in/{name}", text) for name, text in GOOD.items()]
    tagged = Tagger.load(model).pipe(GOOD.values())
    expected = [[(one.start, one.end, one.type) for one in document.entities] for document in tagged]
    assert [[(one["start"], one["end"], one["type"]) for one in document["entities"]] for document in found] == expected
    assert (done.documents, done.entities, done.problems) == (3, sum(map(len, expected)), [])
    assert done.entities


class Page(HTMLParser):
    """What types a page's legend names, and how many pages there are in the file."""

    def __init__(self):
        super().__init__()
        self.types, self.starts, self.ends, self.articles = [], 0, 0, 0

    def handle_starttag(self, tag, attributes):
        self.types += [dict(attributes)["data-type"]] if tag == "li" else []
        self.starts += tag == "html"
        self.articles += tag == "article"

    def handle_endtag(self, tag):
        self.ends += tag == "html"


def test_a_page_has_all_types_of_the_model_in_its_legend_and_one_head(request_of):
    tag_texts(request_of("html"))
    page = Page()
    page.feed(Path("out").read_text(encoding="utf-8"))
    assert page.types == ["LOC", "ORG", "PER"]
    assert (page.starts, page.ends, page.articles) == (1, 1, 3)


def test_xml_is_one_tree_of_all_documents(request_of):
    tag_texts(request_of("inline"))
    found = ElementTree.parse("out").getroot()
    assert [(one.get("id"), "".join(one.itertext())) for one in found] == [(f"in/{n}", t) for n, t in GOOD.items()]


def test_columns_are_read_as_the_sentences_the_tagger_tags(request_of, model):
    tag_texts(request_of("columns", scheme="BIOES"))
    tagged = Tagger.load(model, scheme="BIOES").pipe(GOOD.values())
    expected = [(one.tokens, one.tags) for document in tagged for one in document.sentences]
    assert [(one.tokens, one.tags) for one in read_conll("out")] == expected


def test_brat_has_two_files_for_each(request_of):
    tag_texts(request_of("brat", output="new/place"))
    made = content()
    stems = [f"new/place/in_{name[0]}" for name in GOOD]
    assert set(made) == {f"{stem}{suffix}" for stem in stems for suffix in (".txt", ".ann")}
    assert [made[f"{stem}.txt"].decode() for stem in stems] == list(GOOD.values())


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_cannot_be_read_does_not_stop_the_others(request_of, form):
    Path("in", "bad.txt").write_bytes(b"Anna\nlo\xff")
    tag_texts(request_of(form, output="expected"))
    done = tag_texts(request_of(form, "a.txt", "bad.txt", "b.txt", "c.txt"))
    assert len(done.problems) == 1
    assert done.problems[0].startswith("in/bad.txt:2: byte 0xff")
    made = content()
    out = {name[3:]: text for name, text in made.items() if name.startswith("out")}
    assert out == {name[8:]: text for name, text in made.items() if name.startswith("expected")}
    assert done.documents == 3


@pytest.mark.parametrize("form", FORMS)
def test_the_only_file_that_cannot_be_read_is_an_error_and_nothing_is_left(request_of, form):
    Path("in", "bad.txt").write_bytes(b"Anna\nlo\xff")
    with pytest.raises(DataError, match=r"in/bad\.txt:2: byte 0xff"):
        tag_texts(request_of(form, "bad.txt"))
    assert content() == {}


@pytest.mark.parametrize("form", FORMS[:-1])
def test_standard_output_gets_the_bytes_that_a_file_gets(request_of, form, monkeypatch):
    tag_texts(request_of(form))
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    tag_texts(request_of(form, output="-"))
    assert stream.buffer.getvalue() == Path("out").read_bytes()


def test_standard_input_goes_to_a_file_whole_or_not_at_all(model, monkeypatch):
    for given, outcome in ((b"Anna Weber.", {"out"}), (b"\xff", set())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        Path("out").unlink(missing_ok=True)
        try:
            tag_texts(TextRequest(model, [Source(Path("-"), "text")], "jsonl", Path("out")))
        except DataError:
            assert not outcome
        assert set(content()) == outcome


def test_a_pipe_named_as_output_is_written_to_and_stays_a_pipe(request_of):
    tag_texts(request_of())
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        tag_texts(request_of(output="pipe"))
        assert os.read(reader, 10_000) == Path("out").read_bytes()
    finally:
        os.close(reader)
    assert Path("pipe").is_fifo()
    assert set(content()) == {"out"}


@pytest.mark.parametrize("form", FORMS)
def test_a_directory_above_that_is_not_there_is_made(request_of, form):
    tag_texts(request_of(form, output="new/place/out"))
    assert all(name.startswith("new/place/out") for name in content())
    assert content()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("output", ["in/a.txt/out", "x" * 300])
def test_a_place_that_cannot_be_written_is_one_line(request_of, form, output):
    with pytest.raises(DataError, match=r"^[^\n]*: cannot be (made|written): [^\n]*$"):
        tag_texts(request_of(form, "b.txt", output=output))
    assert content() == {}


@pytest.mark.parametrize("form", FORMS[:-1])
def test_a_directory_is_no_place_for_one_file(request_of, form):
    Path("out").mkdir()
    with pytest.raises(DataError, match="out: cannot be written: Is a directory"):
        tag_texts(request_of(form))
    assert content() == {}


@pytest.mark.parametrize("output", ["in", "in/../in", "link"])
def test_brat_s_files_never_lie_among_the_texts(request_of, output):
    Path("link").symlink_to("in")
    with pytest.raises(ConfigError, match=r"in/a\.txt lies there; name another directory"):
        tag_texts(request_of("brat", output=output))
    assert {path.name: path.read_bytes().decode() for path in Path("in").iterdir()} == GOOD


def stop(request, after):
    """Run until so many windows are written."""
    told = []

    def watch(done):
        told.append(done.documents)
        lines = Path("out.unfinished", "lines.jsonl").read_bytes().count(b"\n")
        assert lines == done.documents  # what is done is in the file, where a kill cannot take it
        if len(told) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tag_texts(request, watch=watch)
    return told[-1]


@pytest.mark.parametrize("after", [1, 5])
def test_a_stopped_run_goes_on_with_the_next_window_and_ends_with_the_same_bytes(request_of, many, monkeypatch, after):
    tag_texts(request_of("jsonl", "a.txt", "many.txt", text=LINES, output="expected"))
    request = request_of("jsonl", "a.txt", "many.txt", text=LINES)
    written = stop(request, after)
    tagged = []
    whole = workers.tag_window
    monkeypatch.setattr(
        workers, "tag_window", lambda one, window, two: tagged.extend(window) or whole(one, window, two)
    )
    tag_texts(replace(request, resume=True))
    assert [document.text for document in tagged] == [GOOD["a.txt"].strip(), *many][written:]
    assert content() == {name: Path("expected").read_bytes() for name in ("expected", "out")}


CHANGED = {
    "documents": "paragraph",
    "text_field": "body",
    "id_field": "key",
    "language": "de",
    "errors": "replace",
}


@pytest.mark.parametrize("name", [field.name for field in fields(TextFormat) if field.name != "processes"])
def test_a_run_goes_on_only_as_it_was_asked_for(request_of, many, name):
    request = request_of("jsonl", "many.txt", text=LINES)
    stop(request, 2)
    other = replace(request, resume=True, text=replace(LINES, **{name: CHANGED[name]}))
    before = content()
    option = f"--{name.replace('_', '-')}"
    with pytest.raises(
        ConfigError, match=f"was begun with {option} '{getattr(LINES, name)}', this is '{CHANGED[name]}'"
    ):
        tag_texts(other)
    assert content() == before


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_processes(request_of, many):
    tag_texts(request_of("jsonl", "many.txt", text=LINES, output="expected"))
    request = request_of("jsonl", "many.txt", text=LINES)
    stop(request, 2)
    tag_texts(replace(request, resume=True, text=replace(LINES, processes=2)))
    assert Path("out").read_bytes() == Path("expected").read_bytes()


def changed_confidence(request):
    return replace(request, min_confidence=0.5), "--min-confidence 0.0, this is 0.5"


def changed_size(request):
    with Path("in", "many.txt").open("a") as stream:
        stream.write(" ")
    size = Path("in", "many.txt").stat().st_size
    return request, f"'in/many.txt (text, {size - 1} bytes)', this is 'in/many.txt (text, {size} bytes)'"


def changed_order(request):
    return replace(request, sources=request.sources[::-1]), "file 1 'in/a.txt (text, 30 bytes)', this is 'in/many.txt"


def one_file_less(request):
    return replace(request, sources=request.sources[:1]), "files 2, this is 1"


def changed_model(request):
    copy = shutil.copytree(request.model, Path("model"))
    manifest = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps(manifest))
    return replace(request, model=copy), "was begun with model '"


@pytest.mark.parametrize("change", [changed_confidence, changed_size, changed_order, one_file_less, changed_model])
def test_what_has_changed_since_is_named_in_one_line(request_of, many, change):
    request = request_of("jsonl", "a.txt", "many.txt", text=LINES)
    stop(request, 2)
    other, said = change(request)
    before = content()
    with pytest.raises(ConfigError) as error:
        tag_texts(replace(other, resume=True))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert content() == before


@pytest.mark.parametrize("form", FORMS[1:])
def test_only_json_lines_in_a_file_go_on(request_of, form):
    with pytest.raises(ConfigError, match="--resume: only a run can go on that"):
        tag_texts(request_of(form, resume=True))
    with pytest.raises(ConfigError, match="--resume: only a run can go on that"):
        tag_texts(request_of(output="-", resume=True))
    os.mkfifo("pipe")
    for name in ("-", "pipe"):
        request = replace(request_of(resume=True), sources=[Source(Path(name), "text")])
        with pytest.raises(ConfigError, match="--resume: only a run can go on that reads files"):
            tag_texts(request)
    assert content() == {}


def test_without_a_run_that_could_go_on_it_just_runs(request_of):
    tag_texts(request_of(resume=True))
    assert len(records(Path("out").read_text(encoding="utf-8"))) == 3
