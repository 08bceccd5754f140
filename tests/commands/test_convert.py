"""`tagger convert` as a user has it."""

import gzip
import json
import os
import subprocess
import sys

import pytest

COLUMNS = "Bo B-PER\nmet O\n\nRio B-LOC\n\n"
RECORD = '{"id": "a", "text": "Bo met Rio", "entities": [[0, 2, "PER"], [7, 10, "LOC"]]}\n'
TOKENS = '{"id": "0", "tokens": ["Bo", "met"], "ner_tags": ["B-PER", "O"]}\n'


def test_names_say_what_is_read_and_written(run, write, tmp_path):
    write("a.conll", COLUMNS)
    for target in ("b.jsonl", "b.spacy", "b.tsv"):
        assert run("convert", "a.conll", target) == run("convert", "a.conll", target, "--from", "columns")
        back = run("convert", target, "-", "--to", "columns")
        assert (back.code, back.out) == (0, COLUMNS)
    assert run("convert", "a.conll", "folder", "--to", "brat").code == 0
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["a.conll.ann", "a.conll.txt"]
    assert run("convert", "folder", "-", "--to", "columns", "--tokenized").out == COLUMNS


@pytest.mark.parametrize(
    ("name", "content", "out"),
    [
        ("a.json", RECORD, "Bo B-PER\nmet O\nRio B-LOC\n\n"),
        ("a.ndjson", TOKENS, "Bo B-PER\nmet O\n\n"),
        ("a.jsonl", '{"text": "Bo met", "tokens": [{"text": "Bo"}], "spans": [[0, 2, "X"]]}\n', "Bo B-X\nmet O\n\n"),
    ],
)
def test_json_is_looked_into(run, write, name, content, out):
    write(name, content)
    assert run("convert", name, "-", "--to", "columns").out == out
    assert run("convert", "-", "-", "--to", "columns", stdin=content.encode()).out == out


def test_standard_input_is_read_twice_where_the_scheme_must_be_found(run):
    stdin = b"Bo I-PER\nRio B-PER\n"
    ran = run("convert", "-", "-", "--to", "huggingface", stdin=stdin)
    assert json.loads(ran.out)["ner_tags"] == ["I-PER", "B-PER"]
    assert (
        run("convert", "-", "-", "--to", "columns", "--to-scheme", "BIOES", stdin=stdin).out == "Bo S-PER\nRio S-PER\n"
    )


def test_packed_files_are_read_and_written(run, write, tmp_path):
    write("a.conll.gz", gzip.compress(COLUMNS.encode()))
    assert run("convert", "a.conll.gz", "b.jsonl.gz").code == 0
    (record,) = gzip.decompress((tmp_path / "b.jsonl.gz").read_bytes()).splitlines()
    assert json.loads(record)["text"] == "Bo met\nRio\n"
    assert run("convert", "b.jsonl.gz", "-", "--to", "columns").out == COLUMNS


def test_what_is_lost_is_listed_a_few_of_each_kind_or_all(run, write):
    write("a.jsonl", "".join(json.dumps({"text": "Newport", "entities": [[0, 3, "X"]]}) + "\n" for _ in range(8)))
    ran = run("convert", "a.jsonl", "a.conll")
    lines = ran.err.splitlines()
    assert (ran.code, ran.out, lines[0]) == (0, "", "ends of entities inside a token: 8")
    cut = "X 0-3 'New' ends inside the token 'Newport' (0-7), nearest bound 0: '[New]port'"
    assert lines[1:6] == [f"  a.jsonl:{number}: {cut}" for number in range(1, 6)]
    assert lines[6] == "  and more (--all lists them)"
    everything = run("convert", "a.jsonl", "a.conll", "--all").err.splitlines()
    assert everything[1:9] == [f"  a.jsonl:{number}: {cut}" for number in range(1, 9)]


@pytest.mark.parametrize("target", [("a.conll",), ("-", "--to", "columns"), ("folder", "--to", "brat")])
def test_strict_writes_nothing_where_something_would_be_lost(run, write, tmp_path, target):
    write("a.jsonl", '{"text": "Newport", "entities": [[0, 3, "X"]], "meta": 1}\n')
    ran = run("convert", "a.jsonl", *target, "--strict")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(f"{target[0]}: not written, since not all can be kept (--strict)\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_strict_writes_where_nothing_is_lost(run, write, tmp_path):
    write("a.conll", COLUMNS)
    assert run("convert", "a.conll", "a.jsonl", "--strict").code == 0
    assert (tmp_path / "a.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("a.conll: is what is read", ("a.conll", "a.conll")),
        ("link.conll: is what is read", ("a.conll", "link.conll")),
        ("out: its name does not say in which form to write it", ("a.conll", "out")),
        ("full: is not an empty directory", ("a.conll", "full")),
        ("full: found no .txt file in this directory", ("full", "b.conll")),
        ("full: is a directory, which only BRAT's form is", ("full", "b.conll", "--from", "columns")),
        ("full: is a directory; name a file", ("a.conll", "full", "--to", "jsonl")),
        ("-: BRAT's form is a directory", ("a.conll", "-", "--to", "brat")),
        ("-: spaCy's binary form is read from a file", ("-", "b.conll", "--from", "spacy")),
        ("none.conll: no such file", ("none.conll", "b.jsonl")),
        ("empty.conll: found no document in it", ("empty.conll", "b.jsonl")),
        ("a.conll:1: expected JSON", ("a.conll", "b.conll", "--from", "jsonl")),
        ("bad.conll:2: expected at least 2 columns", ("bad.conll", "b.jsonl")),
        ("none: no such file", ("a.conll", "b.jsonl", "--labels", "none")),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(refuses, write, tmp_path, text, arguments):
    write("a.conll", COLUMNS)
    write("bad.conll", "Bo B-PER\nRio\n")
    write("empty.conll", "\n")
    (tmp_path / "full").mkdir()
    write("full/other", "")
    (tmp_path / "link.conll").symlink_to("a.conll")
    refuses(text, "convert", *arguments)


def test_offsets_in_other_units_are_told_and_read(refuses, run, write):
    write("a.jsonl", '{"text": "🚀 Bo", "entities": [{"start": 3, "end": 5, "type": "PER", "text": "Bo"}]}\n')
    refuses("a.jsonl:1: PER 3-5 lies beyond the text, which ends at 4; all", "convert", "a.jsonl", "b.conll")
    assert run("convert", "a.jsonl", "-", "--to", "columns", "--offsets", "utf16").out == "🚀 O\nBo B-PER\n\n"


def test_converting_brings_in_no_library_of_training(write, tmp_path):
    write("a.conll", COLUMNS)
    code = (
        "import sys\nfrom tagger.commands.app import main\nsys.argv = ['tagger', 'convert', 'a.conll', 'b.jsonl']\n"
        "try:\n    main()\nfinally:\n    print(*sorted(sys.modules))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert (tmp_path / "b.jsonl").exists()
    assert not loaded & {"tensorflow", "keras", "seqeval", "sklearn", "scipy", "spacy", "onnxruntime"}
