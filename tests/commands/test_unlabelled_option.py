"""`tagger train --unlabelled`, as a user runs it."""

import gzip
import json
import re

import pytest

from tagger import Tagger

SMALL = ("--units", "8", "--embedding-size", "8", "--epochs", "2", "--unlabelled-count", "1", "--language", "de")


@pytest.fixture
def labelled(sample, write):
    """Forty blocks of the sample."""
    blocks = (sample / "train.conll").read_text(encoding="utf-8").split("\n\n")
    return write("train.conll", "\n\n".join(blocks[:40]) + "\n\n")


@pytest.mark.slow
def test_a_tagger_learns_beside_from_files_of_all_kinds_and_again_from_its_options(run, sample, labelled, tmp_path):
    text = (sample / "news.txt").read_text(encoding="utf-8")
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "b.jsonl").write_text("".join(json.dumps({"body": line}) + "\n" for line in text.splitlines() * 2))
    (folder / "c.conll").write_text("quixotic\nquagga\n\nquixotic\n\n" * 40)
    arguments = ("train", labelled, "--dev", labelled, "-o", "model", *SMALL, "--text-field", "body")
    ran = run(*arguments, "--unlabelled", folder / "a.txt.gz", "--unlabelled", f"{folder}/[bc].*")
    assert ran.code == 0, ran.err
    assert re.search(r"^unlabelled: [\d,]+ sentences, [\d,]+ words$", ran.out, re.MULTILINE)
    assert re.search(r"perplexity  unlabelled  dev P", ran.out)
    assert {"quixotic", "quagga"} <= set((tmp_path / "model" / "words.txt").read_text().split())
    assert len(Tagger.load("model").tag([["quagga", "runs"]])[0].tags) == 2
    first = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    again = run("train", "--config", "model/run.toml")
    assert (again.code, again.out.split("seconds")[0]) == (0, ran.out.split("seconds")[0])
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == first
    assert run("show", "model").code == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--unlabelled", "nosuch.txt"], "tagger: nosuch.txt: no such file\n"),
        (["--unlabelled", "*.md"], "*.md: found no file of such a name"),
        (["--unlabelled", "empty.txt"], "empty.txt: found no sentence"),
        (["--unlabelled", "broken.txt"], "broken.txt:2: byte 0xfc"),
        (["--unlabelled", "broken.txt", "--lm-weight", "0"], "--unlabelled: without the language model"),
        (["--unlabelled", "-"], "-: "),
    ],
)
def test_text_that_cannot_be_learned_from_is_one_line(refuses, labelled, write, arguments, text):
    write("empty.txt", "\n")
    write("broken.txt", b"One line .\nM\xfcnchen is another .\n")
    refuses(text, "train", labelled, "-o", "model", *arguments)


def test_a_search_does_not_pass_over_it_in_silence(refuses, labelled, write):
    write("run.toml", f'train = "{labelled}"\nunlabelled = ["a.txt"]\n')
    refuses("run.toml:2: unlabelled: a search", "tune", "--config", "run.toml", "-o", "study")
