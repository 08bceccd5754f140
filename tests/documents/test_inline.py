import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_documents import EVIL, NEWS, PLAIN, SURROGATES, replaced, tagged_documents

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.documents.writers.inline import inline_head, inline_tail, to_inline

FORBIDDEN = SURROGATES | set(map(chr, range(32))) - set("\t\n\r") | {"\ufffe", "\uffff"}


def parsed(*documents):
    file = inline_head() + "".join(map(to_inline, documents)) + inline_tail()
    return list(ElementTree.fromstring(file.encode("utf-8")))


def allowed(text):
    return replaced(text, FORBIDDEN)


def test_entities_are_elements_in_the_text():
    assert inline_head() + to_inline(NEWS) + to_inline(PLAIN) + inline_tail() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<documents>\n'
        '<document id=\'news/"1"\'><PER>Zoë</PER> 👩‍🚀 said “hi” to "'
        '<Org_X type="Org/X">IBM&#13;\nDeutschland</Org_X>" &amp; &lt;b&gt;\tin <LOC>Rome</LOC></document>\n'
        '<document id="plain.txt">Nothing here.</document>\n'
        "</documents>\n"
    )


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("PER", "PER"),
        ("a.b-c_1", "a.b-c_1"),
        ("1x", "_1x"),
        ("-", "_-"),
        ("x:y", "x_y"),
        ("人名", "__"),
        ("a b", "a_b"),
    ],
)
def test_a_type_that_is_no_name_is_kept_beside_the_one_made_of_it(type_, name):
    (document,) = parsed(TaggedDocument("a", "x", (TextEntity(0, 1, type_, "x", 0.5),), ()))
    assert document[0].tag == name
    assert document[0].get("type", name) == type_
    assert ("type" in document[0].attrib) == (name != type_)


def test_markup_in_the_text_stays_text():
    (document,) = parsed(TaggedDocument(EVIL, EVIL, (TextEntity(0, len(EVIL), EVIL, EVIL, 0.5),), ()))
    assert document.get("id") == document[0].get("type") == document[0].text == EVIL
    assert len(list(document.iter())) == 2


@given(st.lists(tagged_documents(), max_size=3))
def test_a_parser_gives_the_documents_back(documents):
    elements = parsed(*documents)
    assert len(elements) == len(documents)
    for element, document in zip(elements, documents, strict=True):
        assert "".join(element.itertext()) == allowed(document.text)
        assert element.get("id") == allowed(document.id)
        entities = [(child.get("type", child.tag), "".join(child.itertext())) for child in element]
        assert entities == [(allowed(entity.type), allowed(entity.text)) for entity in document.entities]
        assert all(re.fullmatch("[A-Za-z_][A-Za-z0-9_.-]*", child.tag) for child in element)
