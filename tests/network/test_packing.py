import numpy as np
import pytest
import tensorflow as tf
from builders import random_floats
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.network.packing import packing_of

LENGTHS = st.lists(st.integers(0, 9), min_size=1, max_size=9)


def rows_by_hand(lengths, pieces, *, reverse):
    """The word in each row as (sentence, place), None for padding; and the steps and sentences of each piece."""
    order = sorted(range(len(lengths)), key=lambda sentence: -lengths[sentence])
    step, rows, sizes = 0, [], []
    for left in range(pieces, 0, -1):
        sentences = -(-len(lengths) * left // pieces)
        kept = -(-len(lengths) * (left - 1) // pieces)
        end = lengths[order[kept]] if left > 1 and kept < len(lengths) else lengths[order[0]] if left == 1 else 0
        end = max(end, step)
        sizes.append((end - step, sentences))
        for place in range(step, end):
            for sentence in order[:sentences]:
                length = lengths[sentence]
                word = (sentence, length - 1 - place if reverse else place)
                rows.append(word if place < length else None)
        step = end
    return rows, sizes


@settings(deadline=None, max_examples=60)
@given(lengths=LENGTHS, pieces=st.integers(1, 5))
def test_words_are_read_step_by_step_onward_and_from_the_ends_the_longest_sentences_first(lengths, pieces):
    packing = packing_of(np.array(lengths, np.int32), pieces)
    words = [(sentence, place) for sentence, length in enumerate(lengths) for place in range(length)]
    numbers = np.arange(1, len(words) + 1, dtype=np.float32)[:, None]
    for reading, reverse in ((packing.onward, False), (packing.reverse, True)):
        rows, sizes = rows_by_hand(lengths, pieces, reverse=reverse)
        expected = [0 if word is None else words.index(word) + 1 for word in rows]
        laid = reading.lay_out(numbers)
        assert laid[:, 0].numpy().tolist() == expected
        assert reading.pieces.numpy().tolist() == [list(size) for size in sizes]
        np.testing.assert_array_equal(reading.take_up(laid), numbers)


def test_the_pieces_leave_most_of_the_padding_out():
    """Sentences of 40, 9, 8, 7, 3, 3, 2 and 1 words: 320 rows in one piece; in four, each pair to its own longest."""
    lengths = np.array([3, 40, 8, 7, 3, 9, 2, 1], np.int32)
    counts = [packing_of(lengths, pieces).onward.there.shape[0] for pieces in (1, 4)]
    assert counts == [8 * 40, 2 * (40 + 8 + 3 + 2)]


@pytest.mark.parametrize("steps", [5, 7])
def test_unpacking_puts_tokens_back_among_zeros(steps):
    lengths = np.array([2, 5, 0, 1], np.int32)
    sentences = random_floats(0, 4, steps, 3)
    packing = packing_of(lengths, 2)
    tokens = packing.pack(sentences)
    inside = (np.arange(steps) < lengths[:, None])[..., None]
    np.testing.assert_array_equal(tokens, sentences[inside[..., 0]])
    np.testing.assert_array_equal(packing.unpack(tokens, steps), np.where(inside, sentences, 0.0))


@pytest.mark.parametrize("pieces", [1, 3])
def test_the_gradients_of_all_ways_go_back_where_each_row_came_from(pieces):
    """Against TensorFlow's own of a product with the matrix of zeros and ones that the move is."""
    packing = packing_of(np.array([3, 1, 4], np.int32), pieces)
    tokens = tf.constant(random_floats(0, 8, 2))
    rows = tf.constant(random_floats(1, packing.onward.there.shape[0], 2))
    for reading in (packing.onward, packing.reverse):
        matrix = np.equal.outer(reading.there.numpy(), np.arange(8)).astype(np.float32)  # [P, N]
        check(reading.lay_out, tokens, matrix)
        check(reading.take_up, rows, matrix.T)
    place = packing.place.numpy()
    matrix = np.equal.outer(np.arange(12), place[:, 0] * 4 + place[:, 1]).astype(np.float32)
    check(lambda tokens: tf.reshape(packing.unpack(tokens, 4), [-1, 2]), tokens, matrix)


def check(move, rows, matrix):
    slopes = random_floats(2, matrix.shape[0], 2)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        moved = move(rows)
    np.testing.assert_array_equal(moved, matrix @ rows.numpy())
    np.testing.assert_array_equal(tape.gradient(moved, rows, slopes), matrix.T @ slopes)


def test_a_batch_without_a_token_is_packed_into_nothing():
    packing = packing_of(np.array([0], np.int32), 4)
    assert packing.pack(np.zeros((1, 3), np.int32)).shape == (0,)
    assert packing.onward.there.shape == (0,)
    np.testing.assert_array_equal(packing.unpack(tf.zeros([0, 2]), 3), np.zeros((1, 3, 2)))
