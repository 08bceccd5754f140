"""`tagger show`: what a model is."""

import json
import os
import re
import shutil

import pytest

import tagger


def test_json_says_where_it_came_from_what_it_scores_and_how_large_it_is(run, trained):
    ran = run("show", trained.model, "--json")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    shown = json.loads(ran.out)
    lines = [line.split("\t") for line in trained.train.read_text().splitlines() if "\t" in line]
    tokens = [(word, tag) for word, tag in lines if word != "-DOCSTART-"]
    assert shown["tagger_version"] == tagger.__version__
    assert shown["scheme"] == "IOB2"
    assert shown["data"]["train"]["tokens"] == len(tokens)
    assert sum(shown["data"]["train"]["entities"].values()) == sum(tag.startswith("B-") for _, tag in tokens)
    assert shown["scores"] == json.loads(run("evaluate", trained.model, trained.train, "--json").out)
    assert shown["bytes"] == {path.name: path.stat().st_size for path in trained.model.iterdir()}
    assert shown["words"] == len((trained.model / "words.txt").read_text().splitlines())


def test_text_says_the_same_for_a_person(run, trained):
    ran = run("show", trained.model)
    assert (ran.code, ran.err) == (0, "")
    shown = json.loads(run("show", trained.model, "--json").out)
    train = shown["data"]["train"]
    counts = f"{train['sentences']} sentences, {train['tokens']} tokens, {sum(train['entities'].values())} entities"
    assert re.search(f"^train +{counts}$", ran.out, re.MULTILINE)
    assert f"types {', '.join(sorted(train['entities']))}" in ran.out
    assert "dev F1  1.0000 strict" in ran.out
    for config in shown["config"].values():
        for name, value in config.items():
            assert f"{name} {value}" in ran.out
    assert re.findall(r"^ +[\d.]+ [kM]B  (.+)$", ran.out, re.MULTILINE) == list(shown["bytes"])


@pytest.mark.parametrize("name", ["nosuch", "file", ""])
def test_what_is_no_model_is_one_line(refuses, write, name):
    write("file", "no model")
    refuses("no model there, expected a directory with model.json", "show", name)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b"{}", b'{"format_version": 1}', b'{"format_version": 99}']
)
def test_a_damaged_description_is_one_line(refuses, trained, tmp_path, content):
    copy = shutil.copytree(trained.model, tmp_path / "copy")
    (copy / "model.json").write_bytes(content)
    refuses("copy/model.json: ", "show", "copy")


def test_a_model_whose_name_is_not_utf8_shows(run, trained, tmp_path):
    name = os.fsdecode(b"mod\xff")
    shutil.copytree(trained.model, tmp_path / name)
    assert run("show", name).code == 0
