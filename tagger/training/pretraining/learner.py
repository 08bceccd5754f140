"""One compiled step of a language model, and the surprise of text that is held out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import LanguageConfig
from tagger.features.batching import Batch, letters_of
from tagger.network.characters import Letters
from tagger.network.language_model import Direction
from tagger.network.language_network import LanguageNetwork, Losses, Memory, Window
from tagger.network.noise import Noise
from tagger.network.recurrence import Carried
from tagger.training.averaging import WeightAverages
from tagger.training.optimizer import Optimizer
from tagger.training.pretraining.streams import StreamWindow
from tagger.training.stored_state import Tensors

Read = Batch | StreamWindow
Pairs = Mapping[Direction, tuple[tf.Tensor, tf.Tensor]]

_IDS = tf.TensorSpec([None, None], tf.int32)
_LENGTHS = tf.TensorSpec([None], tf.int32)
_STEP = (tf.TensorSpec([], tf.int32, name="step"), tf.TensorSpec([3], tf.float32, name="coefficients"))


class LanguageLearner:
    """Holds a network and its optimizer, and of a stream where it stands.

    A step's randomness is a function of the seed and the step's number alone.
    """

    def __init__(self, network: LanguageNetwork, config: LanguageConfig) -> None:
        self._network = network
        self._sampled = config.language_model.lm_softmax == "sampled"
        self._seed = tf.constant([config.training.seed % 2**31, 1], tf.int32)
        self._weights = network.weights()
        training, rows = config.training, {"embedding": network.embedding.learned_rows}
        rates = {"embedding": training.embedding_rate}
        self._optimizer = Optimizer(self._weights, training.optimizer, training.clip_norm, rows=rows, rates=rates)
        decay = training.average_decay
        self._averages = WeightAverages(self._weights, rows, decay) if decay > 0.0 else None
        self._memory = network.blank(1)
        letters = (_IDS, _LENGTHS, _IDS) if network.characters is not None else ()
        windows = dict.fromkeys(network.directions, (_IDS, _IDS))
        carried = tf.TensorSpec([None, config.encoder.units], tf.float32)
        memory = {direction: [Carried(carried, carried) for _ in stack] for direction, stack in self._memory.items()}
        self._learn_sentences = _compiled(self._sentences_step, (*_STEP, _IDS, _LENGTHS, *letters))
        self._learn_window = _compiled(self._window_step, (*_STEP, windows, memory))
        self._weigh_sentences = _compiled(self._sentences_surprise, (_IDS, _LENGTHS, *letters))
        self._weigh_window = _compiled(self._window_surprise, (windows, memory))

    def step(self, read: Read, number: int, rate: float) -> float:
        """Learn from a batch or a window; the mean of -log p. `number` counts the steps from 0."""
        step = np.int32(number), self._optimizer.coefficients(number, rate)
        if isinstance(read, StreamWindow):
            windows = self._windows(read)
            if read.begins:
                self._memory = self._network.blank(len(read.onward[0]))
            loss, self._memory = self._learn_window(*step, windows, self._memory)
        else:
            loss = self._learn_sentences(*step, read.word_ids, read.lengths, *letters_of(read))
        if self._averages is not None:
            self._averages.after_step(number)
        return float(loss)

    def surprise(self, reads: Iterator[Read]) -> tuple[float, int]:
        """The sum of -log p by the full softmax, and of how many words; a stream begins blank."""
        total, words, memory = 0.0, 0, Memory()
        for read in reads:
            if isinstance(read, StreamWindow):
                memory = self._network.blank(len(read.onward[0])) if read.begins else memory
                surprise, memory = self._weigh_window(self._windows(read), memory)
                words += read.onward[0].size * len(memory)
            else:
                surprise = self._weigh_sentences(read.word_ids, read.lengths, *letters_of(read))
                words += int(read.lengths.sum()) * len(self._network.directions)
            total += float(surprise)
        return total, words

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """A block in which the network has the running average of its weights, where one is kept."""
        with nullcontext() if self._averages is None else self._averages.in_place():
            yield

    def state(self) -> dict[str, NDArray[np.float32]]:
        """All that steps have changed: weights, what is kept of them, and where a stream stands."""
        learned = {name: np.asarray(weight.value) for name, weight in self._weights.items()}
        return learned | {name: np.asarray(value) for name, value in (self._kept() | self._standing()).items()}

    def restore(self, state: Tensors) -> None:
        """The inverse of `state`, on a network made of the same files and options."""
        for name, weight in self._weights.items():
            weight.assign(state[name])
        for name, variable in self._kept().items():
            variable.assign(state[name])
        self._memory = {
            direction: [
                Carried(*(tf.constant(state[f"memory.{direction}.{place}.{part}"]) for part in Carried._fields))
                for place in range(len(stack))
            ]
            for direction, stack in self._memory.items()
        }

    def _kept(self) -> dict[str, tf.Variable]:
        return self._optimizer.moments() | (self._averages.values() if self._averages is not None else {})

    def _standing(self) -> dict[str, tf.Tensor]:
        return {
            f"memory.{direction}.{place}.{part}": value
            for direction, stack in self._memory.items()
            for place, carried in enumerate(stack)
            for part, value in zip(Carried._fields, carried, strict=True)
        }

    def _windows(self, read: StreamWindow) -> dict[Direction, tuple[NDArray[np.int32], NDArray[np.int32]]]:
        both: dict[Direction, tuple[NDArray[np.int32], NDArray[np.int32]]]
        both = {"forward": read.onward, "backward": read.reverse}
        return {direction: both[direction] for direction in self._network.directions}

    def _sentences_step(
        self, number: tf.Tensor, coefficients: tf.Tensor, word_ids: tf.Tensor, lengths: tf.Tensor, *letters: tf.Tensor
    ) -> tf.Tensor:
        noise, some = Noise(tf.random.fold_in(self._seed, number)), Letters(*letters) if letters else None
        with tf.GradientTape() as tape:
            losses = self._network.of_sentences(word_ids, lengths, noise, some, sampled=self._sampled)
            total = _summed_means(losses)
        return self._apply(tape, total, coefficients)

    def _window_step(
        self,
        number: tf.Tensor,
        coefficients: tf.Tensor,
        windows: Pairs,
        memory: Memory,
    ) -> tuple[tf.Tensor, Memory]:
        noise = Noise(tf.random.fold_in(self._seed, number))
        with tf.GradientTape() as tape:
            losses, after = self._network.of_windows(_named(windows), memory, noise, sampled=self._sampled)
            total = _summed_means(losses)
        return self._apply(tape, total, coefficients), after

    def _apply(self, tape: tf.GradientTape, total: tf.Tensor, coefficients: tf.Tensor) -> tf.Tensor:
        variables = {name: weight.value for name, weight in self._weights.items()}
        self._optimizer.apply(tape.gradient(total, variables), coefficients)
        return total / len(self._network.directions)

    def _sentences_surprise(self, word_ids: tf.Tensor, lengths: tf.Tensor, *letters: tf.Tensor) -> tf.Tensor:
        some = Letters(*letters) if letters else None
        return _summed(self._network.of_sentences(word_ids, lengths, None, some, sampled=False))

    def _window_surprise(self, windows: Pairs, memory: Memory) -> tuple[tf.Tensor, Memory]:
        losses, after = self._network.of_windows(_named(windows), memory, None, sampled=False)
        return _summed(losses), after


def _compiled(step: object, signature: tuple[object, ...]) -> tf.types.experimental.PolymorphicFunction:
    return tf.function(step, input_signature=signature, autograph=False)


def _named(windows: Pairs) -> dict[Direction, Window]:
    return {direction: Window(*both) for direction, both in windows.items()}


def _summed(losses: Losses) -> tf.Tensor:
    return tf.add_n([tf.reduce_sum(loss) for loss in losses.values()])


def _summed_means(losses: Losses) -> tf.Tensor:
    return tf.add_n([tf.reduce_mean(loss) for loss in losses.values()])
