"""Randomness as a pure function of a seed, so that a step can be repeated from its number alone."""

import tensorflow as tf


class Noise:
    """Hands out a fresh seed for every place that draws, in the order of the code.

    Args:
        seed: [2] int32, the seed of one training step.
    """

    def __init__(self, seed: tf.Tensor) -> None:
        self._seed = seed
        self._drawn = 0

    def draw(self) -> tf.Tensor:
        """A seed nobody else has, [2]."""
        self._drawn += 1
        return tf.random.fold_in(self._seed, self._drawn)


def dropout(inputs: tf.Tensor, rate: float, noise: Noise | None, *, variational: bool = False) -> tf.Tensor:
    """Drop values and scale up the others; the identity without noise.

    Args:
        inputs: [B, T, D]. variational: one mask a sequence, [B, 1, D], not one a step (Gal and Ghahramani 2016).
    """
    if noise is None or rate == 0.0:
        return inputs
    shape = tf.shape(inputs)
    mask_shape = tf.stack([shape[0], 1, shape[2]]) if variational else shape
    return tf.nn.experimental.stateless_dropout(inputs, rate, noise.draw(), noise_shape=mask_shape)
