"""`--character-lm`, as a user runs it: a language model of characters, then a tagger that reads its states."""

import json

import pytest

SMALL = ("--units", "8", "--embedding-size", "8", "--batch-size", "4", "--epochs", "2")


@pytest.fixture
def labelled(sample, write):
    """Forty blocks of the sample."""
    blocks = (sample / "train.conll").read_text(encoding="utf-8").split("\n\n")
    return write("train.conll", "\n\n".join(blocks[:40]) + "\n\n")


@pytest.mark.slow
def test_a_tagger_reads_with_it_wherever_it_tags_and_again_from_its_options(run, sample, labelled, write, tmp_path):
    text = write("text.txt", (sample / "news.txt").read_text(encoding="utf-8")[:6000])
    learn = ("pretrain", text, "--unit", "character", "-o", "lm", "--units", "8", "--embedding-size", "8")
    ran = run(*learn, "--epochs", "1")
    assert ran.code == 0, ran.err
    ran = run("train", labelled, "--dev", labelled, "-o", "model", "--character-lm", "lm", *SMALL)
    assert ran.code == 0, ran.err
    first = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    assert json.loads(run("show", "model", "--json").out)["context"]["features"] == 16
    (tmp_path / "away").mkdir()
    (tmp_path / "lm").rename(tmp_path / "away" / "lm")
    scores = json.loads(run("evaluate", "model", labelled, "--json").out)
    assert scores == json.loads(run("show", "model", "--json").out)["scores"]
    for command in (
        ("tag", "model", text, "--output", "found.jsonl"),
        ("tag", "model", labelled, "-o", "tagged.conll"),
    ):
        ran = run(*command)
        assert ran.code == 0, ran.err
    tagged = (tmp_path / "tagged.conll").read_text(encoding="utf-8").splitlines()
    assert len(tagged) == len(labelled.read_text(encoding="utf-8").splitlines())
    assert run("export", "model", "--int8", "-o", "model8").code == 0
    assert (tmp_path / "model8" / "context_forward.onnx").read_bytes() == first["context_forward.onnx"]
    assert run("evaluate", "model8", labelled).code == 0
    (tmp_path / "away" / "lm").rename(tmp_path / "lm")
    again = run("train", "--config", "model/run.toml")
    assert again.code == 0, again.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == first


@pytest.mark.parametrize("command", [("train", "-o", "model"), ("tune", "-o", "study")])
def test_what_is_no_language_model_is_one_line(refuses, labelled, command):
    name, *options = command
    refuses("nosuch: no model there, expected a directory with language_model.json",
            name, labelled, *options, "--character-lm", "nosuch")  # fmt: skip
