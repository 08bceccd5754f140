import re

import pytest
from hypothesis import given
from tagged_documents import LINE_BREAKS, NEWS, PLAIN, SURROGATES, replaced, tagged_documents

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.documents.writers.brat import to_brat

LEFT_OUT = LINE_BREAKS + "\t"


def read_brat(text, annotations):
    """Types, spans and surfaces, read and checked as BRAT's server/src/annotation.py does."""
    found = []
    for number, line in enumerate(annotations.splitlines(), start=1):
        id_, data, surface = line.split("\t")
        type_, _, offsets = data.partition(" ")
        spans = [tuple(map(int, span.split(" "))) for span in offsets.split(";")]
        assert id_ == f"T{number}"
        assert surface == " ".join(text[start:end] for start, end in spans)
        assert all(start < end <= len(text) for start, end in spans)
        found.append((type_, spans, surface))
    return found


def test_each_entity_is_a_line_and_a_broken_one_has_two_spans():
    assert to_brat(NEWS) == (
        "T1\tPER 0 3\tZoë\nT2\tOrg_X 22 25;27 38\tIBM Deutschland\nT3\tLOC 49 53\tRome\n"
    )  # fmt: skip


def test_no_entities_are_an_empty_file():
    assert to_brat(PLAIN) == ""


@pytest.mark.parametrize("gap", [*LEFT_OUT, "\r\n", "\n\t\n"])
def test_a_run_of_line_breaks_or_tabs_is_one_blank(gap):
    text = f"New{gap}York"
    document = TaggedDocument("a", text, (TextEntity(0, len(text), "LOC", text, 0.5),), ())
    assert to_brat(document) == f"T1\tLOC 0 3;{3 + len(gap)} {len(text)}\tNew York\n"


@given(tagged_documents())
def test_spans_cut_from_the_text_give_the_surface(document):
    text = replaced(document.text, SURROGATES)
    annotations = to_brat(document).encode("utf-8").decode("utf-8")
    found = read_brat(text, annotations)
    assert len(found) == len(document.entities)
    for (type_, spans, _), entity in zip(found, document.entities, strict=True):
        assert re.fullmatch("[A-Za-z0-9_-]+", type_)
        assert len(type_) == len(entity.type)
        covered = {place for start, end in spans for place in range(start, end)}
        wanted = {place for place in range(entity.start, entity.end) if document.text[place] not in LEFT_OUT}
        assert covered == wanted
