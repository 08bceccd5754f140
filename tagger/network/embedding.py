"""The embedding matrix: words in, and through the tied softmax words out."""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.features.vocabulary import UNK
from tagger.network.noise import Noise


class WordEmbedding:
    """A trainable matrix [V, E].

    Its gradients stay sparse (`tf.IndexedSlices`), so that a step costs what its words cost and not what 200,000 do.

    Args:
        learned_rows: the first rows, those of train's words; the others stay as they are.
    """

    def __init__(self, matrix: NDArray[np.float32], learned_rows: int) -> None:
        self.learned_rows = learned_rows
        self.matrix = keras.Variable(matrix, name="embedding")

    def __call__(self, word_ids: tf.Tensor) -> tf.Tensor:
        """Rows of words: [...] int32 to [..., E]."""
        return tf.gather(self.matrix.value, word_ids)


def forget_words(word_ids: tf.Tensor, rates: tf.Tensor, noise: Noise) -> tf.Tensor:
    """Turn words, [N], into `<unk>`, so that its row is learned too; `rates` [V] say of each row how often."""
    chance = noise.of_tokens(tf.shape(word_ids))
    return tf.where(chance < tf.gather(rates, word_ids), UNK, word_ids)


def drop_words(word_ids: tf.Tensor, rate: float, noise: Noise) -> tf.Tensor:
    """Turn a share of all words, [N], into `<unk>`."""
    return tf.where(noise.of_tokens(tf.shape(word_ids)) < rate, UNK, word_ids)
