import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus.sentence import Sentence
from tagger.features.characters import (
    CharacterVocabulary,
    build_character_vocabulary,
    distinct_words,
    pad_words,
    types_of_batch,
    words_by_length,
)
from tagger.features.vocabulary import END, PAD, SPECIALS, START, UNK

FIRST = len(SPECIALS)
VOCABULARY = CharacterVocabulary(("e", "a", "\0", "\u0301", "\U0001f600", "B"), FIRST + 5)
ODD_WORDS = ["", "e", "\0", "e\u0301", "\u00e9", "\U0001f600e", "\ufffd\U0010ffff", "b", "\ud800", "B" * 3000]


def ids_by_hand(word, vocabulary=VOCABULARY):
    known = dict(zip(vocabulary.characters, range(FIRST, FIRST + len(vocabulary.characters)), strict=True))
    return [START, *(known.get(character, UNK) for character in word), END]


def word_of(words, place):
    return words.characters[words.offsets[place] : words.offsets[place + 1]].tolist()


def test_characters_of_train_stand_by_falling_frequency_then_code_point_those_seen_once_last():
    train = [Sentence(("nab", "oB", "x")), Sentence(("nab", "x", "x", "\u00e9"))]
    vocabulary = build_character_vocabulary(train)
    assert vocabulary.characters == ("x", "a", "b", "n", "B", "o", "\u00e9")
    assert vocabulary.singleton_ids == FIRST + 4
    assert len(vocabulary) == FIRST + 7


def test_a_word_is_its_code_points_as_written_between_two_marks():
    words = VOCABULARY.encode(ODD_WORDS)
    for place, word in enumerate(ODD_WORDS):
        assert word_of(words, place) == ids_by_hand(word)
    assert words.lengths.tolist() == [len(word) + 2 for word in ODD_WORDS]
    assert (words.characters.dtype, words.lengths.dtype) == (np.int32, np.int32)


@given(st.lists(st.text(st.characters(exclude_categories=()))))
def test_any_words_can_be_encoded_even_halves_of_a_surrogate_pair(words):
    encoded = VOCABULARY.encode(words)
    assert [word_of(encoded, place) for place in range(len(words))] == [ids_by_hand(word) for word in words]


def test_without_a_character_of_train_every_character_is_unknown():
    vocabulary = build_character_vocabulary([])
    assert len(vocabulary) == FIRST
    assert word_of(vocabulary.encode(["\0a"]), 0) == [START, UNK, UNK, END]


@given(st.lists(st.text("aBe", max_size=2)))
def test_the_distinct_words_are_the_tokens_by_first_appearance_each_encoded_once(tokens):
    distinct, type_ids = distinct_words(iter(tokens))
    assert distinct == tuple(dict.fromkeys(tokens))
    assert [distinct[place] for place in type_ids] == tokens
    words = VOCABULARY.encode(distinct)
    assert [word_of(words, place) for place in range(len(words.lengths))] == [*map(ids_by_hand, distinct)]


def test_words_are_padded_behind_to_the_longest_of_the_batch():
    batch = pad_words(VOCABULARY.encode(["aaaaaa", "e", "", "ea"]), np.array([3, 1, 2]))
    e, a = FIRST, FIRST + 1
    assert batch.char_ids.tolist() == [[START, e, a, END], [START, e, END, PAD], [START, END, PAD, PAD]]
    assert batch.char_lengths.tolist() == [4, 3, 2]
    assert (batch.char_ids.dtype, batch.char_lengths.dtype) == (np.int32, np.int32)


def test_a_batch_holds_each_of_its_words_once_and_none_that_stands_in_padding_alone():
    words = VOCABULARY.encode(["a", "ae", "B" * 50, "e"])
    type_ids = np.array([[3, 1, 3], [1, 2, 2], [0, 2, 2]], np.int32)
    lengths = np.array([3, 1, 1], np.int32)
    batch = types_of_batch(words, type_ids, lengths)
    assert batch.words.positions.tolist() == [0, 1, 3]
    assert batch.words.char_ids.shape == (3, 4)
    assert batch.places.dtype == np.int32
    for row, length in enumerate(lengths):
        np.testing.assert_array_equal(batch.words.positions[batch.places[row, :length]], type_ids[row, :length])
    assert not batch.places[1, 1:].any()
    assert not batch.places[2, 1:].any()


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 200))
def test_groups_hold_every_word_once_and_are_less_than_half_padding(sizes, most_characters):
    words = VOCABULARY.encode(["a" * size for size in sizes])
    groups = list(words_by_length(words, most_characters))
    seen = [position for group in groups for position in group.positions.tolist()]
    assert sorted(seen) == list(range(len(sizes)))
    for group in groups:
        np.testing.assert_array_equal(group.char_lengths, words.lengths[group.positions])
        assert group.char_lengths.sum() * 2 > group.char_ids.size
        assert group.char_ids.size <= most_characters or len(group.positions) == 1
    longest = [int(group.char_lengths.max()) for group in groups]
    assert longest == sorted(longest)


@pytest.mark.parametrize(("most_characters", "sizes"), [(100_000, [5, 1, 1]), (10, [2, 2, 1, 1, 1])])
def test_words_of_like_length_go_together_up_to_the_most_characters(most_characters, sizes):
    words = VOCABULARY.encode(["aaa", "B" * 2000, "e", "aa", "aaa", "aaa", "aaaa"])
    found = list(words_by_length(words, most_characters))
    assert [len(group.positions) for group in found] == sizes
    assert found[-1].char_ids.shape == (1, 2002)
