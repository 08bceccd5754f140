import keras
import numpy as np
import pytest
import tensorflow as tf
from builders import random_floats, textbook_lstm, unpacked

from tagger.network.packing import packing_of
from tagger.network.recurrence import lstm


def read(tokens, lengths, *weights, pieces=4):
    """The states [N, H] of tokens [N, D], read onward."""
    return lstm(tokens, packing_of(lengths, pieces).onward, *weights)


def random_weights(inputs, units):
    return [
        random_floats(seed, *shape)
        for seed, shape in enumerate([(inputs, 4 * units), (units, 4 * units), (4 * units,)])
    ]


def gradients_of(function, variables, slopes):
    with tf.GradientTape() as tape:
        tape.watch(variables)
        total = tf.reduce_sum(function(*variables) * slopes)
    return [slope.numpy() for slope in tape.gradient(total, variables)]


@pytest.mark.parametrize(
    ("lengths", "inputs", "units"),
    [
        ([1], 1, 1),
        ([1, 1, 1], 4, 2),
        ([9], 3, 5),
        ([7, 7, 7, 7], 6, 3),
        ([9, 6, 6, 4, 3, 1, 1], 2, 3),
        ([40, *[3] * 8], 2, 3),  # most pieces of the time are empty
        ([2, 5, 1, 9, 0, 9], 2, 3),
    ],
)
def test_states_follow_the_textbook_and_gradients_kerass_own(lengths, inputs, units):
    """Keras differentiates its loop by TensorFlow's general rules, and reads padding too."""
    tokens, weights = random_floats(9, sum(lengths), inputs), random_weights(inputs, units)
    sentences, lengths = unpacked(tokens, lengths), np.array(lengths, np.int32)
    found = unpacked(read(tokens, lengths, *weights).numpy(), lengths)
    for place, length in enumerate(lengths):
        if length:
            expected = textbook_lstm(sentences[place, :length], *weights)
            np.testing.assert_allclose(found[place, :length], expected, atol=1e-5)

    layer = keras.layers.LSTM(units, return_sequences=True)
    layer.build((None, None, inputs))
    state = [variable.value for variable in layer.non_trainable_variables]
    variables, slopes = [tf.constant(value) for value in (tokens, *weights)], random_floats(8, sum(lengths), units)
    packing = packing_of(lengths, 4)

    def by_keras(tokens, *weights):
        outputs, _ = layer.stateless_call(list(weights), state, packing.unpack(tokens, max(lengths)))
        return packing.pack(outputs)

    expected = gradients_of(by_keras, variables, slopes)
    ours = gradients_of(lambda tokens, *weights: read(tokens, lengths, *weights), variables, slopes)
    for our, their in zip(ours, expected, strict=True):
        np.testing.assert_allclose(our, their, atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("lengths", [[1], [2], [3, 1], [4, 3, 3, 2, 1]])
def test_a_graph_that_knows_its_shapes_computes_the_same(lengths):
    tokens, slopes, weights = random_floats(9, sum(lengths), 2), random_floats(8, sum(lengths), 3), random_weights(2, 3)

    def gradients(tokens, lengths, *weights):
        with tf.GradientTape() as tape:
            tape.watch([tokens, *weights])
            total = tf.reduce_sum(read(tokens, lengths, *weights) * slopes)
        return tape.gradient(total, [tokens, *weights])

    arguments = [tf.constant(value) for value in (tokens, np.array(lengths, np.int32), *weights)]
    for eager, compiled in zip(gradients(*arguments), tf.function(gradients)(*arguments), strict=True):
        np.testing.assert_allclose(compiled, eager, atol=1e-6)


def test_the_gradient_is_the_slope_between_two_near_points():
    tokens, weights = random_floats(9, 8, 3), random_weights(3, 2)
    slopes, lengths = random_floats(8, 8, 2), np.array([3, 5], np.int32)
    variables = [tf.constant(value) for value in (tokens, *weights)]
    found = gradients_of(lambda tokens, *weights: read(tokens, lengths, *weights), variables, slopes)

    def total(*values):
        tokens, *weights = values
        states = np.concatenate([textbook_lstm(sentence, *weights) for sentence in np.split(tokens, [3])])
        return float((states * slopes).sum())

    values = [np.float64(value) for value in (tokens, *weights)]
    for place, slope in enumerate(found):
        expected = np.zeros(slope.shape)
        for index in np.ndindex(slope.shape):
            near = []
            for shift in (1e-5, -1e-5):
                moved = [value.copy() for value in values]
                moved[place][index] += shift
                near.append(total(*moved))
            expected[index] = (near[0] - near[1]) / 2e-5
        np.testing.assert_allclose(slope, expected, atol=1e-4)
