"""The auxiliary language-model head: a softmax tied to the embedding matrix, one for each direction (Rei 2017).

Its classes are the first rows of the matrix after `<pad>`: `<unk>` (which every rarer word is), the sentence bounds,
and the most frequent words of train. So class c is row c + 1, and no table is needed.
"""

from collections.abc import Sequence
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from tagger.config import LanguageModelConfig
from tagger.features.vocabulary import END, SPECIALS, START, UNK
from tagger.network.embedding import WordEmbedding
from tagger.network.encoder import States
from tagger.network.noise import Noise

Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
_FIRST_ROW = UNK  # the row of class 0


class LanguageModelHead:
    """From the first layer's states to the neighbouring word: a projection to E, then the embedding matrix itself."""

    def __init__(
        self,
        embedding: WordEmbedding,
        units: int,
        train_rows: int,
        config: LanguageModelConfig,
        seed: int,
        *,
        directions: Sequence[Direction] = DIRECTIONS,
    ) -> None:
        size = embedding.matrix.shape[1]
        self.classes = min(config.lm_words + len(SPECIALS), train_rows) - _FIRST_ROW
        self._embedding = embedding
        self._samples = config.lm_samples
        seeds = np.random.SeedSequence(seed).generate_state(len(DIRECTIONS)).tolist()
        self._projections = {
            direction: keras.Variable(keras.initializers.GlorotUniform(seed)((units, size)), name=direction)
            for direction, seed in zip(DIRECTIONS, seeds, strict=True)
            if direction in directions
        }
        self._biases = {
            direction: keras.Variable(np.zeros(self.classes, np.float32), name=f"{direction}_bias")
            for direction in directions
        }

    def classes_of(self, word_ids: tf.Tensor) -> tf.Tensor:
        """The class of each word, that of `<unk>` for those it does not tell apart; any shape."""
        return tf.where(word_ids < self.classes + _FIRST_ROW, word_ids, UNK) - _FIRST_ROW

    def targets(self, word_ids: tf.Tensor, lengths: tf.Tensor, direction: Direction) -> tf.Tensor:
        """The class each position predicts, [B, T]: the next word (last: `</s>`) or the previous one (first: `<s>`)."""
        classes = self.classes_of(word_ids)
        if direction == "backward":
            return tf.pad(classes[:, :-1], [[0, 0], [1, 0]], constant_values=START - _FIRST_ROW)
        following = tf.pad(classes[:, 1:], [[0, 0], [0, 1]])
        is_last = tf.range(tf.shape(word_ids)[1]) == lengths[:, None] - 1
        return tf.where(is_last, END - _FIRST_ROW, following)

    def logits(self, states: tf.Tensor, direction: Direction) -> tf.Tensor:
        """Scores of every class, [..., H] to [..., C]."""
        projected = tf.matmul(states, self._projections[direction].value)
        rows = self._embedding(tf.range(self.classes) + _FIRST_ROW)
        return tf.matmul(projected, rows, transpose_b=True) + self._biases[direction].value

    def full_losses(self, states: tf.Tensor, targets: tf.Tensor, direction: Direction) -> tf.Tensor:
        """-log p(target) of every token, [N], for states [N, H] and targets [N]."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, self.logits(states, direction))

    def sample(self, noise: Noise) -> tf.Tensor:
        """Classes to compare the right ones with, [S]: log-uniformly and with replacement, as ids fall in frequency."""
        uniform = tf.random.stateless_uniform([self._samples], noise.draw())
        drawn = tf.cast(tf.exp(uniform * np.log(self.classes + 1.0)), tf.int32) - 1
        return tf.clip_by_value(drawn, 0, self.classes - 1)  # rounding can touch the upper end

    def sampled_losses(
        self, states: tf.Tensor, targets: tf.Tensor, direction: Direction, sampled: tf.Tensor
    ) -> tf.Tensor:
        """An estimate of `full_losses` from a sample of classes, the same for all tokens (Bengio and Senecal 2003).

        The softmax's denominator is the target's own term plus an importance-weighted sum over the sampled others,
        whose mean is the true one.
        """
        projected = tf.matmul(states, self._projections[direction].value)  # [N, E]
        bias = self._biases[direction].value
        right = tf.reduce_sum(projected * self._embedding(targets + _FIRST_ROW), axis=-1) + tf.gather(bias, targets)
        others = tf.matmul(projected, self._embedding(sampled + _FIRST_ROW), transpose_b=True)
        others = tf.nn.bias_add(others, tf.gather(bias, sampled) - self._log_expected(sampled))  # [N, S]
        others = tf.where(targets[:, None] == sampled, others.dtype.min / 2, others)
        highest = tf.stop_gradient(tf.maximum(right, tf.reduce_max(others, axis=-1)))
        rest = tf.reduce_sum(tf.exp(others - highest[:, None]), axis=-1)
        return tf.math.log(tf.exp(right - highest) + rest) + highest - right

    def losses(
        self, states: States, word_ids: tf.Tensor, lengths: tf.Tensor, noise: Noise | None
    ) -> dict[Direction, tf.Tensor]:
        """-log p of every real token's neighbour in each direction, [N]: sampled with noise, exact without."""
        sampled = None if noise is None else self.sample(noise)
        inside = tf.sequence_mask(lengths, tf.shape(word_ids)[1])
        found: dict[Direction, tf.Tensor] = {}
        for direction in self._projections:
            with tf.name_scope(direction):
                tokens = getattr(states, direction)
                targets = tf.boolean_mask(self.targets(word_ids, lengths, direction), inside)
                if sampled is None:
                    found[direction] = self.full_losses(tokens, targets, direction)
                else:
                    found[direction] = self.sampled_losses(tokens, targets, direction, sampled)
        return found

    def weights(self) -> dict[str, keras.Variable]:
        """Projections [H, E] and biases [C]; the matrix itself is the embedding's."""
        projections = {f"{direction}.projection": weight for direction, weight in self._projections.items()}
        return projections | {f"{direction}.bias": bias for direction, bias in self._biases.items()}

    def _log_expected(self, classes: tf.Tensor) -> tf.Tensor:
        """The log of how often each class is expected in a sample."""
        rank = tf.cast(classes, tf.float32)
        probability = tf.math.log((rank + 2.0) / (rank + 1.0)) / np.log(self.classes + 1.0)
        return tf.math.log(probability * float(self._samples))
