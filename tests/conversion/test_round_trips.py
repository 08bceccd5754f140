"""Every form into every other and back, read and written on the other side by other means."""

import tempfile
from itertools import permutations
from pathlib import Path

import pytest
from conversions import convert_files
from hypothesis import given, settings
from hypothesis import strategies as st
from own_forms import FORMS, NAMES, READ, WRITE, corpora
from seqeval.metrics.sequence_labeling import get_entities

from tagger.corpus.schemes import SCHEMES

TEXT_AND_TOKENS = {"NAMES", "SPACES", "TOKENS", "COLUMNS"}  # what a round trip may lose, and no entity among it


@pytest.mark.parametrize(("source", "target"), list(permutations(FORMS, 2)))
@settings(max_examples=10, deadline=None)
@given(corpus=corpora)
def test_a_corpus_is_the_same_in_another_form_and_when_it_comes_back(source, target, corpus):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second, back = folder / NAMES[source], folder / "to" / NAMES[target], folder / "back" / NAMES[source]
        WRITE[source](corpus, first)
        second.parent.mkdir()
        found = convert_files(first, source, second, target, scheme="IOB2", tokenized=source == "brat")
        assert set(found) <= TEXT_AND_TOKENS
        assert READ[target](second) == corpus
        found = convert_files(second, target, back, source, scheme="IOB2", tokenized=target == "brat")
        assert set(found) <= TEXT_AND_TOKENS
        assert READ[source](back) == corpus


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=10, deadline=None)
@given(corpus=corpora, form=st.sampled_from(("columns", "huggingface")))
def test_every_scheme_says_the_same_entities_to_another_reader(scheme, corpus, form):
    """seqeval reads the letters of all schemes but M and W, which stand for I and S."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name, "a.jsonl"), Path(name, NAMES[form])
        WRITE["jsonl"](corpus, source)
        convert_files(source, "jsonl", target, form, scheme=scheme)
        for document, read in zip(corpus, READ[form](target), strict=True):
            for sentence, written in zip(document, read, strict=True):
                assert {tag[0] for tag in written.tags} <= SCHEMES[scheme].letters | {"O"}
                assert get_entities([legible(tag, scheme) for tag in written.tags]) == get_entities([*sentence.tags])


def legible(tag, scheme):
    letters = {"M": "I", "W": "S"} | ({"L": "E", "U": "S"} if scheme == "BILOU" else {})
    return letters.get(tag[0], tag[0]) + tag[1:]
