"""A running average of the weights, which is better than any of them (Polyak and Juditsky 1992)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

EVERY = 8  # steps; an average that moves seldomer is as good, and the matrix of words is large
EARLY = 64  # steps, up to which it moves after each: a small corpus has no more of them


class WeightAverages:
    """Moves after each of the first steps, then after every eighth by what eight would move it.

    The first moves go further, as the weights of the beginning are worth nothing: the nth of one kind keeps
    (1 + n) / (10 + n) at most.

    Args:
        weights: by name. rows: of a weight whose first rows alone are learned, how many they are.
        decay: a step's, below 1.
    """

    def __init__(self, weights: Mapping[str, keras.Variable], rows: Mapping[str, int], decay: float) -> None:
        self._weights = {name: weight.value for name, weight in weights.items()}
        self._averages = {
            name: tf.Variable(weight[: rows.get(name, weight.shape[0])], name="average")
            for name, weight in self._weights.items()
        }
        self._decay = decay
        self._move = tf.function(self._moved, input_signature=[tf.TensorSpec([], tf.float32)], autograph=False)

    def after_step(self, number: int) -> None:
        """Take the weights in, if it is time; `number` counts the steps from 0."""
        every = 1 if number < EARLY else EVERY
        moves, rest = divmod(number + 1, every)
        if not rest:
            self._move(np.float32(1.0 - min(self._decay**every, (1.0 + moves) / (10.0 + moves))))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """A block in which the weights are their averages."""
        kept = {name: self._learned(name).numpy() for name in self._weights}
        self._assign(self._averages)
        try:
            yield
        finally:
            self._assign(kept)

    def values(self) -> dict[str, tf.Variable]:
        """The averages, by name."""
        return {f"average.{name}": average for name, average in self._averages.items()}

    def _moved(self, share: tf.Tensor) -> None:
        for name, average in self._averages.items():
            average.assign_add(share * (self._learned(name) - average))

    def _learned(self, name: str) -> tf.Tensor:
        return self._weights[name][: self._averages[name].shape[0]]

    def _assign(self, values: Mapping[str, tf.Tensor]) -> None:
        for name, value in values.items():
            self._weights[name][: value.shape[0]].assign(value)
