"""The page of a report in a real browser."""

import re
from contextlib import contextmanager
from itertools import pairwise

import pytest
from report_builders import FIVE, analysis_of, bundle_of, comparison_of
from test_comparison_report import FOUR

from tagger.reports.comparison_report import comparison_report
from tagger.reports.evaluation_report import evaluation_report

pytestmark = pytest.mark.slow

COPIES = 24  # of the five sentences: 120 sentences with errors, of which 50 are shown at first
STEP = 50
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page with many errors, long words among them."""
    long = (f"{'x' * 300} of {'Bonn-' * 60}", "B-ORG I-ORG I-ORG", f"B-{'longtype' * 12} O O")
    path = tmp_path_factory.mktemp("reports") / "report.html"
    analysis = analysis_of(*FIVE * COPIES, long, seen={"Ulm"}, documents=[0] * 60 + [1] * 61)
    path.write_text(evaluation_report(analysis, bundle_of()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser, report):
    """Open the page as a visitor of this kind has it; nothing may be asked of a network, and no error said."""

    @contextmanager
    def opened(viewport=WIDE, **options):
        context = browser.new_context(viewport=viewport, **options)
        context.set_default_timeout(120_000)  # milliseconds: a busy machine may stand still for long
        page = context.new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report)
        yield page
        assert said == []
        assert asked == [report]
        context.close()

    return opened


def shown(page):
    """The sentences that can be seen."""
    return page.eval_on_selector_all(
        "#error-list > li", "items => items.filter(i => i.offsetHeight).map(i => i.querySelector('p').textContent)"
    )


def said(page):
    return page.locator("#count").inner_text()


def test_the_first_sentences_are_shown_and_the_others_on_demand(opened):
    with opened() as page:
        assert shown(page) == [text for text, _, _ in FIVE * (STEP // 5)]
        assert said(page) == "Showing 50 of 121 sentences with 145 matching errors."
        page.get_by_role("button", name="Show 50 more").click()
        assert len(shown(page)) == 2 * STEP
        focused = page.evaluate("[...document.activeElement.parentElement.children].indexOf(document.activeElement)")
        assert focused == STEP
        page.get_by_role("button", name="Show 21 more").click()
        assert len(shown(page)) == 121
        assert not page.locator("#more").is_visible()
        assert said(page) == "121 sentences with 145 matching errors."


def test_kinds_types_and_surfaces_filter(opened):
    with opened() as page:
        for kind in ("other type", "other bounds", "type and bounds", "spurious"):
            page.get_by_role("checkbox", name=kind).uncheck()
        assert said(page) == "48 sentences with 48 matching errors."
        assert set(shown(page)) == {"Ulm sues Bonn", "in May Bonn won"}
        lines = page.eval_on_selector_all(
            "#error-list ul > li", "all => all.filter(l => l.offsetHeight).map(l => l.className)"
        )
        assert set(lines) == {"missed"}
        page.get_by_role("combobox", name="Type").select_option("LOC")
        assert set(shown(page)) == {"Ulm sues Bonn"}
        page.get_by_role("combobox", name="Surface").select_option("yes")
        assert (shown(page), page.locator("#count").inner_text()[:19]) == ([], "No sentence matches")
        page.get_by_role("combobox", name="Surface").select_option("no")
        assert set(shown(page)) == {"Ulm sues Bonn"}
        page.get_by_role("button", name="Reset").click()
        page.locator("#count", has_text="of 121").wait_for()
        assert page.get_by_role("checkbox", name="spurious").is_checked()


def test_a_type_finds_the_predicted_as_well_as_the_gold_ones(opened):
    with opened() as page:
        page.get_by_role("combobox", name="Type").select_option("LOC")
        assert set(shown(page)) == {"Anna Weber met Lund .", "Ulm sues Bonn", "Port of Ulm"}


def test_search_finds_words_in_any_case(opened):
    with opened() as page:
        page.get_by_role("searchbox").fill(" PORT of u")
        assert set(shown(page)) == {"Port of Ulm"}
        assert said(page) == "24 sentences with 24 matching errors."
        page.get_by_role("searchbox").fill("(.*")
        assert shown(page) == []


def test_the_surest_errors_come_first_on_demand(opened):
    """The first entity predicted in a sentence has confidence 0.9, the second 0.8; missed ones alone have none."""
    with opened() as page:
        confidences = (
            "all => all.filter(i => i.offsetHeight).map(i => i.querySelector('span small')?.textContent ?? '')"
        )
        page.get_by_role("combobox", name="Order").select_option("sure")
        first = page.eval_on_selector_all("#error-list > li", confidences)
        assert set(first) == {"90 %"}
        page.get_by_role("combobox", name="Order").select_option("unsure")
        assert page.eval_on_selector_all("#error-list > li", confidences)[:24] == ["80 %"] * 24
        page.get_by_role("combobox", name="Order").select_option("")
        assert shown(page)[:5] == [text for text, _, _ in FIVE]


def test_all_of_it_works_by_keyboard(opened):
    with opened() as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.get_by_role("checkbox", name="other type").focus()
        page.keyboard.press("Space")
        assert not page.get_by_role("checkbox", name="other type").is_checked()
        assert "Anna Weber met Lund ." not in shown(page)
        names = []
        for _ in range(9):
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.name || document.activeElement.type"))
        assert names == ["kind"] * 4 + ["type", "flag", "order", "words", "reset"]
        page.get_by_role("searchbox").focus()
        page.keyboard.type("lund")
        page.evaluate("window.same = true")
        page.keyboard.press("Enter")  # leads nowhere
        page.wait_for_timeout(300)
        assert page.evaluate("window.same")


def test_every_control_and_region_has_a_name(opened):
    with opened() as page:
        tree = page.locator("body").aria_snapshot()
        for role in ("checkbox", "combobox", "searchbox", "button", "region", "table", "navigation"):
            found = re.findall(rf"- {role}\b(.*)", tree)
            assert found
            assert all(rest.strip().startswith('"') for rest in found), role
        for role, name in (
            ("searchbox", "Search"),
            ("combobox", "Type"),
            ("combobox", "Surface"),
            ("combobox", "Order"),
        ):
            assert page.get_by_role(role, name=name, exact=True).count() == 1
        levels = [int(level) for level in re.findall(r"\[level=(\d)\]", tree)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert page.locator("#count").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("viewport", [NARROW, {"width": 768, "height": 900}, WIDE], ids=["360", "768", "1280"])
def test_nothing_is_wider_than_the_window(opened, viewport):
    with opened(viewport) as page:
        page.get_by_role("searchbox").fill("xxx")  # words of 300 letters
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert len(shown(page)) == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        wider = """all => all.filter(one => !one.closest('.scroll, svg') && one.offsetHeight
            && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"""
        assert page.eval_on_selector_all("main *, nav *", wider) == []


def test_without_scripts_every_error_can_be_read(opened):
    with opened(java_script_enabled=False) as page:
        items = page.locator("#error-list > li")
        assert items.count() == 121
        assert items.last.is_visible()
        assert not page.locator("#filters").is_visible()


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["360", "1280"])
def test_controls_stay_where_they_are_while_one_searches(opened, viewport):
    with opened(viewport) as page:
        places = "all => all.map(one => JSON.stringify(one.getBoundingClientRect()))"
        page.get_by_role("searchbox").scroll_into_view_if_needed()
        before = page.eval_on_selector_all("#filters, #filters *, #count", places)
        page.get_by_role("searchbox").press_sequentially("Ulm")
        assert len(set(shown(page))) == 2
        assert page.eval_on_selector_all("#filters, #filters *", places) == before[:-1]


def test_it_prints_its_charts_and_some_errors_in_light_colours(opened):
    with opened(color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator("nav").is_visible()
        assert not page.locator("#filters").is_visible()
        assert all(chart.is_visible() for chart in page.locator("figure svg").all())
        assert len(shown(page)) == STEP
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert min(map(int, re.findall(r"\d+", background)[:3])) > 240
        assert page.pdf()[:5] == b"%PDF-"


# Each element that has text of its own, with the text's colour and the colour behind it: red, green and blue up to 255.
PAINTED = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = text => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (front, back) => back.map((value, i) => (front[i] * front[3] + value * (255 - front[3])) / 255);
  const own = one => rgba(getComputedStyle(one).backgroundColor);
  const behind = one => one ? over(own(one), behind(one.parentElement)) : [255, 255, 255];
  const hasText = one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  const colour = one => getComputedStyle(one)[one.closest('svg') ? 'fill' : 'color'];
  return [...document.querySelectorAll('body *')]
    .filter(one => one.tagName !== 'SCRIPT' && one.getClientRects().length && hasText(one))
    .map(one => [one.outerHTML.slice(0, 90), rgba(colour(one)), behind(one)]);
}"""


def luminance(colour):
    """Relative, as WCAG 2.2 defines it."""
    parts = [value / 255 for value in colour[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_against_what_is_behind_it(opened, scheme):
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    with opened(color_scheme=scheme) as page:
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        painted = page.evaluate(PAINTED)
        assert len(painted) > 300
        assert {name[:5] for name, _, _ in painted} >= {"<text", "<bdi>"}
        faint = {name: contrast(text, behind) for name, text, behind in painted if contrast(text, behind) < 4.5}
        assert faint == {}


def test_a_comparison_is_filtered_by_who_is_right(browser, tmp_path):
    path = tmp_path / "comparison.html"
    path.write_text(comparison_report(comparison_of(*FOUR)), encoding="utf-8")
    page = browser.new_page(viewport=NARROW)
    said_in_console = []
    page.on("console", lambda message: said_in_console.append(message.text))
    page.on("pageerror", lambda error: said_in_console.append(str(error)))
    page.goto(path.as_uri())
    page.get_by_role("combobox", name="Who is right").select_option("B alone")
    assert shown(page) == ["Ulm sues Bonn"]
    page.get_by_role("combobox", name="Who is right").select_option("A alone")
    assert shown(page) == ["Anna met Lund .", "in May won"]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert said_in_console == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_of_kinds_can_be_told_from_the_page(opened, scheme):
    """WCAG asks 3 of graphics."""
    with opened(color_scheme=scheme) as page:
        fills = page.eval_on_selector_all(
            "#confusion .legend i",
            "all => all.map(one => getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number))",
        )
        behind = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert len(fills) == 5
        assert [fill for fill in fills if contrast(fill, behind) < 2.95] == []
