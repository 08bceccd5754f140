"""`tagger tag`: column files in, column files out, one more column."""

import os
import re
import shutil
import stat
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tagger.corpus.conll import read_conll
from tagger.corpus.schemes import SCHEMES
from tagger.inference.tagger import Tagger

ROOT = Path(__file__).parents[2]

TEXT = "Anna\tB-PER\nlives\tO\nin\tO\nTrieste\tB-LOC\n"


def tags_of(ran):
    """The last column of what a command wrote, and nothing for lines without a token."""
    assert (ran.code, ran.err) == (0, "")
    return ["" if "DOCSTART" in line else line.split("\t")[-1] for line in ran.out.split("\n")]


def test_what_was_learned_by_heart_comes_out(run, trained):
    lines = trained.train.read_text(encoding="utf-8").split("\n")
    expected = [line if not line or "DOCSTART" in line else f"{line}\t{line.split()[1]}" for line in lines]
    assert run("tag", trained.model, trained.train).out.split("\n") == expected
    assert {line.split("\t")[-1][0] for line in expected if line} == {"B", "I", "O"}


def test_standard_input_to_standard_output(run, trained):
    read = run("tag", trained.model, trained.train)
    piped = run("tag", trained.model, "-", stdin=trained.train.read_bytes())
    assert piped == read
    assert run("tag", trained.model, trained.train, "-o", "-") == read


def test_files_go_where_the_options_say(run, trained, write, tmp_path):
    write("a.conll", TEXT)
    write("b.bio", "Oslo\n\n")
    expected = {name: run("tag", trained.model, name).out for name in ("a.conll", "b.bio")}
    assert run("tag", trained.model, "a.conll", "-o", "new/place/a").out == ""
    both = run("tag", trained.model, "a.conll", "b.bio", "--output-dir", "out")
    assert (both.code, both.out, both.err) == (0, "", "tagged 2 files\n")
    assert run("tag", trained.model, "a.conll", "b.bio", "--name", "{stem}.tagged{suffix}").code == 0
    made = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {
        "a.conll": TEXT,
        "b.bio": "Oslo\n\n",
        "new/place/a": expected["a.conll"],
        "out/a.conll": expected["a.conll"],
        "out/b.bio": expected["b.bio"],
        "a.tagged.conll": expected["a.conll"],
        "b.tagged.bio": expected["b.bio"],
    }


@pytest.mark.parametrize(
    ("given", "token_lines"),
    [
        (b"Anna\r\nlives\r\n\r\nin Oslo\r\n", {0, 1, 3}),
        (b"\xef\xbb\xbfAnna x y\n  \nlives z w", {0, 2}),
        (b"\n\n\nAnna\n\n\n\n-DOCSTART- -X- O\n\nOslo\t1\n", {3, 9}),
        ("# no comment\n\u00a0\nnaïve\u2028word\tx\n".encode(), {0, 1, 2}),
    ],
)
def test_every_byte_stays_and_every_token_gets_one_column_more(run, model, write, given, token_lines):
    path = write("in.conll", given)
    assert run("tag", model, "in.conll", "-o", "out.conll").code == 0
    before, after = given.split(b"\n"), path.with_name("out.conll").read_bytes().split(b"\n")
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        text, ending = re.fullmatch(rb"(.*?)(\r?)", old, re.DOTALL).groups()
        column = rb"[ \t](O|[BI]-[A-Z]+)" if number in token_lines else b""
        assert re.fullmatch(re.escape(text) + column + ending, new)


def test_comment_lines_are_kept_and_not_tagged(run, model, write):
    write("in.conll", "# about Anna\nAnna\n")
    assert run("tag", model, "in.conll", "--comment-prefix", "#").out.startswith("# about Anna\nAnna\t")
    assert run("tag", model, "in.conll").out.startswith("# about Anna ")


def test_the_word_column_is_the_one_that_is_read(run, trained, write):
    lines = trained.train.read_text(encoding="utf-8").split("\n")
    write("second.conll", "\n".join("\t".join(["1", *line.split("\t")]) if line else "" for line in lines))
    expected = tags_of(run("tag", trained.model, trained.train))
    assert tags_of(run("tag", trained.model, "second.conll", "--word-column", "2")) == expected
    assert tags_of(run("tag", trained.model, "second.conll", "--word-column", "-2")) == expected
    assert tags_of(run("tag", trained.model, "second.conll")) != expected


def test_tags_come_in_the_scheme_asked_for(run, trained):
    iob2 = tags_of(run("tag", trained.model, trained.train))
    bioes = tags_of(run("tag", trained.model, trained.train, "--scheme", "BIOES"))
    assert [tag.replace("S-", "B-").replace("E-", "I-") for tag in bioes] == iob2
    is_last = [tag not in {"", "O"} and not after.startswith("I-") for tag, after in pairwise([*iob2, ""])]
    assert [tag.startswith(("E-", "S-")) for tag in bioes] == is_last


@pytest.fixture
def doubtful(trained, write):
    """A file that the model has not learned, what is said of it, and a confidence that is the middle one."""
    sentences = [
        ("Anna", "lives", "in", "Trieste"),
        ("Reading", "council", "voted"),
        ("over", "Harbour", "Lee", "Oslo"),
    ]
    sentences += [sentence.tokens[::-1] for sentence in read_conll(trained.train)]
    write("in.conll", "\n\n".join("\n".join(tokens) for tokens in sentences) + "\n")
    predictions = Tagger.load(trained.model).predict(sentences)
    confidences = sorted(confidence for one in predictions for confidence in one.confidences)
    assert confidences[0] < confidences[len(confidences) // 2]  # else the tests show nothing
    return predictions, confidences[len(confidences) // 2]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_entities_below_the_minimum_become_o_and_all_others_stay(run, model, doubtful, scheme):
    predictions, minimum = doubtful
    expected = []
    for one in predictions:
        pairs = zip(one.sentence.entities, one.confidences, strict=True)
        kept = [entity for entity, confidence in pairs if confidence >= minimum]
        expected += [*SCHEMES[scheme].tags_of(kept, len(one.sentence.tokens)), ""]
    options = "--scheme", scheme, "--min-confidence", repr(minimum)
    ran = run("tag", model, "in.conll", *options)
    assert tags_of(ran) == expected
    assert tags_of(ran) != tags_of(run("tag", model, "in.conll", "--scheme", scheme))


def test_the_minimum_holds_wherever_files_come_from_and_go(run, model, doubtful, tmp_path):
    minimum = "--min-confidence", repr(doubtful[1])
    expected = run("tag", model, "in.conll", *minimum).out
    assert run("tag", model, "-", *minimum, stdin=(tmp_path / "in.conll").read_bytes()).out == expected
    shutil.copy(tmp_path / "in.conll", tmp_path / "other.conll")
    assert run("tag", model, "in.conll", "other.conll", "--output-dir", "out", *minimum).code == 0
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == [expected] * 2


def test_a_minimum_of_nothing_is_none(run, model, doubtful):
    assert run("tag", model, "in.conll", "--min-confidence", "0") == run("tag", model, "in.conll")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["a.conll", "--min-confidence", "1.5"], "--min-confidence: 1.5 is more than 1.0"),
        (["a.conll", "--min-confidence", "-0.5"], "--min-confidence: -0.5 is less than 0.0"),
        (["a.conll", "--min-confidence", "nan"], "--min-confidence: nan is not a value of type float"),
        (["nosuch.conll"], "nosuch.conll: no such file"),
        (["folder"], "folder: found no file in this directory"),
        (["empty.conll"], "empty.conll:1: found no token"),
        (["blank.conll"], "blank.conll:1: found no token"),
        (["blank.conll", "-o", "out.conll"], "blank.conll:1: found no token"),
        (["-"], "found no token"),
        (["bytes.conll"], "bytes.conll:2: byte 0xff at position 3 is not UTF-8"),
        (["a.conll", "--word-column", "3"], "a.conll:1: expected a word in column 3, found 2 columns: 'Anna B-PER'"),
        (["a.conll", "--word-column", "0"], "--word-column: columns count from 1"),
        (["a.conll", "--comment-prefix", ""], "--comment-prefix: an empty prefix"),
        (["a.conll", "b.conll"], "found 2 files; say where they go"),
        (["a.conll", "--name", "{nosuch}"], "expected {name}, {stem} or {suffix} in braces"),
        (["a.conll", "-o", "a.conll"], "a.conll: would be written over an input"),
        (["a.conll", "./a.conll", "--output-dir", "out"], "a.conll: the same file as a.conll; name it once"),
        (["a.conll", "-o", "b.conll/c"], "b.conll: cannot be made: "),
        (["a.conll", "-o", "x" * 300], ": File name too long"),
        (["bytes.conll", "-o", "out.conll"], "bytes.conll:2: byte 0xff"),
        (["empty.conll", "-o", "out.conll"], "empty.conll:1: found no token"),
        (["bytes.conll", "-o", "b.conll"], "bytes.conll:2: byte 0xff"),
        (["a.conll", "-o", "folder"], "folder: cannot be written: Is a directory"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_left(refuses, model, write, arguments, text):
    files = {"a": TEXT, "b": TEXT, "empty": "", "blank": " \n\t\n", "bytes": b"Anna\nlo\xff\n"}
    for name, content in files.items():
        write(f"{name}.conll", content).with_name("folder").mkdir(exist_ok=True)
    refuses(text, "tag", model, *arguments)


def test_a_model_that_is_not_there_or_damaged_is_said(refuses, trained, write, tmp_path):
    write("a.conll", TEXT)
    refuses("nosuch: no model there, expected a directory with model.json", "tag", "nosuch", "a.conll")
    refuses("a.conll: no model there", "tag", "a.conll", "a.conll")
    for part in ("network.onnx", "weights.safetensors", "words.txt", "model.json"):
        copy = shutil.copytree(trained.model, tmp_path / f"without {part}")
        (copy / part).unlink()
        refuses("missing" if part != "model.json" else "no model there", "tag", copy, "a.conll", "-o", "out")
        content = (trained.model / part).read_bytes()
        (copy / part).write_bytes(content[: len(content) // 2])
        refuses(part, "tag", copy, "a.conll", "-o", "out")


def test_an_existing_result_is_replaced_and_its_link_kept(run, model, write, tmp_path):
    write("a.conll", TEXT)
    write("old.conll", "old")
    (tmp_path / "link").symlink_to("old.conll")
    assert run("tag", model, "a.conll", "-o", "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "old.conll").read_text() == run("tag", model, "a.conll").out


def test_a_pipe_named_as_output_is_written_to_and_stays_a_pipe(run, model, write, tmp_path):
    write("a.conll", TEXT)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("tag", model, "a.conll", "-o", "pipe").code == 0
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
        assert os.read(reader, 10_000).decode() == run("tag", model, "a.conll").out
    finally:
        os.close(reader)


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_ends_it_quietly(start, model, write):
    path = write("long.conll", "Anna\nlives\n\n" * 60_000)
    process = start("tag", model, path)
    assert process.stdout.readline().startswith(b"Anna\t")
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1


def test_a_closed_standard_input_is_one_line(refuses, model):
    refuses("standard input", "tag", model, "-", stdin=None)


@pytest.mark.slow
def test_a_closed_standard_output_is_one_line(trained):
    command = f"exec {sys.executable} -m tagger tag {trained.model} {trained.train} >&-"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (2, "tagger: standard output is closed; name a file with --output\n")


@pytest.mark.slow
def test_the_device_of_standard_output_can_be_named_in_a_pipe(run, trained):
    expected = run("tag", trained.model, trained.train).out
    command = f"{sys.executable} -m tagger tag {trained.model} {trained.train} -o /dev/stdout | cat"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == expected
