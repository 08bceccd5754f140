"""Two batches as one: nothing of either is lost, and no word of one is taken for another's."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import WordConfig
from tagger.corpus.sentence import Sentence
from tagger.features.batching import encode, letters_of, pad
from tagger.features.characters import build_character_vocabulary
from tagger.features.mixing import mixed
from tagger.features.vocabulary import build_vocabulary

LABELS = ("O", "S-X")
words = st.text("abz", min_size=1, max_size=4)
sentences = st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=5)


def batch_of(tokens, train, *, tagged, spelled=True):
    """The sentences as a batch of their own, with words and characters of `train`; tags alternate."""
    made = [
        Sentence(tuple(one), tuple("O" if place % 2 else "B-X" for place in range(len(one))) if tagged else None)
        for one in tokens
    ]
    corpus = [Sentence(tuple(one)) for one in train]
    characters = build_character_vocabulary(corpus) if spelled else None
    encoded = encode(made, build_vocabulary(corpus, WordConfig()), LABELS if tagged else (), characters)
    return pad(encoded, np.arange(len(made)))


def rows_of(array, lengths):
    return [row[:length].tolist() for row, length in zip(array, lengths, strict=True)]


def spelling(batch):
    """The ids of each token's characters, row by row."""
    char_ids, char_lengths, places = letters_of(batch)
    return [
        [tuple(char_ids[place, : char_lengths[place]].tolist()) for place in row]
        for row in rows_of(places, batch.lengths)
    ]


@settings(deadline=None, max_examples=60)
@given(sentences, sentences)
def test_each_row_is_what_it_was_in_its_own_batch(labelled, others):
    own, beside = batch_of(labelled, labelled, tagged=True), batch_of(others, labelled, tagged=False)
    both = mixed(own, beside)
    assert both.labelled == len(labelled)
    assert both.lengths.tolist() == [len(one) for one in [*labelled, *others]]
    apart = rows_of(own.word_ids, own.lengths) + rows_of(beside.word_ids, beside.lengths)
    assert rows_of(both.word_ids, both.lengths) == apart
    assert rows_of(both.tag_ids, both.lengths)[: len(labelled)] == rows_of(own.tag_ids, own.lengths)
    assert both.word_ids.shape == both.tag_ids.shape == (len(both.lengths), max(both.lengths))
    assert spelling(both) == spelling(own) + spelling(beside)


def test_a_word_that_stands_in_both_is_spelled_once():
    own = batch_of([["ab", "ba"]], [["ab", "ba"]], tagged=True)
    beside = batch_of([["ba", "b", "ab", "ba"], ["b"]], [["ab", "ba"]], tagged=False)
    char_ids, _, places = letters_of(mixed(own, beside))
    assert len(char_ids) == 3
    assert places[0, 0] == places[1, 2] != places[0, 1] == places[1, 0] == places[1, 3]


def test_without_characters_there_are_none():
    own = batch_of([["a"]], [["a"]], tagged=True, spelled=False)
    assert mixed(own, batch_of([["a", "b"]], [["a"]], tagged=False, spelled=False)).types is None


@given(sentences, sentences)
def test_context_stays_with_its_token(labelled, others):
    """Each token's context is the number of its row and column, from 1 on."""

    def with_places(batch, sign):
        rows, steps = batch.word_ids.shape
        places = np.stack(np.meshgrid(np.arange(rows), np.arange(steps), indexing="ij"), axis=-1) + 1
        inside = np.arange(steps) < batch.lengths[:, None]
        return replace(batch, context=(sign * places * inside[..., None]).astype(np.float32))

    upper = with_places(batch_of(labelled, labelled, tagged=True), 1)
    lower = with_places(batch_of(others, others, tagged=False), -1)
    found = mixed(upper, lower)
    assert found.context.dtype == np.float32
    assert rows_of(found.context, found.lengths) == [
        *rows_of(upper.context, upper.lengths),
        *rows_of(lower.context, lower.lengths),
    ]
    assert not found.context[np.arange(found.context.shape[1]) >= found.lengths[:, None]].any()
