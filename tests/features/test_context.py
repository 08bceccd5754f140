import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features import context
from tagger.features.characters import CharacterVocabulary
from tagger.features.context import character_windows, sentences_by_length, spell_sentences
from tagger.features.vocabulary import UNK

LETTERS = tuple("ab \nc")
VOCABULARY = CharacterVocabulary(LETTERS)
SENTENCES = st.lists(st.lists(st.text("abcx\U0001f600 \n", max_size=5), max_size=6), max_size=9)


def ids_of(text):
    return [4 + LETTERS.index(letter) if letter in LETTERS else UNK for letter in text]


def text_of(tokens):
    return "\n" + " ".join(tokens) + "\n"


def test_sentences_are_spelled_with_blanks_between_and_line_feeds_around():
    spelled = spell_sentences([["ab", "xa"], [], ["\U0001f600"], ["c"]], VOCABULARY)
    assert spelled.characters.tolist() == ids_of("\nab xa\n\n\n\nx\n\nc\n")
    assert spelled.offsets.tolist() == [0, 7, 9, 12, 15]
    assert spelled.sentences.tolist() == [0, 0, 2, 3]
    assert spelled.firsts.tolist() == [1, 4, 1, 1]
    assert spelled.lasts.tolist() == [2, 5, 1, 1]


def test_a_vocabulary_without_a_line_feed_does_not_know_it():
    spelled = spell_sentences([["b"]], CharacterVocabulary(("b",)))
    assert spelled.characters.tolist() == [UNK, 4, UNK]


def test_no_sentences_are_nothing():
    assert spell_sentences([], VOCABULARY).lengths.tolist() == []
    assert list(sentences_by_length(spell_sentences([], VOCABULARY))) == []


@settings(deadline=None)
@given(SENTENCES, st.booleans(), st.integers(1, 4), st.integers(1, 40))
def test_windows_read_every_character_in_order_and_know_every_token_where_it_is_read(sentences, reverse, most, cells):
    """Against the definition, letter by letter."""
    spelled, read, known = spell_sentences(sentences, VOCABULARY), [[] for _ in sentences], {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "_MOST_SENTENCES", most)
        patch.setattr(context, "_MOST_CELLS", cells)
        for some in sentences_by_length(spelled):
            assert len(some) <= most
            for window in character_windows(spelled, some, reverse=reverse):
                steps, going = window.ids.shape
                assert steps * going <= max(cells, going)
                assert window.lengths.min() >= 1
                for token, place in zip(window.tokens.tolist(), window.places.tolist(), strict=True):
                    step, column = divmod(place, going)
                    assert step < window.lengths[column]
                    assert token not in known
                    known[token] = int(some[column]), len(read[some[column]]) + step
                for column, length in enumerate(window.lengths.tolist()):
                    read[some[column]] += window.ids[:length, column].tolist()
    expected = []
    for place, tokens in enumerate(sentences):
        text, start = text_of(tokens), 1
        assert read[place] == ids_of(text[::-1] if reverse else text)
        for token in tokens:
            seen = text[start:] if reverse else text[: start + len(token)]  # when the token has just been read
            expected.append((place, len(seen) - 1))
            start += len(token) + 1
    assert [known[token] for token in range(len(expected))] == expected


def test_windows_of_one_long_sentence_are_of_constant_size():
    spelled = spell_sentences([["abc"] * 30_000], VOCABULARY)
    sizes = [window.ids.size for window in character_windows(spelled, np.array([0]), reverse=True)]
    assert sum(sizes) == 4 * 30_000 + 1
    assert max(sizes) <= 16384
