import keras
import numpy as np
import pytest
import tensorflow as tf
from builders import random_floats

from tagger.training import optimizer as under_test

RATE, STEPS = 0.01, 6
SHAPES = [(7, 3), (4,), (2, 2)]


class NumpyAdam:
    """Algorithm 1 of Kingma and Ba (2015), on one array in float64."""

    def __init__(self, value):
        self.value, self.m, self.v, self.t = np.float64(value), 0.0, 0.0, 0

    def step(self, gradient):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient**2
        self.value = self.value - RATE * (self.m / (1 - 0.9**self.t)) / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-7)


class Optimizer(under_test.Optimizer):
    """Takes lists, and counts its steps."""

    def __init__(self, variables, *options):
        super().__init__(dict(enumerate_as_text(variables)), *options)
        self.number = 0

    def apply(self, gradients, rate):
        super().apply(dict(enumerate_as_text(gradients)), tf.constant(self.coefficients(self.number, float(rate))))
        self.number += 1


def enumerate_as_text(values):
    return ((str(place), value) for place, value in enumerate(values))


def variables():
    return [keras.Variable(random_floats(place, *shape)) for place, shape in enumerate(SHAPES)]


def gradients(step):
    return [3.0 * random_floats([9, step, place], *shape) for place, shape in enumerate(SHAPES)]


def clipped(arrays, norm):
    """All arrays scaled down together where the norm of all their numbers as one vector is beyond `norm`."""
    length = np.linalg.norm(np.concatenate([np.ravel(array) for array in arrays]))
    return [np.float64(array) * min(1.0, norm / length) for array in arrays]


def apply(optimizer, arrays):
    optimizer.apply([tf.constant(array) for array in arrays], tf.constant(RATE))


def slices(rows, row_gradients, size):
    return tf.IndexedSlices(tf.constant(row_gradients), tf.constant(rows), tf.constant([size, 3]))


def test_adam_is_that_of_its_paper():
    found = variables()
    expected = [NumpyAdam(variable.numpy()) for variable in found]
    optimizer = Optimizer(found, "adam", 0.0)
    for step in range(STEPS):
        apply(optimizer, gradients(step))
        for variable, peer, gradient in zip(found, expected, gradients(step), strict=True):
            peer.step(np.float64(gradient))
            np.testing.assert_allclose(variable.numpy(), peer.value, atol=2e-6)


@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_nadam_is_that_of_keras_schedule_and_all(scale):
    found, expected = variables(), variables()
    optimizer, peer = Optimizer(found, "nadam", 0.0), keras.optimizers.Nadam(RATE)
    for step in range(20):
        arrays = [scale * gradient for gradient in gradients(step)]
        apply(optimizer, arrays)
        peer.apply([tf.constant(array) for array in arrays], expected)
        for mine, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=2e-6)


def test_nadam_differs_from_adam():
    one, other = variables(), variables()
    apply(Optimizer(one, "nadam", 0.0), gradients(0))
    apply(Optimizer(other, "adam", 0.0), gradients(0))
    assert not np.allclose(one[0].numpy(), other[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("clip_norm", [0.5, 5.0, 1e6, 0.0])
def test_the_joint_norm_is_clipped_and_short_gradients_are_left_alone(clip_norm):
    found = variables()
    expected = [NumpyAdam(variable.numpy()) for variable in found]
    optimizer = Optimizer(found, "adam", clip_norm)
    for step in range(STEPS):
        arrays = [10.0 ** (step - 4) * gradient for gradient in gradients(step)]  # norms from 1e-3 to 1e2
        apply(optimizer, arrays)
        for variable, peer, gradient in zip(found, expected, clipped(arrays, clip_norm or np.inf), strict=True):
            peer.step(gradient)
            np.testing.assert_allclose(variable.numpy(), peer.value, atol=5e-6)


def test_clipping_counts_a_row_that_comes_twice_as_one():
    """(3, 0, 0) and twice (0, 2, 0) for the same word are (3, 4, 0), whose norm is 5."""
    table, peer = keras.Variable(np.zeros((4, 3), np.float32)), NumpyAdam(np.zeros((4, 3)))
    optimizer = Optimizer([table], "adam", 1.0)
    row_gradients = np.array([[3, 0, 0], [0, 2, 0], [0, 2, 0]], np.float32)
    for size in (1.0, 0.01):
        optimizer.apply([slices([2, 2, 2], size * row_gradients, 4)], tf.constant(RATE))
        gradient = np.zeros((4, 3))
        gradient[2] = size * row_gradients.sum(axis=0) * min(1.0, 1.0 / (5 * size))
        peer.step(gradient)
    np.testing.assert_allclose(table.numpy(), peer.value, atol=1e-6)


@pytest.mark.parametrize("name", ["adam", "nadam"])
def test_a_sparse_gradient_of_repeated_rows_moves_them_as_a_dense_one_and_no_others(name):
    """Rows 1, 4 and 5 come every step, so that skipping a row's idle steps makes no difference to them."""
    sparse, dense = (keras.Variable(random_floats(0, 7, 3)) for _ in range(2))
    begun = sparse.numpy().copy()
    one, other = Optimizer([sparse], name, 1.0), Optimizer([dense], name, 1.0)
    for step in range(STEPS):
        rows, row_gradients = [4, 1, 4, 5, 4], random_floats(step, 5, 3)
        full = np.zeros((7, 3), np.float32)
        np.add.at(full, rows, row_gradients)
        one.apply([slices(rows, row_gradients, 7)], tf.constant(RATE))
        apply(other, [full])
    np.testing.assert_allclose(sparse.numpy()[[1, 4, 5]], dense.numpy()[[1, 4, 5]], atol=1e-6)
    np.testing.assert_array_equal(sparse.numpy()[[0, 2, 3, 6]], begun[[0, 2, 3, 6]])


def test_the_moments_of_a_row_rest_while_it_does_not_come():
    """A row moves by what it remembers from when it last came: only the correction for the start has gone on."""
    table = keras.Variable(np.zeros((2, 3), np.float32))
    optimizer = Optimizer([table], "adam", 0.0)
    first, last = np.float64([[1.0, -2.0, 0.5], [0.3, 0.1, -0.7]])
    for row, gradient in ((0, first), (1, first), (1, last), (0, last)):
        before = table.numpy()[0].copy()
        optimizer.apply([slices([row], np.float32(gradient)[None], 2)], tf.constant(RATE))
        assert row == 0 or (table.numpy()[0] == before).all()
    mean = (0.9 * 0.1 * first + 0.1 * last) / (1 - 0.9**4)
    square = (0.999 * 0.001 * first**2 + 0.001 * last**2) / (1 - 0.999**4)
    np.testing.assert_allclose(table.numpy()[0] - before, -RATE * mean / (np.sqrt(square) + 1e-7), atol=1e-6)


def test_a_rate_of_nothing_moves_nothing():
    found = variables()
    begun = [variable.numpy().copy() for variable in found]
    Optimizer(found, "nadam", 1.0).apply([tf.constant(array) for array in gradients(0)], tf.constant(0.0))
    for variable, start in zip(found, begun, strict=True):
        np.testing.assert_array_equal(variable.numpy(), start)


@pytest.mark.parametrize("name", ["adam", "nadam"])
def test_a_steps_coefficients_are_a_function_of_its_number_alone(name):
    one, other = (under_test.Optimizer({}, name, 0.0) for _ in range(2))
    onward = [one.coefficients(number, RATE).tolist() for number in range(9)]
    assert [other.coefficients(number, RATE).tolist() for number in reversed(range(9))] == onward[::-1]
    assert len({tuple(row) for row in onward}) == 9


@pytest.mark.parametrize("clip_norm", [0.0, 0.5])
def test_rows_that_cannot_move_stay_whatever_their_gradient(clip_norm):
    """Words of unlabelled text may have rows that a vectors file gave: they are read, and not learned."""
    matrices = [keras.Variable(random_floats(0, 7, 3)) for _ in range(2)]
    part, whole = (Optimizer(matrices[place : place + 1], "adam", clip_norm, {"0": 4}) for place in range(2))
    row_gradients = random_floats(5, 5, 3)
    part.apply([slices([1, 6, 3, 4, 1], row_gradients, 7)], tf.constant(RATE))
    whole.apply([slices([1, 3, 1], row_gradients[[0, 2, 4]], 7)], tf.constant(RATE))
    np.testing.assert_array_equal(matrices[0].numpy(), matrices[1].numpy())
    np.testing.assert_array_equal(matrices[0].numpy()[4:], random_floats(0, 7, 3)[4:])
    assert not np.array_equal(matrices[0].numpy()[1], random_floats(0, 7, 3)[1])


def test_only_the_rows_that_can_move_are_remembered():
    table = keras.Variable(random_floats(0, 7, 3))
    optimizer = under_test.Optimizer({"table": table}, "adam", 0.0, {"table": 4})
    assert {name: tuple(moment.shape) for name, moment in optimizer.moments().items()} == {
        "mean.table": (4, 3),
        "square.table": (4, 3),
    }


@pytest.mark.parametrize("rate", [0.0, 0.25])
def test_a_variable_with_a_rate_of_its_own_goes_that_share_of_the_way(rate):
    """Gradients do not depend on where it is, so that its whole way is that share of the other's."""
    plain, slowed, begun = variables(), variables(), [variable.numpy() for variable in variables()]
    for found, rates in ((plain, {}), (slowed, {"1": rate})):
        optimizer = Optimizer(found, "nadam", 1.0, None, rates)
        for step in range(STEPS):
            apply(optimizer, gradients(step))
    for place, expected_share in enumerate((1.0, rate, 1.0)):
        way = expected_share * (plain[place].numpy() - begun[place])
        np.testing.assert_allclose(slowed[place].numpy() - begun[place], way, atol=1e-6)
