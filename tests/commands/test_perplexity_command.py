"""`tagger perplexity`: how well a language model knows a text."""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from small_language_models import write_language_model

from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import find_raw_text
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.perplexity import measure_perplexity

ROOT = Path(__file__).parent.parent.parent
TEXT = "The harbour opens .\nAnna does n't open a boat .\n"


@pytest.fixture(scope="session")
def words(tmp_path_factory):
    return write_language_model(tmp_path_factory.mktemp("words") / "model")


@pytest.fixture(scope="session")
def letters(tmp_path_factory):
    return write_language_model(tmp_path_factory.mktemp("letters") / "model", unit="character", directions="forward")


def measured(model, *files, tokenized=True):
    raw = find_raw_text(files, TextFormat(), ColumnFormat(), tokenized=tokenized)
    return asdict(measure_perplexity(LanguageBundle.open(model), raw))


def test_json_has_everything(run, words, letters, write):
    file = write("text.txt", TEXT)
    for model in (words, letters):
        ran = run("perplexity", model, "text.txt", "--tokenized", "--json")
        assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
        assert json.loads(ran.out) == measured(model, file)


def test_text_says_the_same_for_a_person(run, words, letters, write):
    found = measured(words, write("text.txt", TEXT))
    ran = run("perplexity", words, "text.txt", "--tokenized")
    assert (ran.code, ran.err) == (0, "")
    assert [line.rsplit(None, 1) for line in ran.out.splitlines()[:3]] == [
        ["perplexity", f"{found['overall']:.2f}"],
        ["  forward", f"{found['forward']:.2f}"],
        ["  backward", f"{found['backward']:.2f}"],
    ]
    assert ran.out.splitlines()[3:] == [
        "predictions         11 a direction, of 11 words, 18.18% of them unknown to the model"
    ]
    found = measured(letters, write("text.txt", TEXT))
    ran = run("perplexity", letters, "text.txt")
    assert [line.rsplit(None, 1) for line in ran.out.splitlines()[:2]] == [
        ["perplexity", f"{found['overall']:.2f}"],
        ["bits per character", f"{found['bits_per_character']:.3f}"],
    ]
    assert f"of {len(TEXT)} characters" in ran.out
    assert "backward" not in ran.out


def test_text_is_split_unless_it_is_said_to_be_tokens(run, words, write):
    write("text.txt", "The harbour opens. A boat.")
    loose = json.loads(run("perplexity", words, "text.txt", "--json").out)
    given = json.loads(run("perplexity", words, "text.txt", "--json", "--tokenized").out)
    assert (loose["units"], given["units"]) == (7, 5)
    assert (loose["unknown"], given["unknown"]) == (0, 2)


def test_json_lines_folders_and_columns_are_read(run, words, write, tmp_path):
    (tmp_path / "folder").mkdir()
    write("folder/a.jsonl", '{"body": "The harbour opens ."}\n')
    write("folder/b.jsonl", '{"body": "A boat ."}\n')
    write("c.conll", "the DT O\nboat NN O\n\n")
    ran = run("perplexity", words, "folder", "c.conll", "--text-field", "body", "--json")
    assert json.loads(ran.out)["units"] == 9


def test_bytes_that_are_no_text_can_be_read_over(run, refuses, words, write):
    write("text.txt", b"a \xff boat .\n")
    refuses("text.txt:1: byte 0xff", "perplexity", words, "text.txt")
    assert run("perplexity", words, "text.txt", "--errors", "replace").code == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nosuch.txt"], "nosuch.txt: no such file"),
        (["empty.txt"], "empty.txt: found no sentence; name a file that has text"),
        (["-"], "-: this text is read more than once"),
        (["text.txt", "text.txt"], "text.txt: the same file as"),
    ],
)
def test_what_is_wrong_with_the_files_is_one_line(refuses, words, write, arguments, text):
    write("text.txt", TEXT)
    write("empty.txt", "")
    refuses(text, "perplexity", words, *arguments)


def test_a_tagger_is_told_from_a_language_model(refuses, model, words, write):
    write("text.txt", TEXT)
    refuses(f"{model}: a tagger, which `tagger tag`", "perplexity", model, "text.txt")
    refuses(f"{words}: a language model, which `tagger perplexity`", "tag", words, "text.txt", "-o", "found.jsonl")
    refuses("nosuch: no model there, expected a directory with language_model.json", "perplexity", "nosuch", "text.txt")


def test_a_damaged_model_is_one_line(refuses, words, write, tmp_path):
    write("text.txt", TEXT)
    copy = shutil.copytree(words, tmp_path / "copy")
    (copy / "forward.onnx").write_bytes(b"")
    refuses("copy/forward.onnx: 0 bytes, expected", "perplexity", "copy", "text.txt")


@pytest.mark.slow
def test_no_library_of_training_is_brought_in(words, write, tmp_path):
    write("text.txt", TEXT)
    code = (
        "import sys\nfrom tagger.commands.app import main\n"
        "sys.argv = ['tagger', *sys.argv[1:]]\n"
        "try:\n    main()\nfinally:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    for arguments in (["perplexity", words, "text.txt"], ["generate", words, "--length", "3"]):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        ran = subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
        )
        loaded = {name.split(".")[0] for name in ran.stderr.split()}
        assert "onnxruntime" in loaded
        assert not loaded & {"tensorflow", "keras", "onnx", "seqeval", "sklearn", "scipy"}
