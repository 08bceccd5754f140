"""Randomness as a pure function of a seed, so that a step can be repeated from its number alone."""

from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class Share:
    """The sentences of a batch that one of several replicas works on: from `start`, of `all` in the batch."""

    start: tf.Tensor
    all: tf.Tensor


class Noise:
    """Hands out a fresh seed for every place that draws, in the order of the code.

    Args:
        seed: [2] int32, the seed of one training step.
        share: where the batch is a part of a larger one, so that each sentence has the masks it has in the whole.
    """

    def __init__(self, seed: tf.Tensor, share: Share | None = None) -> None:
        self._seed = seed
        self._share = share
        self._drawn = 0

    def draw(self) -> tf.Tensor:
        """A seed nobody else has, [2]."""
        self._drawn += 1
        return tf.random.fold_in(self._seed, self._drawn)

    def uniform(self, shape: tf.Tensor, sentences: int) -> tf.Tensor:
        """Numbers from 0 to 1, for a shape whose axis `sentences` counts the batch's sentences."""
        if self._share is None:
            return tf.random.stateless_uniform(shape, self.draw())
        whole = tf.tensor_scatter_nd_update(shape, [[sentences]], [self._share.all])
        ours = tf.range(self._share.start, self._share.start + shape[sentences])
        return tf.gather(tf.random.stateless_uniform(whole, self.draw()), ours, axis=sentences)


def dropout(inputs: tf.Tensor, rate: float, noise: Noise | None, *, variational: bool = False) -> tf.Tensor:
    """Drop values and scale up the others; the identity without noise.

    Args:
        inputs: [T, B, D]. variational: one mask a sequence, [1, B, D], not one a step (Gal and Ghahramani 2016).
    """
    if noise is None or rate == 0.0:
        return inputs
    shape = tf.shape(inputs)
    mask_shape = tf.stack([1, shape[1], shape[2]]) if variational else shape
    kept = noise.uniform(mask_shape, sentences=1) >= rate
    return inputs * tf.cast(tf.where(kept, 1.0 / (1.0 - rate), 0.0), inputs.dtype)
