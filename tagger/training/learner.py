"""One training step, and the perplexity of held-out text, compiled once for every shape of batch."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tagger.config import Config
from tagger.features.batching import Batch
from tagger.network.language_model import DIRECTIONS
from tagger.network.network import Network
from tagger.network.noise import Noise
from tagger.network.tag_head import masked_cross_entropy
from tagger.training.optimizer import Optimizer

_BATCH = (
    tf.TensorSpec([None, None], tf.int32, name="word_ids"),
    tf.TensorSpec([None], tf.int32, name="lengths"),
    tf.TensorSpec([None, None], tf.int32, name="tag_ids"),
)
_SCALARS = (tf.TensorSpec([], tf.int32, name="step"), tf.TensorSpec([], tf.float32, name="rate"))


@dataclass(frozen=True, slots=True)
class StepLosses:
    """Mean losses a token: of the tags, and of the language model's two directions added up."""

    tags: float
    language_model: float


class Learner:
    """Holds a network and its optimizer and takes one step at a time.

    A step's randomness is a function of the seed and the step's number alone.
    """

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._weight = config.language_model.lm_weight
        self._sampled = config.language_model.lm_softmax == "sampled"
        self._seed = tf.constant([config.training.seed % 2**31, 0], tf.int32)
        self._weights = list(network.weights().values())
        self._optimizer = Optimizer(self._weights, config.training.optimizer, config.training.clip_norm)
        self._compiled_step = tf.function(self._step, input_signature=(*_BATCH, *_SCALARS), autograph=False)
        self._compiled_surprise = tf.function(self._surprise, input_signature=_BATCH[:2], autograph=False)

    def step(self, batch: Batch, number: int, rate: float) -> StepLosses:
        """Learn from one batch; `number` counts the steps from 0."""
        arguments = batch.word_ids, batch.lengths, batch.tag_ids, np.int32(number), np.float32(rate)
        tags, language_model = self._compiled_step(*arguments)
        return StepLosses(float(tags), float(language_model))

    def surprise(self, batch: Batch) -> float:
        """The sum of -log p, by the full softmax, of each token's two neighbours."""
        return float(self._compiled_surprise(batch.word_ids, batch.lengths))

    def _step(
        self, word_ids: tf.Tensor, lengths: tf.Tensor, tag_ids: tf.Tensor, number: tf.Tensor, rate: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        noise = Noise(tf.random.fold_in(self._seed, number))
        variables = [weight.value for weight in self._weights]
        with tf.GradientTape() as tape:
            outputs = self._network(word_ids, lengths, noise)
            tags = masked_cross_entropy(outputs.logits, tag_ids, lengths)
            language_model = tf.constant(0.0)
            if self._network.language_model is not None:
                draws = noise if self._sampled else None
                losses = self._network.language_model.losses(outputs.states, word_ids, lengths, draws)
                language_model = tf.add_n([tf.reduce_mean(losses[direction]) for direction in DIRECTIONS])
            total = tags + self._weight * language_model
        self._optimizer.apply(tape.gradient(total, variables), rate)
        return tags, language_model

    def _surprise(self, word_ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        if self._network.language_model is None:
            return tf.constant(0.0)
        outputs = self._network(word_ids, lengths)
        losses = self._network.language_model.losses(outputs.states, word_ids, lengths, None)
        return tf.add_n([tf.reduce_sum(losses[direction]) for direction in DIRECTIONS])
