"""`tagger tag` with raw text: what goes together, what is refused, what is left by what ends it."""

import gzip
import json
import os
import random
import resource
import signal
import time
from pathlib import Path

import pytest

from tagger.corpus.conll import read_conll
from tagger.inference.tagger import Tagger

TEXT = "Anna Weber lives in Reading.\r\nThe Harbour Office hired 12 divers.\n\nIn 東京 🚀.\n"
PATIENCE = 300  # seconds; what takes longer is taken to hang


def records(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def folder(write, tmp_path):
    """Files of all kinds."""
    (tmp_path / "texts" / "deep").mkdir(parents=True)
    write("a.txt", TEXT)
    write("a.jsonl", json.dumps({"id": "x", "text": TEXT, "body": "Oslo"}) + "\n")
    write("a.conll", "Anna\tO\n")
    write("bad.txt", b"Anna\nlo\xff\n")
    write("texts/b.md", "Reading council voted.")
    write("texts/deep/c.txt", "Anna lives.")
    write("texts/deep/d.text.gz", gzip.compress(TEXT.encode()))
    return tmp_path


def spans(ran):
    assert (ran.code, ran.err) == (0, "")
    return [
        (one["id"], one["text"], [(e["start"], e["end"], e["type"]) for e in one["entities"]])
        for one in records(ran.out)
    ]


def expected(model, *named, **options):
    found = Tagger.load(model).pipe([text for _, text in named], **options)
    return [
        (name, text, [(entity.start, entity.end, entity.type) for entity in one.entities])
        for (name, text), one in zip(named, found, strict=True)
    ]


def test_every_surface_of_the_sample_s_texts_is_the_text_from_start_to_end(run, model, write, sample):
    files = sorted(sample.glob("*.conll"))
    texts = {file.stem: "\n".join(" ".join(sentence.tokens) for sentence in read_conll(file)) for file in files}
    for name, text in texts.items():
        write(f"{name}.txt", text)
    ran = run("tag", model, *(f"{name}.txt" for name in texts))
    assert (ran.code, ran.err) == (0, "")
    found = records(ran.out)
    assert {one["id"][:-4]: one["text"] for one in found} == texts
    for one in found:
        assert len(one["entities"]) > 10
        assert [one["text"][e["start"] : e["end"]] for e in one["entities"]] == [e["text"] for e in one["entities"]]
        assert all(
            before["end"] <= after["start"] for before, after in zip(one["entities"], one["entities"][1:], strict=False)
        )


def test_what_was_learned_by_heart_is_found_in_text(run, trained, write):
    sentences = list(read_conll(trained.train))
    write("a.jsonl", "".join(json.dumps({"text": " ".join(one.tokens)}) + "\n" for one in sentences))
    found = [
        [(e["type"], e["text"]) for e in one["entities"]] for one in records(run("tag", trained.model, "a.jsonl").out)
    ]
    gold = [[(e.type, sentence.surface(e)) for e in sentence.entities] for sentence in sentences]
    same = sum(one == other for one, other in zip(found, gold, strict=True))
    assert same > 0.9 * len(gold)  # where blanks are put back, some sentences are read otherwise
    assert sum(map(bool, gold)) > len(gold) / 3


def test_text_comes_from_files_folders_patterns_gzip_and_standard_input(run, model, folder):
    by_name = [
        ("texts/b.md", "Reading council voted."),
        ("texts/deep/c.txt", "Anna lives."),
        ("texts/deep/d.text.gz", TEXT),
    ]
    assert spans(run("tag", model, "a.txt", "texts")) == expected(model, ("a.txt", TEXT), *by_name)
    assert spans(run("tag", model, "texts/**/*.txt")) == expected(model, by_name[1])
    assert spans(run("tag", model, "-", "--from", "text", stdin=TEXT.encode())) == expected(model, ("-", TEXT))
    assert spans(run("tag", model, "-", "--from", "text", stdin=gzip.compress(TEXT.encode()))) == expected(
        model, ("-", TEXT)
    )
    assert spans(run("tag", model, "-", "--from", "jsonl", stdin=b'{"text": "Oslo"}')) == expected(
        model, ("-:1", "Oslo")
    )
    assert spans(run("tag", model, "a.conll", "--from", "text")) == expected(model, ("a.conll", "Anna\tO\n"))
    assert spans(run("tag", model, "a.jsonl", "--text-field", "body")) == expected(model, ("x", "Oslo"))


def test_what_a_document_is_can_be_said(run, model, folder):
    lines = [(f"a.txt:{number}", line) for number, line in enumerate(TEXT.replace("\r", "").split("\n"), 1) if line]
    assert spans(run("tag", model, "a.txt", "--documents", "line")) == expected(model, *lines)
    first, second = TEXT.split("\n\n")
    named = ("a.txt:1", first), ("a.txt:4", second[:-1])
    assert spans(run("tag", model, "a.txt", "--documents", "paragraph")) == expected(model, *named)


def test_entities_below_the_minimum_are_left_out(run, model, write, sample):
    text = " ".join(word for sentence in read_conll(sample / "dev.conll") for word in sentence.tokens)
    write("a.txt", text)
    (everything,) = (one["entities"] for one in records(run("tag", model, "a.txt").out))
    minimum = sorted(entity["confidence"] for entity in everything)[len(everything) // 2] + 0.00005
    (kept,) = (one["entities"] for one in records(run("tag", model, "a.txt", "--min-confidence", minimum).out))
    assert kept == [entity for entity in everything if entity["confidence"] > minimum]
    assert 0 < len(kept) < len(everything)


def test_a_file_gets_what_standard_output_gets_and_what_was_done_is_said(run, model, folder):
    for form in ("jsonl", "columns", "inline", "html"):
        ran = run("tag", model, "a.txt", "texts", "--to", form, "-o", "new/out")
        entities = sum(len(one["entities"]) for one in records(run("tag", model, "a.txt", "texts").out))
        assert (ran.code, ran.out, ran.err) == (0, "", f"new/out: 4 documents, {entities} entities\n")
        assert (folder / "new" / "out").read_bytes().decode() == run("tag", model, "a.txt", "texts", "--to", form).out
        assert [path.name for path in (folder / "new").iterdir()] == ["out"]


def test_brat_s_texts_are_the_texts(run, model, folder):
    assert run("tag", model, "a.txt", "--to", "brat", "--output-dir", "out").code == 0
    assert (folder / "out" / "a.txt").read_bytes() == TEXT.encode()
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a.ann", "a.txt"]


def test_one_bad_file_among_several_is_told_and_the_others_are_done(run, model, folder):
    ran = run("tag", model, "a.txt", "bad.txt", "texts", "-o", "out.jsonl")
    assert (ran.code, ran.out) == (2, "")
    first, second, last = ran.err.splitlines()
    assert first.startswith("tagger: bad.txt:2: byte 0xff")
    assert second.startswith("out.jsonl: 4 documents, ")
    assert last == "tagger: 1 of 5 files could not be read; the others are done"
    assert (folder / "out.jsonl").read_bytes().decode() == run("tag", model, "a.txt", "texts").out


def test_column_files_give_other_forms_too_alone_and_beside_text(run, model, folder, sample):
    """The entities are those of the tags that the same file gets as columns."""
    sentences = [sentence.tokens for sentence in read_conll(sample / "dev.conll")[:40]]
    sentences.insert(20, ("-DOCSTART-",))
    (folder / "b.conll").write_text("".join("\n".join(tokens) + "\n\n" for tokens in sentences))
    tagged = run("tag", model, "b.conll").out.split("\n")
    words = [line.split() for line in tagged if line.strip() and "DOCSTART" not in line]
    documents = [json.loads(line) for line in run("tag", model, "b.conll", "--to", "jsonl").out.splitlines()]
    for document in documents:
        for entity in document["entities"]:
            assert document["text"][entity["start"] : entity["end"]] == entity["text"]
    assert len(documents) == 2
    expected = " ".join(cells[0] for cells in words if cells[-1] != "O")
    assert expected
    assert " ".join(entity["text"] for document in documents for entity in document["entities"]) == expected
    both = run("tag", model, "b.conll", "a.txt", "--to", "jsonl").out.splitlines()
    assert len(both) == len(documents) + 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["a.txt", "a.conll"], "a.conll is taken for columns, a.txt for text; tag them one after the other"),
        (["a.txt", "--name", "{stem}"], "--name: is for column files"),
        (["a.txt", "--output-dir", "out"], "--output-dir: --to jsonl writes one file; name it with --output"),
        (["a.txt", "--to", "html", "--output-dir", "out", "-o", "b"], "--output-dir: --to html writes one file"),
        (["a.txt", "--to", "brat"], "--to brat: writes two files a document; name a directory with --output-dir"),
        (["a.txt", "--to", "brat", "-o", "out"], "--to brat: writes two files a document"),
        (["a.txt", "--to", "brat", "--output-dir", "out", "-o", "b"], "--to brat: writes two files a document"),
        (["a.txt", "--to", "brat", "--output-dir", "out", "--name", "{stem}"], "--name: is for column files"),
        (["a.txt", "--to", "brat", "--output-dir", "."], "a.txt lies there; name another directory"),
        (["texts", "--to", "brat", "--output-dir", "texts/deep"], "texts/deep/c.txt lies there"),
        (["a.txt", "-o", "a.txt"], "a.txt: would be written over an input"),
        (["texts", "-o", "texts/deep/../b.md"], "would be written over an input"),
        (["a.txt", "texts/*", "-o", "texts/deep/d.text.gz"], "would be written over an input"),
        (["a.txt", "texts", "a.txt"], "a.txt: the same file as a.txt; name it once"),
        (["nosuch.txt"], "nosuch.txt: no such file"),
        (["bad.txt"], "bad.txt:2: byte 0xff"),
        (["bad.txt", "-o", "out.jsonl"], "bad.txt:2: byte 0xff"),
        (["bad.txt", "-o", "out.html", "--to", "html"], "bad.txt:2: byte 0xff"),
        (["a.jsonl", "--text-field", "nosuch"], "a.jsonl:1: found no field 'nosuch'"),
        (["a.txt", "-o", "texts"], "texts: cannot be written: Is a directory"),
        (["a.txt", "-o", "a.conll/out"], "Not a directory"),
        (["a.txt", "-o", "x" * 300], "File name too long"),
        (["a.txt", "--to", "html", "-o", "x" * 300], "File name too long"),
        (["a.txt", "--to", "html", "-o", "out", "--resume"], "--resume: only a run can go on that"),
        (["a.txt", "--resume"], "--resume: only a run can go on that"),
        (["-", "--from", "text", "-o", "out", "--resume"], "--resume: only a run can go on that reads files"),
        (["a.txt", "--min-confidence", "2"], "--min-confidence: 2.0 is more than 1.0"),
        (["a.txt", "--processes", "-1"], "--processes: -1 is less than 0"),
        (["a.txt", "--scheme", "IOB2", "--documents", "page"], ""),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_left(refuses, run, folder, model, arguments, text):
    if text:
        refuses(text, "tag", model, *arguments)
    else:
        assert run("tag", model, *arguments).code == 2


def test_results_may_lie_in_the_folder_that_is_read(run, model, folder):
    """A run that was stopped there does not read what it has written itself."""
    begun = folder / "texts" / "out.jsonl.unfinished"
    begun.mkdir()
    (begun / "lines.jsonl").write_text('{"text": "not an input"}\n')
    assert "not an input" not in run("tag", model, "texts").out


def test_standard_input_may_be_written_to_standard_output_by_name(run, model):
    given = {"stdin": TEXT.encode()}
    assert run("tag", model, "-", "--from", "text", "-o", "-", **given) == run(
        "tag", model, "-", "--from", "text", **given
    )


def test_column_files_cannot_go_on_and_that_is_said(refuses, folder, model):
    refuses("--resume", "tag", model, "a.conll", "-o", "out.conll", "--resume")


@pytest.mark.slow
def test_a_closed_standard_output_is_one_line(start, folder, model):
    process = start("tag", model, "a.txt", stdout=None, preexec_fn=lambda: os.close(1))
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (2, b"tagger: standard output is closed; name a file with --output\n")


@pytest.fixture
def long_text(write, sample):
    """Some megabytes in lines, outside ASCII here and there."""
    words = [word for sentence in read_conll(sample / "train.conll") for word in sentence.tokens]
    lines = [" ".join(words[start : start + 40]) + " Łódź 🚀" for start in range(0, len(words) - 40, 40)]
    return write("many.txt", "\n".join(lines * 30) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_a_reader_that_has_seen_enough_ends_it_quietly(start, model, long_text, processes):
    process = start("tag", model, long_text, "--documents", "line", "--processes", processes)
    assert process.stdout.readline().startswith(b'{"id": ')
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(PATIENCE) == 1


def wait_for_lines(process, lines, size):
    """Until so many bytes are written, or the run has ended."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and not (lines.exists() and lines.stat().st_size >= size):
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_killed_at_any_time_it_goes_on_and_ends_with_the_same_bytes(run, start, model, long_text, tmp_path, processes):
    assert run("tag", model, long_text, "--documents", "line", "-o", "whole.jsonl").code == 0
    whole = (tmp_path / "whole.jsonl").read_bytes()
    arguments = "tag", model, long_text, "--documents", "line", "-o", "out.jsonl", "--processes", processes
    lines, chance = tmp_path / "out.jsonl.unfinished" / "lines.jsonl", random.Random(processes)
    moments = sorted(chance.randrange(len(whole) * 9 // 10) for _ in range(5))
    killed = 0
    for number, moment in enumerate([0, *moments]):
        process = start(*arguments, *(["--resume"] if number else []))
        wait_for_lines(process, lines, moment)
        time.sleep(chance.random() / 20)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
    assert killed >= 4
    assert not (tmp_path / "out.jsonl").exists()
    assert 0 < lines.stat().st_size < len(whole)
    process = start(*arguments, "--resume")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert (tmp_path / "out.jsonl").read_bytes() == whole
    assert not lines.parent.exists()


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_is_one_line_and_afterwards_it_goes_on(run, start, model, long_text, tmp_path, processes):
    assert run("tag", model, long_text, "--documents", "line", "-o", "whole.jsonl").code == 0
    whole = (tmp_path / "whole.jsonl").read_bytes()
    size = len(whole) * 2 // 3

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    arguments = "tag", model, long_text, "--documents", "line", "-o", "out.jsonl", "--processes", processes
    process = start(*arguments, preexec_fn=limit)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert (
        said.decode() == "tagger: out.jsonl: cannot be written: File too large; mend that, then go on with --resume\n"
    )
    assert (tmp_path / "out.jsonl.unfinished" / "lines.jsonl").stat().st_size == size
    ran = run("tag", model, long_text, "--documents", "line", "-o", "out.jsonl", "--resume")
    assert ran.code == 0
    assert (tmp_path / "out.jsonl").read_bytes() == whole
    assert not (tmp_path / "out.jsonl.unfinished").exists()


@pytest.mark.slow
def test_ctrl_c_ends_it_without_a_traceback(start, model, long_text, tmp_path):
    process = start("tag", model, long_text, "--documents", "line", "-o", "out.jsonl", "--processes", "1")
    wait_for_lines(process, Path(tmp_path, "out.jsonl.unfinished", "lines.jsonl"), 1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_end_that_is_asked_for_ends_all_processes(start, model, long_text, tmp_path, number):
    process = start("tag", model, long_text, "--documents", "line", "-o", "out.jsonl", "--processes", "2")
    wait_for_lines(process, Path(tmp_path, "out.jsonl.unfinished", "lines.jsonl"), 1)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)  # which also waits for all who could write there
    assert (process.returncode, said) == (128 + number, b"")
