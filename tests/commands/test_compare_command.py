"""`tagger compare`: two models, or two tagged files, on a labelled file."""

import json
import shutil

import pytest
from hard_sentences import SENTENCES


@pytest.fixture
def gold(trained, write):
    """What the model knows by heart, and two sentences that it does not."""
    return write("gold.conll", trained.train.read_text().replace("\t", " ") + SENTENCES)


def values_of(ran):
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("\n") == 1
    return json.loads(ran.out)


def test_a_model_against_itself_differs_in_nothing(run, trained, gold):
    values = values_of(run("compare", trained.model, trained.model, gold, "--json"))
    scores = json.loads(run("evaluate", trained.model, gold, "--json").out)["strict"]
    for name in ("precision", "recall", "f1"):
        one = values["micro"][name]
        assert one == {"a": one["b"], "b": one["b"], "interval": {"low": 0.0, "high": 0.0}, "p_value": 1.0}
        assert one["a"] == pytest.approx(scores["micro"][name])
    assert (values["a_alone"], values["b_alone"]) == ([], [])


def test_a_model_and_the_file_that_it_tagged_are_the_same(run, trained, gold, write):
    write("tagged.conll", run("tag", trained.model, gold).out)
    write("right.conll", gold.read_text())
    of_model = values_of(run("compare", trained.model, "right.conll", gold, "--json"))
    of_file = values_of(run("compare", "tagged.conll", "right.conll", gold, "--json"))
    assert of_model.pop("a") != of_file.pop("a")
    assert of_model == of_file
    assert of_file["micro"]["f1"]["b"] == 1.0 > of_file["micro"]["f1"]["a"]
    lines = gold.read_text().splitlines()
    for one in of_file["b_alone"]:
        if one["gold"] is not None:
            assert lines[one["line"] - 1].split()[0] == one["text"].split()[0]


def test_the_text_is_for_a_person_and_the_same_each_time(run, trained, gold, write):
    write("right.conll", gold.read_text())
    ran = run("compare", trained.model, "right.conll", gold, "--examples", "1")
    assert (ran.code, ran.err) == (0, "")
    assert "B is right and A is not: 1 of" in ran.out
    assert "p is how often" in ran.out
    assert run("compare", trained.model, "right.conll", gold, "--examples", "1").out == ran.out


@pytest.mark.parametrize(
    ("a", "text"),
    [
        ("nosuch", "nosuch: no such file"),
        ("empty", "empty: no model there"),
        ("other.conll", "other.conll:1: found 'Writing', but "),
    ],
)
def test_what_cannot_be_compared_is_one_line(refuses, gold, write, tmp_path, a, text):
    (tmp_path / "empty").mkdir()
    write("other.conll", "Writing O\n")
    refuses(text, "compare", a, gold, gold)


def test_a_damaged_model_is_said(refuses, trained, gold, tmp_path):
    shutil.copytree(trained.model, tmp_path / "model")
    (tmp_path / "model" / "words.txt").write_text("cut")
    refuses("words.txt", "compare", gold, "model", gold)


def test_without_seqeval_it_says_how_to_install_it(refuses, gold, monkeypatch):
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == "seqeval" else object())
    refuses("`tagger compare` needs seqeval; in the checkout: pip install '.[train]'", "compare", gold, gold, gold)


def test_the_report_is_a_page_with_the_same_numbers(run, trained, gold, write):
    write("right.conll", gold.read_text())
    plain = run("compare", trained.model, "right.conll", gold)
    ran = run("compare", trained.model, "right.conll", gold, "--report", "page.html")
    assert (ran.code, ran.err, ran.out) == (0, "", plain.out + "report: page.html\n")
    page = gold.with_name("page.html").read_text(encoding="utf-8")
    micro = json.loads(run("compare", trained.model, "right.conll", gold, "--json").out)["micro"]["f1"]
    assert f"{100 * micro['a']:.1f}" in page
    assert "right.conll" in page
    assert run("compare", "no-model", "right.conll", gold, "--report", "other.html").code == 2
    assert not gold.with_name("other.html").exists()
