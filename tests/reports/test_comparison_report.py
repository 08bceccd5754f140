"""The page of a comparison, read by a parser that is not ours."""

import pytest
from report_builders import comparison_of
from report_pages import Node, Page, rows_of

from tagger.reports.comparison_report import comparison_report, write_comparison_report

FOUR = (
    ("Anna met Lund .", "B-PER O B-PER O", "B-PER O B-PER O", "B-PER O B-LOC O"),  # A alone has Lund
    ("Ulm sues Bonn", "B-LOC O B-ORG", "O O B-ORG", "B-LOC O B-ORG"),  # B alone has Ulm
    ("in May won", "O O O", "O O O", "O B-PER O"),  # B alone makes May up
    ("the Port", "O B-ORG", "O O", "O O"),  # neither
)


@pytest.fixture(scope="module")
def page():
    return Page(comparison_report(comparison_of(*FOUR))).root


def test_scores_and_differences_are_those_of_both(page):
    """By hand: A has 3 of 5 right and predicts 3, 6/8; B 3 of 5 and predicts 5, 6/10."""
    rows = {row[0]: row for row in rows_of(page.one("section", id="types").one("table"))}
    assert rows["all"][1:4] == ["75.0", "60.0", "+15.0"]
    assert rows["all: precision"][1:4] == ["100.0", "60.0", "+40.0"]
    assert rows["all: recall"][1:4] == ["60.0", "60.0", "+0.0"]
    assert rows["LOC"][1:4] == ["0.0", "66.7", "-66.7"]
    assert page.one("p", **{"class": "headline"}).one("strong").text == "+15.00"


def test_p_is_that_of_the_comparison(page):
    p = comparison_of(*FOUR).comparison.micro.f1.p_value
    assert f"p is {p:.4f}." in page.one("section", id="summary").text
    assert "A is ahead, but chance" in page.one("section", id="summary").text


def test_what_one_alone_has_right_stands_with_what_the_other_has(page):
    items = [item for item in page.one("ol", id="error-list").children if isinstance(item, Node)]
    lines = [(item.one("p").text, line) for item in items for line in item.one("ul").all("li")]
    found = [(text, line.attributes["class"], "data-flagged" in line.attributes) for text, line in lines]
    assert found == [
        ("Anna met Lund .", "type", True),
        ("Ulm sues Bonn", "missed", False),
        ("in May won", "spurious", True),
    ]
    choices = [option.text for option in page.one("select", name="flag").all("option")]
    assert choices == ["A or B", "A alone", "B alone"]


def test_without_confidences_there_is_no_order_by_them(page):
    assert not list(page.all("select", name="order"))


def test_equal_taggings_have_a_page_too():
    page = Page(comparison_report(comparison_of(*[(*row[:3], row[2]) for row in FOUR]))).root
    assert "A and B have the same F1." in page.one("section", id="summary").text
    assert "There are none." in page.one("section", id="errors").text


def test_the_same_comparison_gives_the_same_bytes(tmp_path):
    for name in ("one.html", "two.html"):
        write_comparison_report(tmp_path / name, comparison_of(*FOUR))
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
