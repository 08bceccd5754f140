"""Schemes, held against regular expressions that define them, and against seqeval's reading of tags."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tagger.checking.violations import closest_scheme, violations_of
from tagger.corpus.schemes import SCHEMES

# Sentences as letters: small ones are of type x, capital ones of type y, o is outside.
GRAMMARS = {
    "IOB1": r"(o|i+(bi*)*|I+(BI*)*)*",
    "IOB2": r"(o|bi*|BI*)*",
    "BIOES": r"(o|s|bi*e|S|BI*E)*",
    "BILOU": r"(o|u|bi*l|U|BI*L)*",
    "BMES": r"(o|s|bm*e|S|BM*E)*",
    "BMEWO": r"(o|w|bm*e|W|BM*E)*",
}


def tags_of(letters):
    return ["O" if letter == "o" else f"{letter.upper()}-{'x' if letter.islower() else 'y'}" for letter in letters]


@pytest.mark.parametrize("name", GRAMMARS)
def test_tags_are_violations_where_the_grammar_of_the_scheme_does_not_know_them(name):
    scheme = SCHEMES[name]
    letters = ["o", *(letter.lower() for letter in scheme.letters), *scheme.letters]
    legal = 0
    for length in range(1, 5):
        for sentence in product(letters, repeat=length):
            tags, known = tags_of(sentence), re.fullmatch(GRAMMARS[name], "".join(sentence)) is not None
            assert (not [*violations_of(tags, scheme)]) == known, tags
            legal += known
    assert legal > 50


@given(st.lists(st.sampled_from(["O", "B-x", "I-x", "B-y", "I-y"]), max_size=9))
def test_expected_tags_mean_what_seqeval_read_before(tags):
    mended = [*tags]
    for violation in violations_of(tags, SCHEMES["IOB2"]):
        assert tags[violation.position] == violation.found
        mended[violation.position] = violation.expected
    assert get_entities(mended) == get_entities(tags)
    assert re.fullmatch(r"(O |B-x (I-x )*|B-y (I-y )*)*", "".join(f"{tag} " for tag in mended))


@pytest.mark.parametrize("name", GRAMMARS)
@pytest.mark.parametrize("stray", ["E-x", "I-x", "B-x", "U-x", "W-x", "M-x", "L-x"])
def test_a_stray_tag_does_not_change_what_scheme_a_file_has(name, stray):
    letters = {"IOB1": "iibio", "IOB2": "bibbo", "BILOU": "bilbluo", "BMES": "bmebeso", "BMEWO": "bmebewo"}
    clean = [tags_of(letters.get(name, "biebeso"))] * 5
    assert closest_scheme(clean) is SCHEMES[name]
    assert closest_scheme([*clean, ["O", stray, "O"]]) is SCHEMES[name]


def test_without_an_entity_there_is_no_scheme():
    assert closest_scheme([["O", "O"], []]) is None
