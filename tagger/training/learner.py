"""One training step, and the perplexity of held-out text, compiled once for every shape of batch."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import Config
from tagger.features.batching import Batch, described_by
from tagger.network.characters import Letters
from tagger.network.language_model import DIRECTIONS
from tagger.network.network import Network
from tagger.network.noise import Noise, Share, Span
from tagger.network.tag_head import masked_cross_entropy
from tagger.training.averaging import WeightAverages
from tagger.training.distribution import Replicas, all_reduced, guarded
from tagger.training.optimizer import Gradient, Optimizer

Sentences = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tuple[tf.Tensor, ...]]  # word_ids, lengths, tag_ids, others
State = Mapping[str, NDArray[np.float32]]

_BATCH = (
    tf.TensorSpec([None, None], tf.int32, name="word_ids"),
    tf.TensorSpec([None], tf.int32, name="lengths"),
    tf.TensorSpec([None, None], tf.int32, name="tag_ids"),
)
_LETTERS = (
    tf.TensorSpec([None, None], tf.int32, name="char_ids"),
    tf.TensorSpec([None], tf.int32, name="char_lengths"),
    tf.TensorSpec([None, None], tf.int32, name="places"),
)
_STEP = (tf.TensorSpec([], tf.int32, name="step"), tf.TensorSpec([3], tf.float32, name="coefficients"))
_LABELLED = tf.TensorSpec([], tf.int32, name="labelled")


@dataclass(frozen=True, slots=True)
class StepLosses:
    """Mean losses a token: of the tags, and of the language model's two directions added up.

    Args:
        unlabelled: the language model's of sentences without tags, where the batch has any.
    """

    tags: float
    language_model: float
    unlabelled: float = 0.0

    @property
    def are_finite(self) -> bool:
        """Whether the network can still learn."""
        return math.isfinite(self.tags + self.language_model + self.unlabelled)


class Learner:
    """Holds a network and its optimizer and takes one step at a time.

    A step's randomness is a function of the seed and the step's number alone.
    """

    def __init__(self, network: Network, config: Config, replicas: Replicas | None = None) -> None:
        self._network = network
        self._replicas = replicas
        self._weight = config.language_model.lm_weight
        self._unlabelled_weight = config.language_model.unlabelled_weight
        self._sampled = config.language_model.lm_softmax == "sampled"
        self._seed = tf.constant([config.training.seed % 2**31, 0], tf.int32)
        self._weights = network.weights()
        rows = {"embedding": network.embedding.learned_rows}
        training, rates = config.training, {"embedding": config.training.embedding_rate}
        self._optimizer = Optimizer(self._weights, training.optimizer, training.clip_norm, rows=rows, rates=rates)
        others = _LETTERS if network.characters is not None else ()
        if network.context:
            others += (tf.TensorSpec([None, None, network.context], tf.float32, name="context"),)
        self._compiled_step = tf.function(self._step, input_signature=(*_BATCH, *_STEP, *others), autograph=False)
        mixed = _BATCH, _STEP, _LABELLED, *others
        self._compiled_mixed_step = tf.function(self._mixed_step, input_signature=mixed, autograph=False)
        self._compiled_shared_step = tf.function(self._shared_step, autograph=False, reduce_retracing=True)
        self._compiled_surprise = tf.function(self._surprise, input_signature=(*_BATCH[:2], *others), autograph=False)
        decay = config.training.average_decay
        self._averages = WeightAverages(self._weights, rows, decay) if decay > 0.0 else None

    def step(self, batch: Batch, number: int, rate: float) -> StepLosses:
        """Learn from one batch; `number` counts the steps from 0. Of sentences without tags one device alone learns."""
        coefficients = self._optimizer.coefficients(number, rate)
        sentences = batch.word_ids, batch.lengths, batch.tag_ids
        if batch.labelled is not None:
            place = np.int32(number), coefficients
            step = self._compiled_mixed_step(sentences, place, np.int32(batch.labelled), *described_by(batch))
        elif self._replicas is None:
            step = self._compiled_step(*sentences, np.int32(number), coefficients, *described_by(batch))
        else:
            sizes = tf.constant([len(batch.lengths), batch.lengths.sum()], tf.int32)
            arguments = self._replicas.shares(batch), sizes, tf.constant(number, tf.int32), tf.constant(coefficients)
            step = guarded(lambda: [loss.numpy() for loss in self._compiled_shared_step(*arguments)])
        if self._averages is not None:
            self._averages.after_step(number)
        return StepLosses(*map(float, step))

    def surprise(self, batch: Batch) -> float:
        """The sum of -log p, by the full softmax, of each token's two neighbours."""
        return float(self._compiled_surprise(batch.word_ids, batch.lengths, *described_by(batch)))

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """A block in which the network has the running average of its weights, where one is kept."""
        with nullcontext() if self._averages is None else self._averages.in_place():
            yield

    def state(self) -> dict[str, NDArray[np.float32]]:
        """All that steps have changed: weights, and what the optimizer remembers of each."""
        learned = {name: np.asarray(weight.value) for name, weight in self._weights.items()}
        learned["embedding"] = learned["embedding"][: self._network.embedding.learned_rows]
        return learned | {name: variable.numpy() for name, variable in self._memory().items()}

    def restore(self, state: State) -> None:
        """The inverse of `state`, on a network made of the same files and options."""
        for name, weight in self._weights.items():
            value = np.asarray(weight.value).copy()
            value[: len(state[name])] = state[name]
            weight.assign(value)
        for name, variable in self._memory().items():
            variable.assign(state[name])

    def _memory(self) -> dict[str, tf.Variable]:
        """What is kept of the steps beside the weights."""
        return self._optimizer.moments() | (self._averages.values() if self._averages is not None else {})

    def graph(self) -> tf.types.experimental.ConcreteFunction:
        """The step as TensorFlow compiled it."""
        return self._compiled_step.get_concrete_function()

    def _step(
        self,
        word_ids: tf.Tensor,
        lengths: tf.Tensor,
        tag_ids: tf.Tensor,
        number: tf.Tensor,
        coefficients: tf.Tensor,
        *others: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        noise = Noise(tf.random.fold_in(self._seed, number))
        sentences = word_ids, lengths, tag_ids, others
        losses, gradients = self._gradients(sentences, noise, tf.reduce_sum(lengths))
        self._optimizer.apply(gradients, coefficients)
        return losses

    def _mixed_step(
        self,
        batch: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
        step: tuple[tf.Tensor, tf.Tensor],
        labelled: tf.Tensor,
        *others: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """One gradient of the labelled sentences, which come first, and of the others; each loss a mean of its own."""
        assert self._network.language_model is not None
        (word_ids, lengths, tag_ids), (number, coefficients) = batch, step
        noise = Noise(tf.random.fold_in(self._seed, number))
        own_lengths = lengths[:labelled]
        tokens, longest = tf.reduce_sum(own_lengths), tf.reduce_max(own_lengths)
        with tf.GradientTape() as tape:
            outputs = self._network(word_ids, lengths, noise, *self._described(others))
            with tf.name_scope("tag_loss"):
                logits = outputs.logits[:labelled, :longest]
                tags = self._tag_loss(logits, tag_ids[:labelled, :longest], own_lengths, tokens)
            with tf.name_scope("language_model"):
                draws = noise if self._sampled else None
                losses = self._network.language_model.losses(outputs.states, word_ids, lengths, draws)
                both = tf.add_n([losses[direction] for direction in DIRECTIONS])  # [N], sentence by sentence
                language_model, unlabelled = tf.reduce_mean(both[:tokens]), tf.reduce_mean(both[tokens:])
            total = tags + self._weight * (language_model + self._unlabelled_weight * unlabelled)
        self._optimizer.apply(self._slopes(tape, total), coefficients)
        return tags, language_model, unlabelled

    def _shared_step(
        self, shares: tuple[tf.Tensor, ...], sizes: tf.Tensor, number: tf.Tensor, coefficients: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The same on shares of the batch, whose `sizes` are its sentences and tokens."""
        assert self._replicas is not None

        def summed(
            word_ids: tf.Tensor, lengths: tf.Tensor, tag_ids: tf.Tensor, starts: tf.Tensor, *letters: tf.Tensor
        ) -> object:
            share = Share(Span(starts[0], sizes[0]), Span(starts[1], sizes[1]))
            noise = Noise(tf.random.fold_in(self._seed, number), share)
            return all_reduced(self._gradients((word_ids, lengths, tag_ids, letters), noise, sizes[1]))

        (tags, language_model), gradients = self._replicas.run(summed, shares)
        self._optimizer.apply(gradients, coefficients)
        return tags, language_model

    def _gradients(
        self, sentences: Sentences, noise: Noise, tokens: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], dict[str, Gradient]]:
        """Losses and gradients of these sentences, as shares of the mean over the `tokens` of the whole batch."""
        word_ids, lengths, tag_ids, others = sentences
        with tf.GradientTape() as tape:
            outputs = self._network(word_ids, lengths, noise, *self._described(others))
            with tf.name_scope("tag_loss"):
                tags = self._tag_loss(outputs.logits, tag_ids, lengths, tokens)
            language_model = tf.constant(0.0)
            if self._network.language_model is not None:
                draws = noise if self._sampled else None
                with tf.name_scope("language_model"):
                    losses = self._network.language_model.losses(outputs.states, word_ids, lengths, draws)
                    language_model = tf.add_n([tf.reduce_sum(losses[direction]) for direction in DIRECTIONS]) / tf.cast(
                        tokens, tf.float32
                    )
            total = tags + self._weight * language_model
        return (tags, language_model), self._slopes(tape, total)

    def _described(self, others: tuple[tf.Tensor, ...]) -> tuple[Letters | None, tf.Tensor | None]:
        """Letters and context, as far as the network reads them, of what `described_by` gives."""
        letters = Letters(*others[: len(_LETTERS)]) if self._network.characters is not None else None
        return letters, others[-1] if self._network.context else None

    def _tag_loss(self, *sentences: tf.Tensor) -> tf.Tensor:
        return self._network.crf.loss(*sentences) if self._network.crf is not None else masked_cross_entropy(*sentences)

    def _slopes(self, tape: tf.GradientTape, total: tf.Tensor) -> dict[str, Gradient]:
        variables = {name: weight.value for name, weight in self._weights.items()}
        with tf.name_scope("gradient_tape/"):  # where TensorFlow puts most of them itself
            slopes: dict[str, Gradient] = tape.gradient(total, variables)
            return slopes

    def _surprise(self, word_ids: tf.Tensor, lengths: tf.Tensor, *others: tf.Tensor) -> tf.Tensor:
        if self._network.language_model is None:
            return tf.constant(0.0)
        outputs = self._network(word_ids, lengths, None, *self._described(others))
        losses = self._network.language_model.losses(outputs.states, word_ids, lengths, None)
        return tf.add_n([tf.reduce_sum(losses[direction]) for direction in DIRECTIONS])
