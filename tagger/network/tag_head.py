"""The dense tag head and its loss."""

import keras
import tensorflow as tf


class TagHead:
    """Scores of every tag for every token."""

    def __init__(self, inputs: int, tags: int, seed: int) -> None:
        self._dense = keras.layers.Dense(tags, kernel_initializer=keras.initializers.GlorotUniform(seed), name="tags")
        self._dense.build((None, inputs))

    def __call__(self, states: tf.Tensor) -> tf.Tensor:
        """[N, D] to logits [N, K]."""
        return self._dense(states)

    def weights(self) -> dict[str, keras.Variable]:
        """The kernel [D, K] and bias [K]."""
        return dict(zip(("kernel", "bias"), self._dense.trainable_variables, strict=True))


def masked_cross_entropy(
    logits: tf.Tensor, tag_ids: tf.Tensor, lengths: tf.Tensor, tokens: tf.Tensor | None = None
) -> tf.Tensor:
    """The mean over real tokens of -log p(tag), a scalar, for logits [B, T, K], tag_ids [B, T] and lengths [B].

    Args:
        tokens: those of the whole batch, where this is a share of it; the shares' losses then add up to the mean.
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tag_ids, logits)
    inside = tf.sequence_mask(lengths, tf.shape(tag_ids)[1], dtype=losses.dtype)
    return tf.reduce_sum(losses * inside) / tf.cast(tf.reduce_sum(lengths) if tokens is None else tokens, losses.dtype)
