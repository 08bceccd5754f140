"""Entities of characters on tokens, beside spaCy's own alignment and by hand."""

from itertools import pairwise

import pytest
import spacy
from conversions import context_of
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training import offsets_to_biluo_tags

from tagger.conversion.alignment import align
from tagger.conversion.annotated import AnnotatedDocument, Span
from tagger.conversion.findings import Kind
from tagger.corpus.document import TokenizedSentence
from tagger.corpus.schemes import SCHEMES

VOCABULARY = spacy.blank("xx").vocab
words = st.lists(st.text("abé人🚀", min_size=1, max_size=4), min_size=1, max_size=8)


@st.composite
def texts_with_spans(draw, most=4):
    """Words with one blank between them, and spans that begin and end with no blank."""
    tokens = draw(words)
    text, spans = " ".join(tokens), []
    places = [place for place, character in enumerate(text) if character != " "]
    for _ in range(draw(st.integers(0, most))):
        start, last = sorted((draw(st.sampled_from(places)), draw(st.sampled_from(places))))
        spans.append(Span(start, last + 1, draw(st.sampled_from(("PER", "LOC")))))
    starts = [sum(len(token) + 1 for token in tokens[:place]) for place in range(len(tokens))]
    return text, tuple(spans), (TokenizedSentence(tuple(tokens), tuple(starts)),)


def aligned(text, spans, sentences=None, **options):
    context = context_of(**options)
    return align(AnnotatedDocument("a", "a.jsonl:7", text, tuple(spans), sentences), context), context.findings


@pytest.mark.filterwarnings("ignore:.*W030")
@settings(deadline=None)
@given(texts_with_spans(most=1))
def test_what_spacy_aligns_we_align_and_what_it_cannot_is_noted(case):
    text, spans, sentences = case
    (sentence,), findings = aligned(text, spans, sentences, cut_tokens="drop")
    tags = offsets_to_biluo_tags(
        Doc(VOCABULARY, words=list(sentences[0].tokens)), [(span.start, span.end, span.type) for span in spans]
    )
    assert bool(findings.counts[Kind.CUT]) == ("-" in tags)
    if "-" not in tags:
        assert list(SCHEMES["BILOU"].tags_of(sentence.entities, len(sentence.tokens))) == tags


@settings(deadline=None)
@given(texts_with_spans())
def test_splitting_tokens_keeps_every_entity_that_no_longer_one_overlaps(case):
    text, spans, sentences = case
    found, findings = aligned(text, spans, sentences, cut_tokens="split")
    assert "".join(token for sentence in found for token in sentence.tokens) == text.replace(" ", "")
    kept = [
        (sentence.starts[one.start], sentence.starts[one.end - 1] + len(sentence.tokens[one.end - 1]), one.type)
        for sentence in found
        for one in sentence.entities
    ]
    assert all(end <= start for (_, end, _), (start, _, _) in pairwise(kept))
    left_out = [span for span in spans if (span.start, span.end, span.type) not in kept]
    for span in left_out:
        touching = [end - start for start, end, _ in kept if start < span.end and span.start < end]
        assert max(touching) >= span.end - span.start
    assert findings.counts[Kind.OVERLAP] == len(spans) - len(kept)


def test_a_cut_token_is_listed_with_place_text_token_and_nearest_bound():
    text = "in Newport-on-Sea"
    (sentence,), findings = aligned(text, [Span(3, 10, "LOC")])
    assert sentence.tokens == ("in", "Newport", "-on-Sea")
    assert findings.lines() == [
        "ends of entities inside a token: 1",
        "  a.jsonl:7: LOC 3-10 'Newport' ends inside the token 'Newport-on-Sea' (3-17), nearest bound 3: "
        "'in [Newport]-on-Sea'",
    ]


def test_widening_takes_the_whole_token_and_dropping_leaves_the_entity_out():
    text, spans = "in Newport-on-Sea", [Span(11, 17, "LOC")]
    (widened,), found = aligned(text, spans, cut_tokens="widen")
    assert (widened.tokens, [(one.start, one.end) for one in widened.entities]) == (("in", "Newport-on-Sea"), [(1, 2)])
    (dropped,), lost = aligned(text, spans, cut_tokens="drop")
    assert (dropped.tokens, dropped.entities) == (("in", "Newport-on-Sea"), ())
    assert found.counts == lost.counts == {Kind.CUT: 1}


def test_two_entities_widened_to_one_token_overlap():
    spans = [Span(0, 2, "PER"), Span(2, 4, "LOC")]
    (sentence,), findings = aligned("abcd", spans, cut_tokens="widen")
    assert [one.type for one in sentence.entities] == ["PER"]
    assert findings.counts == {Kind.CUT: 2, Kind.OVERLAP: 1}


def test_white_space_at_the_ends_of_an_entity_is_no_part_of_it():
    (sentence,), findings = aligned("to Rome  now", [Span(2, 9, "LOC")])
    assert [(one.start, one.end) for one in sentence.entities] == [(1, 2)]
    assert findings.counts == {Kind.EDGE: 1}


def test_entities_without_text_are_noted_and_left_out():
    (sentence,), findings = aligned("to  Rome", [Span(2, 4, "LOC"), Span(5, 5, "LOC")])
    assert sentence.entities == ()
    assert findings.counts == {Kind.EMPTY: 2}


def test_sentences_that_an_entity_spans_are_joined_and_no_others():
    sentences = tuple(TokenizedSentence((token,), (place * 2,)) for place, token in enumerate("abcd"))
    found, findings = aligned("a b c d", [Span(2, 5, "X")], sentences)
    assert [sentence.tokens for sentence in found] == [("a",), ("b", "c"), ("d",)]
    assert [(one.start, one.end) for one in found[1].entities] == [(0, 2)]
    assert findings.counts == {Kind.CROSSING: 1}


def test_raw_text_is_tokenised_as_the_language_asks():
    sentences, _ = aligned("Anna lives. She left.", [])
    assert [sentence.tokens for sentence in sentences] == [("Anna", "lives", "."), ("She", "left", ".")]
