"""Randomness as a pure function of a seed, so that a step can be repeated from its number alone."""

from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from tagger.network.packing import Packing


class Span(NamedTuple):
    """From `start`, of `all` in the batch."""

    start: tf.Tensor
    all: tf.Tensor


@dataclass(frozen=True)
class Share:
    """What one of several replicas has of a batch."""

    sentences: Span
    tokens: Span


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

    def of_tokens(self, shape: tf.Tensor) -> tf.Tensor:
        """Numbers from 0 to 1 in a shape whose first axis counts the batch's tokens."""
        return self._uniform(shape, self._share.tokens if self._share else None)

    def of_sentences(self, shape: tf.Tensor) -> tf.Tensor:
        """The same where it counts the sentences."""
        return self._uniform(shape, self._share.sentences if self._share else None)

    def _uniform(self, shape: tf.Tensor, span: Span | None) -> tf.Tensor:
        if span is None:
            return tf.random.stateless_uniform(shape, self.draw())
        whole = tf.concat([[span.all], shape[1:]], axis=0)
        return tf.random.stateless_uniform(whole, self.draw())[span.start : span.start + shape[0]]


def dropout(inputs: tf.Tensor, rate: float, noise: Noise | None, packing: Packing | None = None) -> tf.Tensor:
    """Drop values and scale up the others; the identity without noise.

    Args:
        inputs: [N, D]. packing: theirs, for one mask a sentence, not one a token (Gal and Ghahramani 2016).
    """
    if noise is None or rate == 0.0:
        return inputs
    if packing is None:
        chance = noise.of_tokens(tf.shape(inputs))
    else:
        chance = noise.of_sentences(tf.stack([tf.shape(packing.lengths)[0], tf.shape(inputs)[1]]))
    mask = tf.cast(tf.where(chance >= rate, 1.0 / (1.0 - rate), 0.0), inputs.dtype)
    return inputs * (mask if packing is None else tf.gather(mask, packing.place[:, 0]))
