from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import WordConfig
from tagger.corpus.sentence import Sentence
from tagger.features.batching import EncodedSentences, batches_by_length, bioes_tags, encode, pad, shuffled_batches
from tagger.features.vocabulary import PAD, UNK, build_vocabulary

LABELS = ("O", "B-X", "I-X", "E-X", "S-X")

lengths_lists = st.lists(st.integers(0, 12), max_size=40)


def encoded_of(lengths, *, tagged=False):
    """Sentences of these lengths, no id twice, none of them PAD."""
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    word_ids = np.arange(100, 100 + offsets[-1], dtype=np.int32)
    return EncodedSentences(word_ids, offsets, word_ids % 7 if tagged else None)


def rows_of(batches):
    """The ids of every sentence in some batches, by its position."""
    found = {}
    for batch in batches:
        for position, length, row in zip(batch.positions.tolist(), batch.lengths, batch.word_ids, strict=True):
            assert position not in found
            found[position] = row[:length].tolist()
    return found


def ids_of(encoded):
    """The ids of every sentence that has a token, by its position."""
    parts = np.split(encoded.word_ids, encoded.offsets[1:-1])
    return {position: part.tolist() for position, part in enumerate(parts) if len(part)}


def test_sentences_are_encoded_one_after_the_other():
    vocabulary = build_vocabulary([Sentence(("b", "b", "a"))], WordConfig())
    encoded = encode([Sentence(("A", "b", "?")), Sentence(()), Sentence(("b",))], vocabulary)
    assert encoded.word_ids.tolist() == [5, 4, UNK, 4]
    assert encoded.offsets.tolist() == [0, 3, 3, 4]
    assert encoded.lengths.tolist() == [3, 0, 1]
    assert encoded.tag_ids is None
    assert (encoded.word_ids.dtype, encoded.lengths.dtype) == (np.int32, np.int32)


def test_no_sentence_at_all_is_encoded():
    encoded = encode([], build_vocabulary([], WordConfig()))
    assert (len(encoded.word_ids), encoded.offsets.tolist(), len(encoded.lengths)) == (0, [0], 0)
    assert list(batches_by_length(encoded, 2, 10)) == []


@pytest.mark.parametrize(
    ("tags", "bioes"),
    [
        ("I-X I-X O B-X", "B-X E-X O S-X"),
        ("B-X B-X I-X I-X", "S-X B-X I-X E-X"),
        ("B-X M-X E-X W-X", "B-X I-X E-X S-X"),
        ("U-X B-X I-X L-X", "S-X B-X I-X E-X"),
        ("I-a-b B-a-b I-c", "S-a-b S-a-b S-c"),
        ("O O", "O O"),
    ],
)
def test_tags_of_any_scheme_become_bioes(tags, bioes):
    tags = tuple(tags.split())
    assert bioes_tags(Sentence(tuple("w" * len(tags)), tags)) == tuple(bioes.split())


def test_a_sentence_without_tags_is_all_outside():
    assert bioes_tags(Sentence(("a", "b"))) == ("O", "O")


def test_labels_ask_for_the_ids_of_the_tags():
    sentences = [Sentence(("a", "b", "c"), ("I-X", "I-X", "O")), Sentence(("a",), ("B-X",))]
    vocabulary = build_vocabulary(sentences, WordConfig())
    assert encode(sentences, vocabulary, LABELS).tag_ids.tolist() == [1, 3, 0, 4]
    assert encode(sentences, vocabulary).tag_ids is None


def test_a_batch_is_padded_on_the_right():
    batch = pad(encoded_of([2, 1, 3], tagged=True), np.array([1, 2]))
    assert batch.positions.tolist() == [1, 2]
    assert batch.lengths.tolist() == [1, 3]
    assert batch.word_ids.tolist() == [[102, PAD, PAD], [103, 104, 105]]
    assert batch.tag_ids.tolist() == [[102 % 7, 0, 0], [103 % 7, 104 % 7, 105 % 7]]
    assert {array.dtype for array in (batch.lengths, batch.word_ids, batch.tag_ids)} == {np.dtype(np.int32)}


def test_an_unlabelled_batch_has_tag_ids_of_its_shape():
    batch = pad(encoded_of([2, 1]), np.array([0, 1]))
    assert batch.tag_ids.shape == batch.word_ids.shape == (2, 2)


@settings(deadline=None)
@given(lengths_lists, st.integers(1, 9), st.integers(1, 40))
def test_every_sentence_with_a_token_is_in_one_batch_with_its_own_ids(lengths, size, most_tokens):
    encoded = encoded_of(lengths)
    assert rows_of(batches_by_length(encoded, size, most_tokens)) == ids_of(encoded)


@settings(deadline=None)
@given(lengths_lists, st.integers(1, 9), st.integers(1, 40))
def test_batches_keep_their_limits_and_grow_in_length(lengths, size, most_tokens):
    batches = list(batches_by_length(encoded_of(lengths), size, most_tokens))
    for batch in batches:
        sentences, steps = batch.word_ids.shape
        assert 1 <= sentences <= size
        assert sentences == 1 or sentences * steps <= most_tokens
        assert steps == max(batch.lengths)
    in_order = [length for batch in batches for length in batch.lengths.tolist()]
    assert in_order == sorted(in_order)


@pytest.mark.parametrize(
    ("lengths", "size", "most_tokens", "shapes"),
    [
        ([3] * 10, 4, 100, [(4, 3), (4, 3), (2, 3)]),
        ([3] * 5, 4, 6, [(2, 3), (2, 3), (1, 3)]),
        ([3] * 3, 4, 5, [(1, 3), (1, 3), (1, 3)]),
        ([1, 1, 1, 9, 9], 4, 9, [(3, 1), (1, 9), (1, 9)]),
        ([5000, 1, 1], 64, 100, [(2, 1), (1, 5000)]),
    ],
)
def test_a_batch_is_as_large_as_the_limits_allow(lengths, size, most_tokens, shapes):
    batches = batches_by_length(encoded_of(lengths), size, most_tokens)
    assert [batch.word_ids.shape for batch in batches] == shapes


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), max_size=120), st.integers(1, 9), st.integers(0, 3), st.integers(1, 4))
def test_shuffled_batches_hold_every_sentence_once(lengths, size, seed, pool):
    encoded = encoded_of(lengths)
    batches = list(shuffled_batches(encoded, size, np.random.default_rng(seed), pool=pool))
    assert rows_of(batches) == ids_of(encoded)
    assert all(1 <= len(batch.lengths) <= size for batch in batches)


def drawn(seed, lengths=(1, 2, 3) * 40, **options):
    """The positions of each shuffled batch, four sentences a batch."""
    batches = shuffled_batches(encoded_of(lengths), 4, np.random.default_rng(seed), **options)
    return [batch.positions.tolist() for batch in batches]


def test_the_same_seed_shuffles_alike_and_another_does_not():
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert sorted(map(sorted, drawn(1))) != sorted(map(sorted, drawn(2)))


def test_sentences_shuffled_together_are_of_all_lengths_and_the_longest_comes_first():
    lengths = np.random.default_rng(0).integers(1, 100, size=160).tolist()
    batches = [[lengths[position] for position in positions] for positions in drawn(1, lengths)]
    assert all(batch == sorted(batch, reverse=True) for batch in batches)
    means = [sum(batch) / len(batch) for batch in batches]
    assert np.std(means) < 1.5 * np.std(lengths) / 2  # of four drawn at random it is half of theirs


def test_sentences_of_a_pool_are_of_like_length_and_their_batches_in_random_order():
    lengths = np.random.default_rng(0).integers(1, 100, size=160).tolist()
    batches = [[lengths[position] for position in positions] for positions in drawn(1, lengths, pool=50)]
    assert all(batch == sorted(batch, reverse=True) for batch in batches)
    in_order = sorted(batches, reverse=True)
    assert batches not in (in_order, in_order[::-1])
    assert all(one[-1] >= following[0] for one, following in pairwise(in_order))


@pytest.mark.parametrize("pool", [1, 3])
def test_a_run_that_goes_on_gets_the_batches_it_has_not_had(pool):
    lengths = [1, 2, 3] * 9
    whole = drawn(1, lengths, pool=pool)
    for first in range(len(whole) + 1):
        assert drawn(1, lengths, pool=pool, first=first) == whole[first:]


@given(lengths=lengths_lists, nth=st.integers(1, 9))
def test_every_nth_sentence_keeps_its_ids_and_tags(lengths, nth):
    whole = encoded_of(lengths, tagged=True)
    kept = whole.every(nth)
    assert kept.lengths.tolist() == lengths[::nth]
    starts = whole.offsets[:-1].tolist()[::nth]
    words = [
        word for start, length in zip(starts, lengths[::nth], strict=True) for word in range(start, start + length)
    ]
    assert kept.word_ids.tolist() == [100 + word for word in words]
    assert kept.tag_ids.tolist() == [(100 + word) % 7 for word in words]


@given(lengths_lists, st.integers(1, 4), st.integers(1, 4))
def test_context_stays_with_its_token(lengths, nth, size):
    """Each token's context is its own id and the id's negative."""
    encoded = encoded_of(lengths)
    encoded = replace(encoded, context=np.stack([encoded.word_ids, -encoded.word_ids], axis=1).astype(np.float32))
    some = encoded.every(nth)
    assert some.context[:, 0].tolist() == some.word_ids.tolist()
    for batch in batches_by_length(some, size, 20):
        inside = np.arange(batch.word_ids.shape[1]) < batch.lengths[:, None]
        assert batch.context.dtype == np.float32
        assert not batch.context[~inside].any()
        np.testing.assert_array_equal(batch.context[..., 0], np.where(inside, batch.word_ids, 0))
        np.testing.assert_array_equal(batch.context[..., 1], -batch.context[..., 0])


def test_without_context_a_batch_has_none():
    assert encoded_of([2, 3]).every(2).context is None
    assert pad(encoded_of([2, 3]), np.arange(2)).context is None
