import pytest
from html_pages import Page, rules, types_of
from hypothesis import given
from hypothesis import strategies as st
from tagged_documents import EVIL, NEWS, PLAIN, SURROGATES, replaced, tagged_documents, types

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.documents.writers.html import html_head, html_tail, to_html

ELEMENTS = {"html", "head", "meta", "title", "style", "body", "header", "h1", "main", "article", "h2", "div"}


def allowed(text):
    return replaced(text, SURROGATES | {"\0"})


def page_of(*documents, types=("PER", "LOC")):
    file = html_head(types) + "".join(map(to_html, documents)) + html_tail()
    return Page(file.encode("utf-8").decode("utf-8"))


def test_entities_are_marked_in_the_text():
    assert to_html(NEWS) + to_html(PLAIN) == (
        '<article>\n<h2 lang="">news/&quot;1&quot;</h2>\n<div class="text" lang="">'
        '<mark data-type="PER" title="PER, confidence 0.9877">Zoë</mark> 👩‍🚀 said “hi” to &quot;'
        '<mark data-type="Org/X" title="Org/X, confidence 0.5000">IBM&#13;\nDeutschland</mark>&quot; '
        '&amp; &lt;b&gt;\tin <mark data-type="LOC" title="LOC, confidence 1.0000">Rome</mark></div>\n</article>\n'
        '<article>\n<h2 lang="">plain.txt</h2>\n<div class="text" lang="">Nothing here.</div>\n</article>\n'
    )


@given(st.lists(tagged_documents(), max_size=3), st.lists(types, max_size=4))
def test_a_parser_gives_the_documents_back(documents, known):
    page = page_of(*documents, types=known)
    assert page.unclosed == []
    assert set(page.names) - {"mark", "ul", "li"} <= ELEMENTS
    assert page.legend == list(dict.fromkeys(map(allowed, known)))
    assert types_of(page.style) == page.legend
    assert len(page.articles) == len(documents)
    for article, document in zip(page.articles, documents, strict=True):
        assert (article.id, article.text) == (allowed(document.id), allowed(document.text))
        marks = [(mark.type, mark.text) for mark in article.marks]
        assert marks == [(allowed(entity.type), allowed(entity.text)) for entity in document.entities]


@pytest.mark.parametrize("evil", [EVIL, "</style><script>alert(1)</script>", '"] { } \\', "' onload='x", "&lt;b&gt;"])
def test_markup_in_text_id_and_type_stays_text(evil):
    page = page_of(TaggedDocument(evil, evil, (TextEntity(0, len(evil), evil, evil, 0.5),), ()), types=[evil])
    assert set(page.names) == ELEMENTS | {"mark", "ul", "li"}
    assert set(page.attributes["mark"][0]) == {"data-type", "title"}
    assert (page.articles[0].id, page.articles[0].text, page.articles[0].marks[0].type) == (evil, evil, evil)
    assert page.articles[0].marks[0].title == f"{evil}, confidence 0.5000"
    assert page.legend == types_of(page.style) == [evil]


def test_the_page_says_what_it_is_and_asks_the_network_for_nothing():
    file = html_head(["PER"]) + to_html(NEWS) + html_tail()
    page = Page(file)
    assert file.startswith("<!DOCTYPE html>\n")
    assert page.attributes["html"] == [{"lang": "en"}]
    assert {"charset": "utf-8"} in page.attributes["meta"]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.attributes["meta"]
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    assert policy in page.attributes["meta"]
    assert page.title == "Tagged documents"
    assert not {"src", "href", "style"} & {name for found in page.attributes.values() for one in found for name in one}
    assert not any(word in page.style for word in ("url(", "@import", "<"))


def test_white_space_is_kept_and_labels_are_no_part_of_the_text():
    style = page_of().style
    assert any(".text" in line and "white-space: pre-wrap" in line for line in style.splitlines())
    assert "attr(data-type)" in style


def test_without_types_there_is_no_legend():
    assert "ul" not in page_of(NEWS, types=()).names


def test_every_type_has_its_own_colour_in_either_scheme():
    known = [f"T{number}" for number in range(40)]
    found = rules(page_of(types=known).style)
    for scheme in (0, 1):
        fills = {found[f'[data-type="{type_}"]'][scheme]["fill"] for type_ in known}
        assert len(fills) == len(known)


def test_every_text_stands_out_from_what_is_behind_it():
    """At least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3), in either scheme, for as many types as anyone has."""
    known = [f"T{number}" for number in range(200)]
    found = rules(page_of(types=known).style)
    for scheme in (0, 1):
        page = found[":root"][scheme]
        assert contrast(page["ink"], page["page"]) >= 4.5
        assert contrast(page["quiet"], page["page"]) >= 4.5
        for colours in (page, *(found[f'[data-type="{type_}"]'][scheme] for type_ in known)):
            assert contrast(page["ink"], colours["fill"]) >= 4.5
            assert contrast(colours["label"], colours["fill"]) >= 4.5


def test_the_light_scheme_is_light_and_the_dark_one_dark():
    light, dark = rules(page_of().style)['[data-type="PER"]']
    assert luminance(light["fill"]) > 0.6
    assert luminance(dark["fill"]) < 0.2
    assert page_of().style.count("@media (prefers-color-scheme: dark) {\n") == 2  # the page's own, and that of types


def luminance(colour):
    """As WCAG 2.2 defines it, from 0 for black to 1 for white."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
