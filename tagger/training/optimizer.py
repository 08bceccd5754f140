"""Adam and Nadam whose cost follows the rows a step touches.

A gradient that is sparse (`tf.IndexedSlices`, the embedding's) moves its own rows and their moments only: with 200,000
words the dense update would cost more than the network. Elsewhere they are Adam (Kingma and Ba 2015) and Nadam (Dozat
2016) as Keras has it, whose momentum rises as beta_1 (1 - 0.96^t / 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import OptimizerName

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7
_MOMENTUM_DECAY = 0.96

Gradient: TypeAlias = tf.Tensor | tf.IndexedSlices


@dataclass(frozen=True)
class _Slot:
    """A variable with the running means of its gradient and of its square; `rate` multiplies its steps."""

    variable: tf.Variable
    mean: tf.Variable
    square: tf.Variable
    rate: float


class Optimizer:
    """Updates variables from gradients whose joint norm is clipped first (0: it is not).

    Args:
        variables: by name. rows: of a variable whose first rows alone can move, how many they are.
        rates: what multiplies a variable's steps; 1 where it has none.
    """

    def __init__(
        self,
        variables: Mapping[str, keras.Variable],
        name: OptimizerName,
        clip_norm: float,
        rows: Mapping[str, int] | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self._nesterov = name == "nadam"
        self._clip_norm = clip_norm
        self._slots = {
            name: _slot(value.value, (rows or {}).get(name), (rates or {}).get(name, 1.0))
            for name, value in variables.items()
        }
        self._products = [1.0]  # of the momenta of all steps up to each

    def coefficients(self, number: int, rate: float) -> NDArray[np.float32]:
        """What step `number`, from 0, multiplies: [3], of the mean and of the gradient, and the square's correction.

        The step is (first * mean + second * gradient) / (sqrt(square / third) + epsilon).
        """
        step = number + 1
        unbias = 1.0 - _BETA_2**step
        if not self._nesterov:
            return np.array([rate / (1.0 - _BETA_1**step), 0.0, unbias], np.float32)
        while len(self._products) <= step:
            self._products.append(self._products[-1] * _momentum(len(self._products)))
        following = _momentum(step + 1)
        of_mean = following / (1.0 - self._products[step] * following)
        of_gradient = (1.0 - _momentum(step)) / (1.0 - self._products[step])
        return np.array([rate * of_mean, rate * of_gradient, unbias], np.float32)

    def apply(self, gradients: Mapping[str, Gradient], coefficients: tf.Tensor) -> None:
        """Take one step."""
        with tf.name_scope("optimizer"):
            merged = {name: _merged(gradient, self._slots[name]) for name, gradient in gradients.items()}
            scale = self._clip_scale(list(merged.values()))
            for name, gradient in merged.items():
                with tf.name_scope(name):
                    _update(self._slots[name], gradient, coefficients, scale)

    def moments(self) -> dict[str, tf.Variable]:
        """What it remembers, by name."""
        means = {f"mean.{name}": slot.mean for name, slot in self._slots.items()}
        return means | {f"square.{name}": slot.square for name, slot in self._slots.items()}

    def _clip_scale(self, gradients: list[Gradient]) -> tf.Tensor:
        norm = tf.linalg.global_norm(gradients)
        return tf.minimum(1.0, self._clip_norm / (norm + _EPSILON)) if self._clip_norm > 0.0 else tf.constant(1.0)


def _momentum(step: int) -> float:
    """Of Nadam's step, from 1."""
    return _BETA_1 * (1.0 - 0.5 * _MOMENTUM_DECAY**step)


def _merged(gradient: Gradient, slot: _Slot) -> Gradient:
    """A sparse gradient with each row once, and without those that cannot move; a dense one as it is."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    rows, places = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))
    if slot.mean.shape[0] < slot.variable.shape[0]:
        moving = rows < slot.mean.shape[0]
        rows, values = tf.boolean_mask(rows, moving), tf.boolean_mask(values, moving)
    return tf.IndexedSlices(values, rows, gradient.dense_shape)


def _slot(variable: tf.Variable, rows: int | None, rate: float) -> _Slot:
    zeros = np.zeros([rows or variable.shape[0], *variable.shape[1:]], np.float32)
    return _Slot(variable, tf.Variable(zeros, name="mean"), tf.Variable(zeros, name="square"), rate)


def _update(slot: _Slot, gradient: Gradient, coefficients: tf.Tensor, scale: tf.Tensor) -> None:
    rows = gradient.indices if isinstance(gradient, tf.IndexedSlices) else None
    slope = scale * (gradient if rows is None else gradient.values)
    new_mean = _BETA_1 * _read(slot.mean, rows) + (1.0 - _BETA_1) * slope
    new_square = _BETA_2 * _read(slot.square, rows) + (1.0 - _BETA_2) * tf.square(slope)
    of_mean, of_gradient, unbias = tf.unstack(coefficients)
    change = slot.rate * (of_mean * new_mean + of_gradient * slope) / (tf.sqrt(new_square / unbias) + _EPSILON)
    _write(slot.mean, rows, new_mean)
    _write(slot.square, rows, new_square)
    _write(slot.variable, rows, _read(slot.variable, rows) - change)


def _read(variable: tf.Variable, rows: tf.Tensor | None) -> tf.Tensor:
    return variable.read_value() if rows is None else tf.gather(variable, rows)


def _write(variable: tf.Variable, rows: tf.Tensor | None, values: tf.Tensor) -> None:
    if rows is None:
        variable.assign(values)
    else:
        variable.scatter_update(tf.IndexedSlices(values, rows))
