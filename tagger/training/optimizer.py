"""Adam and Nadam whose cost follows the rows a step touches.

A gradient that is sparse (`tf.IndexedSlices`, the embedding's) moves its own rows and their moments only: with 200,000
words the dense update would cost more than the network. Elsewhere they are Adam (Kingma and Ba 2015) and Nadam (Dozat
2016) as Keras has it, whose momentum rises as beta_1 (1 - 0.96^t / 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tagger.config import OptimizerName

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7
_MOMENTUM_DECAY = 0.96


@dataclass(frozen=True)
class _Coefficients:
    """Of this step's update: rate * (moment * m + gradient * g) / (sqrt(v / unbias) + epsilon)."""

    moment: tf.Tensor
    gradient: tf.Tensor
    unbias: tf.Tensor


@dataclass(frozen=True)
class _Slot:
    """A variable with the running means of its gradient and of its square."""

    variable: tf.Variable
    mean: tf.Variable
    square: tf.Variable


class Optimizer:
    """Updates variables from gradients whose joint norm is clipped first (0: it is not)."""

    def __init__(self, variables: Sequence[keras.Variable], name: OptimizerName, clip_norm: float) -> None:
        self._nesterov = name == "nadam"
        self._clip_norm = clip_norm
        self._step = tf.Variable(0.0, name="step")
        self._momentum_product = tf.Variable(1.0, name="momentum_product")
        self._slots = [_slot(variable.value) for variable in variables]

    def apply(self, gradients: Sequence[tf.Tensor | tf.IndexedSlices], rate: tf.Tensor) -> None:
        """Take one step; gradients stand in the order of the variables."""
        merged = [_merged(gradient) for gradient in gradients]
        scale = self._clip_scale(merged)
        self._step.assign_add(1.0)
        step = self._nadam() if self._nesterov else self._adam()
        for slot, gradient in zip(self._slots, merged, strict=True):
            _update(slot, gradient, step, scale, rate)

    def _clip_scale(self, gradients: Sequence[tf.Tensor | tf.IndexedSlices]) -> tf.Tensor:
        norm = tf.linalg.global_norm(gradients)
        return tf.minimum(1.0, self._clip_norm / (norm + _EPSILON)) if self._clip_norm > 0.0 else tf.constant(1.0)

    def _adam(self) -> _Coefficients:
        moment = 1.0 / (1.0 - _BETA_1**self._step)
        return _Coefficients(moment, tf.constant(0.0), 1.0 - _BETA_2**self._step)

    def _nadam(self) -> _Coefficients:
        now = _BETA_1 * (1.0 - 0.5 * _MOMENTUM_DECAY**self._step)
        following = _BETA_1 * (1.0 - 0.5 * _MOMENTUM_DECAY ** (self._step + 1.0))
        product = self._momentum_product.assign(self._momentum_product * now)
        moment = following / (1.0 - product * following)
        return _Coefficients(moment, (1.0 - now) / (1.0 - product), 1.0 - _BETA_2**self._step)


def _merged(gradient: tf.Tensor | tf.IndexedSlices) -> tf.Tensor | tf.IndexedSlices:
    """A sparse gradient with each row once; a dense one as it is."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    rows, places = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))
    return tf.IndexedSlices(values, rows, gradient.dense_shape)


def _slot(variable: tf.Variable) -> _Slot:
    zeros = np.zeros(variable.shape, np.float32)
    return _Slot(variable, tf.Variable(zeros, name="mean"), tf.Variable(zeros, name="square"))


def _update(
    slot: _Slot, gradient: tf.Tensor | tf.IndexedSlices, step: _Coefficients, scale: tf.Tensor, rate: tf.Tensor
) -> None:
    rows = gradient.indices if isinstance(gradient, tf.IndexedSlices) else None
    slope = scale * (gradient if rows is None else gradient.values)
    new_mean = _BETA_1 * _read(slot.mean, rows) + (1.0 - _BETA_1) * slope
    new_square = _BETA_2 * _read(slot.square, rows) + (1.0 - _BETA_2) * tf.square(slope)
    direction = (step.moment * new_mean + step.gradient * slope) / (tf.sqrt(new_square / step.unbias) + _EPSILON)
    _write(slot.mean, rows, new_mean)
    _write(slot.square, rows, new_square)
    _write(slot.variable, rows, _read(slot.variable, rows) - rate * direction)


def _read(variable: tf.Variable, rows: tf.Tensor | None) -> tf.Tensor:
    return variable.read_value() if rows is None else tf.gather(variable, rows)


def _write(variable: tf.Variable, rows: tf.Tensor | None, values: tf.Tensor) -> None:
    if rows is None:
        variable.assign(values)
    else:
        variable.scatter_update(tf.IndexedSlices(values, rows))
