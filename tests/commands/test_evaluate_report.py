"""`tagger evaluate --report`: the page, and what is said beside it."""

import json

import pytest
from small_models import write_model

GOLD = """\
-DOCSTART- O

Reading B-ORG
council I-ORG
voted O
in O
Reading B-LOC

-DOCSTART- O

Ann B-PER
Reading I-PER
saw O
the O
Night B-creative-work
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """One that nobody has trained."""
    return write_model(tmp_path_factory.mktemp("report") / "model", layers=1)


def test_the_scores_are_printed_as_without_a_page(run, model, write, tmp_path):
    write("gold.conll", GOLD)
    plain = run("evaluate", model, "gold.conll")
    ran = run("evaluate", model, "gold.conll", "--report", "report.html")
    assert (ran.code, ran.err, ran.out) == (0, "", plain.out + "report: report.html\n")
    scores = json.loads(run("evaluate", model, "gold.conll", "--json").out)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<strong>{100 * scores['strict']['micro']['f1']:.2f}</strong>" in page
    assert "gold.conll, tags in IOB2" in page
    assert "2 documents" in page


def test_json_stays_one_object(run, model, write):
    write("gold.conll", GOLD)
    ran = run("evaluate", model, "gold.conll", "--json", "--report", "report.html")
    assert json.loads(ran.out) == json.loads(run("evaluate", model, "gold.conll", "--json").out)
    assert ran.err == "report: report.html\n"


def test_the_same_input_gives_the_same_bytes(run, model, write, tmp_path):
    write("gold.conll", GOLD)
    for name in ("one.html", "two.html"):
        run("evaluate", model, "gold.conll", "--report", name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_page_that_cannot_be_written_is_said(refuses, model, write):
    write("gold.conll", GOLD)
    refuses("nosuch/report.html: cannot be written", "evaluate", model, "gold.conll", "--report", "nosuch/report.html")


@pytest.mark.parametrize(
    ("content", "text"),
    [("", "gold.conll:1: found no sentence"), ("Anna PER\n", "gold.conll:1: unknown form of tag 'PER'")],
)
def test_what_is_wrong_with_the_file_is_one_line(refuses, model, write, content, text):
    write("gold.conll", content)
    refuses(text, "evaluate", model, "gold.conll", "--report", "report.html")


def test_without_what_draws_it_says_how_to_install_it(refuses, model, write, monkeypatch):
    write("gold.conll", GOLD)
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == "jinja2" else object())
    refuses("needs jinja2; in the checkout: pip install", "evaluate", model, "gold.conll", "--report", "report.html")


def test_without_a_page_nothing_that_draws_is_needed(run, model, write, monkeypatch):
    write("gold.conll", GOLD)
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == "jinja2" else object())
    assert run("evaluate", model, "gold.conll").code == 0
