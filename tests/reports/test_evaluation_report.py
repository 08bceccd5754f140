"""The page of a report, read by a parser that is not ours."""

import re
import xml.dom.minidom
from html import unescape

import pytest
from report_builders import FIVE, HISTORY, analysis_of, bundle_of
from report_pages import Node, Page, rows_of

from tagger.reports.evaluation_report import evaluation_report, write_evaluation_report

EVIL = "</script><script>alert(1)</script>\"'&<b>"
ODD = ("\u202eesrever", "zero\u200bwidth", "half\ud800", "nul\0", "cr\rlf", EVIL)


@pytest.fixture(scope="module")
def page():
    return Page(
        evaluation_report(analysis_of(*FIVE, seen={"Bonn", "Ulm"}, documents=[0, 0, 1, 1, 2]), bundle_of())
    ).root


def sections(page):
    return [section.attributes["id"] for section in page.all("section")]


def test_the_contents_lead_to_every_section(page):
    links = [link.attributes["href"] for link in page.one("nav").all("a")]
    assert links == [f"#{name}" for name in sections(page)]
    assert sections(page)[0] == "summary"
    assert sections(page)[-1] == "errors"


def test_the_headline_is_the_strict_score(page):
    """Two of seven gold and of six predicted entities are right: 2 * 2 / 13."""
    assert page.one("p", **{"class": "headline"}).one("strong").text == "30.77"
    tiles = {tile.one("dt").text: tile.one("b").text for tile in page.one("dl", **{"class": "tiles"}).all("div")}
    assert (tiles["precision"], tiles["recall"]) == ("33.3", "28.6")


def test_the_sentences_say_where_the_errors_are(page):
    kinds, types, novelty = (item.text for item in page.one("ul", **{"class": "plain"}).all("li"))
    assert kinds.replace("\xa0", " ") == "Of 6 errors, 33.3 % are missed, 16.7 % of another type."
    assert types.replace("\xa0", " ") == (
        "50.0 % of them concern “ORG”, more than any other type. The commonest mix-up: “ORG” taken for “LOC”, 1 time."
    )
    assert "57.1\xa0% of the file's entities" in novelty  # all but Ulm, Bonn and Bonn


def test_the_commonest_mix_up_is_none_with_the_type_itself():
    rows = ("Anna met Lund", "B-PER O B-PER", "B-PER O B-PER"), ("Ulm", "B-LOC", "B-PER")
    page = Page(evaluation_report(analysis_of(*rows), bundle_of())).root
    assert "mix-up: “LOC” taken for “PER”, 1 time." in page.one("section", id="summary").text


def test_each_chart_has_its_numbers_as_a_table(page):
    for figure in page.all("figure"):
        assert figure.one("svg").attributes["aria-hidden"] == "true"
        assert len(rows_of(figure.one("table"))) > 1
    (by_type,) = [rows_of(table) for table in page.one("section", id="types").all("table")]
    assert by_type[0] == ["type", "precision", "recall", "F1", "95 % interval", "support"]
    assert [(row[0], row[3], row[5]) for row in by_type[1:]] == [
        ("ORG", "33.3", "4"),
        ("PER", "50.0", "2"),
        ("LOC", "0.0", "1"),
        ("all", "30.8", "7"),
    ]


def test_confusion_has_missed_and_spurious_on_their_own(page):
    *_, confusion = page.one("section", id="confusion").all("table")
    assert rows_of(confusion) == [
        ["in the file", "LOC", "ORG", "PER", "other bounds", "missed"],
        ["LOC", "·", "·", "·", "·", "1"],
        ["ORG", "1", "1", "·", "1", "1"],
        ["PER", "1", "·", "1", "·", "·"],
        ["nothing (spurious)", "·", "·", "1", "", ""],
    ]


def test_documents_stand_with_their_lines(page):
    rows = rows_of(page.one("section", id="documents").one("table"))
    assert sorted(rows[1:]) == [
        ["1", "1", "33.3", "3", "2", "2"],
        ["2", "12", "40.0", "3", "2", "1"],
        ["3", "21", "0.0", "1", "1", "1"],
    ]


def test_a_file_of_one_document_and_a_model_without_history_have_no_such_sections():
    page = Page(evaluation_report(analysis_of(*FIVE), bundle_of(history=[{"epoch": 1, "tag_loss": 0.5}]))).root
    assert not {"documents", "learning"} & set(sections(page))


def test_learning_curves_are_those_of_the_history(page):
    scores, loss, perplexity = (rows_of(table)[1:] for table in page.one("section", id="learning").all("table"))
    assert [row[3] for row in scores] == [f"{100 * row['dev']['f1']:.1f}" for row in HISTORY]
    assert [row[1] for row in loss] == ["0.5", "0.25", "0.2"]
    assert [row[1] for row in perplexity] == ["90", "70", "60"]


def test_errors_stand_in_their_sentences(page):
    items = [item for item in page.one("ol", id="error-list").children if isinstance(item, Node)]
    assert [item.one("p").text for item in items] == [text for text, _, _ in FIVE]
    assert [next(item.all("small")).text for item in items] == [f"gold.conll:{line}" for line in (1, 7, 12, 16, 21)]
    lines = [line for item in items for line in item.one("ul").all("li")]
    assert [line.attributes["class"] for line in lines] == [
        *("type", "boundary", "missed", "spurious", "missed", "both")
    ]
    assert re.sub(r"\s+", " ", lines[0].text) == "other type gold PER Lund predicted LOC Lund 80 %"
    assert re.sub(r"\s+", " ", lines[2].text) == "missed gold LOC Ulm predicted nothing"


def test_lines_above_and_below_are_of_gold_and_predicted(page):
    """Types are numbered in alphabetical order: LOC 0, ORG 1, PER 2."""
    marks = [
        [(mark.text, mark.attributes["class"]) for mark in sentence.all("b")]
        for sentence in page.one("ol", id="error-list").all("p")
    ]
    assert marks[0] == [("Anna Weber", "ok"), ("Lund", "g2 p0")]
    assert marks[1] == [("the", "p1"), (" ", "p1"), ("Port of Bonn", "g1 p1")]
    assert marks[4] == [("Port of", "g1"), (" ", "g1"), ("Ulm", "g1 p0")]


def test_whatever_stands_in_a_file_is_text_on_the_page():
    tokens = " ".join(token.replace(" ", "") for token in ODD)
    tags = " ".join(f"B-{token}".replace(" ", "") for token in ODD)
    text = evaluation_report(analysis_of((tokens, tags, " ".join("O" for _ in ODD)), name=f"{EVIL}.conll"), bundle_of())
    page = Page(text.encode("utf-8").decode("utf-8")).root  # it can be written
    shown = tokens.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert page.one("ol", id="error-list").one("p").text == shown
    assert {option.text for option in page.all("option")} >= {shown.split(" ")[0], EVIL}
    assert len(list(page.all("script"))) == 1
    assert "alert" not in page.one("script").text
    assert EVIL not in text
    assert EVIL in unescape(text)
    assert "\r" not in text  # a browser would read a line feed
    assert unescape(text).count("cr\rlf") == text.count("cr&#13;lf") > 0


def test_drawings_are_well_formed_and_hold_no_colour_of_their_own(page):
    text = evaluation_report(analysis_of(*FIVE), bundle_of())
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) >= 8
    for drawing in drawings:
        xml.dom.minidom.parseString(drawing)
        assert not re.findall(r"#[0-9a-f]{6}", drawing)
        assert "<metadata" not in drawing
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'(?:url\(|href=")#([^")]+)', text)
    assert set(wanted) <= set(ids)


def test_names_of_types_are_never_read_as_formulas():
    text = evaluation_report(analysis_of(("a b", "B-$x^2$ B-" + "long" * 20, "O O")), bundle_of())
    drawing = xml.dom.minidom.parseString(text[text.index("<svg") : text.index("</svg>")] + "</svg>")
    written = {"".join(part.data for part in one.childNodes) for one in drawing.getElementsByTagName("text")}
    assert {"$x^2$", "long" * 5 + "l…"} <= written


def test_nothing_is_loaded_from_anywhere(page):
    assert not [node for tag in ("link", "img", "iframe", "object") for node in page.all(tag)]
    assert all(not script.attributes for script in page.all("script"))
    policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'; ")


@pytest.mark.parametrize("sentences", [(("a b", "O O", "O O"),), (("a b", "B-PER O", "B-PER O"),)])
def test_a_file_without_errors_or_without_entities_has_a_page_too(sentences):
    page = Page(evaluation_report(analysis_of(*sentences), bundle_of())).root
    assert "There are none." in page.one("section", id="errors").text


def test_a_page_has_room_for_so_many_errors_and_says_what_it_leaves_out(monkeypatch):
    monkeypatch.setattr("tagger.reports.errors._MOST_BYTES", 3000)
    page = Page(evaluation_report(analysis_of(*[FIVE[2]] * 20), bundle_of())).root
    shown = len([item for item in page.one("ol", id="error-list").children if isinstance(item, Node)])
    assert 0 < shown < 20
    assert f"no room for {20 - shown} more sentences" in page.one("section", id="errors").text


def test_of_a_very_long_sentence_what_is_near_errors_is_shown():
    words = [f"w{number}" for number in range(1000)]
    tags = ["O"] * 1000
    tags[500] = "B-PER"
    page = Page(evaluation_report(analysis_of((" ".join(words), " ".join(tags), " ".join(["O"] * 1000))), bundle_of()))
    shown = page.root.one("ol", id="error-list").one("p").text.split()
    assert shown[0] == shown[-1] == "[…]"
    assert shown[1:-1] == words[460:541]


def test_the_same_analysis_gives_the_same_bytes(tmp_path):
    for name in ("one.html", "two.html"):
        write_evaluation_report(tmp_path / name, analysis_of(*FIVE), bundle_of())
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


@pytest.mark.slow
def test_ten_thousand_sentences_with_thousands_of_errors_are_under_three_megabytes():
    filler = " ".join(["word"] * 20)
    outside = " ".join(["O"] * 20)
    rows = [
        (f"{text} {filler}", f"{gold} {outside}", f"{predicted} {outside if number % 2 else 'B-PER ' + outside[2:]}")
        for number in range(2000)
        for text, gold, predicted in FIVE
    ]
    text = evaluation_report(analysis_of(*rows), bundle_of())
    assert len(text.encode("utf-8")) < 3_000_000
    assert text.count('<p lang="">') > 3000
