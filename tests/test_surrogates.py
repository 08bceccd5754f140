"""What UTF-8 cannot hold is what Python's own codec refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.surrogates import has_surrogates, without_surrogates

EDGES = ("\ud7ff", "\ud800", "\udbff", "\udc00", "\udfff", "\ue000", "\U00010000")
texts = st.text(st.sampled_from((*EDGES, "a", "\n", "\ufffd")))


@given(texts)
def test_a_text_has_surrogates_where_it_cannot_be_encoded(text):
    if has_surrogates(text):
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            text.encode()
    else:
        text.encode()


@given(texts)
def test_each_half_becomes_the_replacement_and_the_rest_stays(text):
    expected = [character if can_be_encoded(character) else "\N{REPLACEMENT CHARACTER}" for character in text]
    assert without_surrogates(text) == "".join(expected)


def can_be_encoded(character):
    try:
        character.encode()
    except UnicodeEncodeError:
        return False
    return True
