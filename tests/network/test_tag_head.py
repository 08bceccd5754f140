import math

import numpy as np
import pytest
import tensorflow as tf
from builders import TAGS, log_softmax, random_batch, random_floats, values

from tagger.network.tag_head import TagHead, masked_cross_entropy


def loss_and_gradient(logits, batch):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = masked_cross_entropy(logits, batch.tag_ids, batch.lengths)
    return float(loss), tape.gradient(loss, logits).numpy()


def real_tokens(batch):
    return [(row, step) for row, length in enumerate(batch.lengths) for step in range(length)]


def test_logits_are_an_affine_map_of_the_states():
    head = TagHead(6, TAGS, seed=1)
    head.weights()["bias"].assign(random_floats(1, TAGS))
    weights, states = values(head), random_floats(0, 2, 3, 6)
    assert weights["kernel"].shape == (6, TAGS)
    np.testing.assert_allclose(head(states), states @ weights["kernel"] + weights["bias"], atol=1e-6)


def test_initial_weights_are_a_function_of_the_seed():
    kernels = [values(TagHead(6, TAGS, seed))["kernel"] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_loss_of_two_sentences_by_hand():
    """Probabilities of the right tags: 1/2 and 3/4, and 1/4; the last of six positions is no token."""
    halves, quarter = [0.0, 0.0], [0.0, math.log(3.0)]
    logits = np.array([[halves, quarter], [quarter, [9.0, -9.0]]], np.float32)
    tags, lengths = np.array([[0, 1], [0, 1]], np.int32), np.array([2, 1], np.int32)
    expected = -(math.log(1 / 2) + math.log(3 / 4) + math.log(1 / 4)) / 3
    assert float(masked_cross_entropy(logits, tags, lengths)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("lengths", [[1], [4, 4], [7, 1, 3], [1, 1, 9, 2]])
def test_loss_is_the_mean_over_tokens_whatever_their_sentence(lengths):
    batch = random_batch(lengths, padding=2)
    logits = random_floats(1, *batch.tag_ids.shape, TAGS)
    losses = [-log_softmax(logits[place])[batch.tag_ids[place]] for place in real_tokens(batch)]
    assert loss_and_gradient(logits, batch)[0] == pytest.approx(sum(losses) / sum(lengths), abs=1e-6)


def test_padding_moves_neither_the_loss_nor_the_gradient():
    batch, other = random_batch([5, 2, 1], seed=1), random_batch([5, 2, 1], seed=2)
    logits = random_floats(1, 3, 5, TAGS)
    loss, gradient = loss_and_gradient(logits, batch)
    for place in set(np.ndindex(3, 5)) - set(real_tokens(batch)):
        batch.tag_ids[place] = other.tag_ids[place]
        logits[place] = 1e6
    assert loss_and_gradient(logits, batch)[0] == loss
    np.testing.assert_array_equal(loss_and_gradient(logits, batch)[1], gradient)


def test_gradient_is_softmax_less_one_for_tokens_and_nothing_for_padding():
    batch = random_batch([5, 2, 1], padding=1)
    logits = random_floats(1, 3, 6, TAGS)
    expected = np.zeros((3, 6, TAGS))
    for place in real_tokens(batch):
        expected[place] = (np.exp(log_softmax(logits[place])) - np.eye(TAGS)[batch.tag_ids[place]]) / 8
    gradient = loss_and_gradient(logits, batch)[1]
    np.testing.assert_allclose(gradient, expected, atol=1e-7)
    assert not gradient[1, 2:].any()
    assert not gradient[2, 1:].any()
