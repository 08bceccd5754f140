import keras
import numpy as np
import pytest
import tensorflow as tf
from builders import random_floats, textbook_lstm, unpacked

from tagger.network.packing import packing_of
from tagger.network.recurrence import Carried, lstm, lstm_from


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


STEPS, UNITS = 9, 3
LATER = [[6, 6, 6], [2, 6, 4], [1, 6, 6]]  # lengths of the second window; a stream's are all alike


def windows(pieces, later):
    """Three streams as `lstm_from` reads them in two windows, the first of three steps: states of the second."""
    tokens, weights = random_floats(9, 3, STEPS, 2), random_weights(2, UNITS)
    zeros = tf.zeros([3, UNITS])
    same = packing_of(np.array([3] * 3, np.int32), 1)  # all rows are there after its last step
    first, carried = lstm_from(same.pack(tokens[:, :3]), same.onward, *weights, before=Carried(zeros, zeros))
    order = np.argsort(-np.array(later), kind="stable")
    before = Carried(*(tf.gather(part, order) for part in carried))
    packing = packing_of(np.array(later, np.int32), pieces)
    second, after = lstm_from(packing.pack(tokens[:, 3:]), packing.onward, *weights, before=before)
    return tokens, weights, unpacked(first.numpy(), [3] * 3), unpacked(second.numpy(), later), after


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("later", LATER)
def test_two_windows_are_one_to_the_states(later, pieces):
    tokens, weights, first, second, after = windows(pieces, later)
    for row, length in enumerate(later):
        whole = textbook_lstm(tokens[row, : 3 + length], *weights)
        np.testing.assert_allclose(first[row], whole[:3], atol=1e-5)
        np.testing.assert_allclose(second[row, :length], whole[3:], atol=1e-5)
    if len({*later}) == 1:
        kept = len(after.state)  # the rows of the last piece, which is all of them where there is one
        assert kept == 3 or pieces > 1
        np.testing.assert_allclose(after.state, second[:kept, -1], atol=1e-6)


def test_the_cell_is_left_as_the_equations_have_it():
    """h = o tanh(c), where o follows from the last input and the state before it."""
    tokens, (kernel, recurrent, bias), _, second, after = windows(1, LATER[0])
    gate = tokens[:, -1] @ kernel[:, -UNITS:] + second[:, -2] @ recurrent[:, -UNITS:] + bias[-UNITS:]
    np.testing.assert_allclose(np.tanh(after.cell) / (1.0 + np.exp(-gate)), after.state, atol=1e-5)


def by_the_equations(tokens, kernel, recurrent, bias, state, cell):
    """States [B, T, H] of tokens [B, T, D], whose derivative is TensorFlow's own."""
    states = []
    for step in range(tokens.shape[1]):
        gates = tokens[:, step] @ kernel + state @ recurrent + bias
        i, f, c, o = tf.split(gates, 4, axis=1)
        cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(c)
        state = tf.sigmoid(o) * tf.tanh(cell)
        states.append(state)
    return tf.stack(states, axis=1)


@pytest.mark.parametrize("pieces", [1, 4])
def test_the_gradient_is_that_of_the_window_alone_with_what_was_carried_held_fast(pieces):
    lengths = np.array([5] * 3, np.int32)
    packing, slopes = packing_of(lengths, pieces), random_floats(8, 3, 5, UNITS)
    carried = Carried(*(tf.constant(random_floats(seed, 3, UNITS)) for seed in (20, 21)))
    variables = [tf.constant(value) for value in (random_floats(9, 3, 5, 2), *random_weights(2, UNITS))]

    def ours(tokens, *weights):
        states, _ = lstm_from(packing.pack(tokens), packing.onward, *weights, before=carried)
        return packing.unpack(states, 5)

    def theirs(tokens, *weights):
        return by_the_equations(tokens, *weights, *map(tf.stop_gradient, carried))

    for our, their in zip(*(gradients_of(function, variables, slopes) for function in (ours, theirs)), strict=True):
        np.testing.assert_allclose(our, their, atol=2e-5, rtol=2e-5)


def test_no_slope_goes_into_a_window_or_out_of_it_by_what_is_carried():
    packing = packing_of(np.array([4, 4], np.int32), 1)
    before = Carried(*(tf.constant(random_floats(seed, 2, UNITS)) for seed in (1, 2)))
    variables = [tf.constant(value) for value in (random_floats(9, 8, 2), *random_weights(2, UNITS))]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([*variables, *before])
        states, after = lstm_from(variables[0], packing.onward, *variables[1:], before=before)
        inside, outside = tf.reduce_sum(states), tf.reduce_sum(after.state) + tf.reduce_sum(after.cell)
    assert tape.gradient(inside, list(before)) == [None, None]
    for slope in tape.gradient(outside, variables, unconnected_gradients="zero"):
        np.testing.assert_array_equal(slope, np.zeros(slope.shape))
