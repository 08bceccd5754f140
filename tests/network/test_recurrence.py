import keras
import numpy as np
import pytest
import tensorflow as tf
from builders import random_floats, textbook_lstm

from tagger.network.reading import arrange, reading_orders, restore
from tagger.network.recurrence import lstm


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
    steps = max(lengths)
    rows, weights = random_floats(9, steps, len(lengths), inputs), random_weights(inputs, units)
    lengths = np.array(lengths, np.int32)
    found = lstm(rows, lengths, *weights).numpy()
    for place, length in enumerate(lengths):
        if length:
            np.testing.assert_allclose(found[:length, place], textbook_lstm(rows[:length, place], *weights), atol=1e-5)

    layer = keras.layers.LSTM(units, return_sequences=True)
    layer.build((None, None, inputs))
    state = [variable.value for variable in layer.non_trainable_variables]
    inside = np.arange(steps)[:, None] < lengths
    variables, slopes = [tf.constant(value) for value in (rows, *weights)], random_floats(8, *found.shape)

    def ours(rows, *weights):
        return lstm(rows, lengths, *weights)

    def by_keras(rows, *weights):
        outputs, _ = layer.stateless_call(list(weights), state, tf.transpose(rows, [1, 0, 2]))
        return tf.transpose(outputs, [1, 0, 2])

    expected = gradients_of(by_keras, variables, slopes * inside[..., None])
    for our, their in zip(gradients_of(ours, variables, slopes * inside[..., None]), expected, strict=True):
        np.testing.assert_allclose(our, their, atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("lengths", [[1], [2], [3, 1], [4, 3, 3, 2, 1]])
def test_a_graph_that_knows_its_shapes_computes_the_same(lengths):
    rows, weights, lengths = random_floats(9, max(lengths), len(lengths), 2), random_weights(2, 3), np.array(lengths)
    lengths, slopes = lengths.astype(np.int32), random_floats(8, max(lengths), len(lengths), 3)

    def gradients(rows, lengths, *weights):
        with tf.GradientTape() as tape:
            tape.watch([rows, *weights])
            total = tf.reduce_sum(lstm(rows, lengths, *weights) * slopes)
        return tape.gradient(total, [rows, *weights])

    arguments = [tf.constant(value) for value in (rows, lengths, *weights)]
    for eager, compiled in zip(gradients(*arguments), tf.function(gradients)(*arguments), strict=True):
        np.testing.assert_allclose(compiled, eager, atol=1e-6)


def test_the_gradient_is_the_slope_between_two_near_points():
    rows, weights = random_floats(9, 5, 2, 3), random_weights(3, 2)
    slopes = random_floats(8, 5, 2, 2)
    lengths = np.array([5, 5], np.int32)
    variables = [tf.constant(value) for value in (rows, *weights)]
    found = gradients_of(lambda rows, *weights: lstm(rows, lengths, *weights), variables, slopes)

    def total(*values):
        rows, kernel, recurrent, bias = values
        states = np.stack([textbook_lstm(rows[:, place], kernel, recurrent, bias) for place in range(2)], axis=1)
        return float((states * slopes).sum())

    values = [np.float64(value) for value in (rows, *weights)]
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


def test_the_longest_sentences_alone_are_read_to_the_end():
    """Where lengths fall, a quarter of the sentences at most is read beyond its own quarter's longest."""
    lengths = np.array([40, 9, 8, 7, 3, 3, 2, 1], np.int32)
    found = lstm(random_floats(9, 40, 8, 2), lengths, *random_weights(2, 3)).numpy()
    read = np.abs(found).sum(axis=2) > 0
    assert read.sum(axis=0).tolist() == [40, 40, 8, 8, 3, 3, 2, 2]


@pytest.mark.parametrize("lengths", [[1], [4, 1, 3], [2, 2]])
def test_sentences_are_read_onward_and_from_their_ends_and_put_back(lengths):
    rows = random_floats(0, len(lengths), 4, 3)
    orders = reading_orders(np.array(lengths, np.int32), 4)
    for order, direction in zip(orders, (1, -1), strict=True):
        read = arrange(rows, order).numpy()
        for place, length in enumerate(lengths):
            np.testing.assert_array_equal(read[:length, place], rows[place, :length][::direction])
            np.testing.assert_array_equal(read[length:, place], rows[place, length:])
        np.testing.assert_array_equal(restore(read, order), rows)


def test_the_gradient_of_an_order_goes_back_where_each_row_came_from():
    rows = tf.constant(random_floats(0, 2, 3, 2))
    order = reading_orders(np.array([3, 2], np.int32), 3)[1]
    weights = random_floats(1, 3, 2, 2)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        total = tf.reduce_sum(arrange(rows, order) * weights)
    expected = np.stack([weights[[2, 1, 0], 0], weights[[1, 0, 2], 1]])
    np.testing.assert_array_equal(tape.gradient(total, rows), expected)
