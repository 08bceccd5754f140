"""A language model by itself: the tagger's embedding and first layer under the tied softmax, for pretraining.

Each direction is a stack of its own, whose layers read that direction alone: a layer that had read both would have seen
the word it is to predict. Shapes are the package's; S is the steps of a window of a stream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import LanguageConfig
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import Vocabulary
from tagger.network.characters import CharacterEncoder, Letters, build_character_encoder
from tagger.network.embedding import WordEmbedding
from tagger.network.encoder import LSTM, pack
from tagger.network.language_model import DIRECTIONS, Direction, LanguageModelHead
from tagger.network.noise import Noise
from tagger.network.packing import packing_of
from tagger.network.recurrence import Carried
from tagger.network.word_inputs import WordInputs

Losses = dict[Direction, tf.Tensor]
Memory = dict[Direction, list[Carried]]  # of each direction's layers


@dataclass(frozen=True)
class Window:
    """A piece of B streams in the order in which one direction reads them: what is read and what comes next, [B, S]."""

    read: tf.Tensor
    following: tf.Tensor


class LanguageNetwork:
    """Embedding, perhaps characters, a stack of LSTMs a direction, and the tied softmax.

    Args:
        matrix: the embedding before training, [V, E]. characters: where the configuration reads any; a stream has none.
    """

    def __init__(
        self,
        matrix: NDArray[np.float32],
        vocabulary: Vocabulary,
        config: LanguageConfig,
        characters: CharacterVocabulary | None = None,
    ) -> None:
        seeds = np.random.SeedSequence(config.training.seed).generate_state(3).tolist()
        encoder_seed, model_seed, character_seed = seeds
        self.directions: Sequence[Direction] = DIRECTIONS if config.pretraining.directions == "both" else DIRECTIONS[:1]
        self.embedding = WordEmbedding(matrix, vocabulary.train_rows)
        self.characters: CharacterEncoder | None = None
        if characters is not None:
            self.characters = build_character_encoder(
                config.characters, characters, config.encoder.forget_bias, config.words.singleton_rate, character_seed
            )
        self._inputs = WordInputs(self.embedding, self.characters, vocabulary, config.words)
        self._stacks = self._build_stacks(config, encoder_seed)
        self._units = config.encoder.units
        self.head = LanguageModelHead(
            self.embedding,
            config.encoder.units,
            vocabulary.train_rows,
            config.language_model,
            model_seed,
            directions=self.directions,
        )

    def of_sentences(
        self, word_ids: tf.Tensor, lengths: tf.Tensor, noise: Noise | None, letters: Letters | None, *, sampled: bool
    ) -> Losses:
        """-log p of every token's neighbour, [N] a direction, for word_ids [B, T], each sentence from zero states."""
        packing = pack(lengths)
        inputs = self._inputs(packing.pack(word_ids), packing, noise, letters)
        drawn = self.head.sample(noise) if noise is not None and sampled else None
        losses: Losses = {}
        for direction, stack in self._stacks.items():
            states = inputs
            for layer in stack:
                states = layer(states, packing, noise)
            targets = packing.pack(self.head.targets(word_ids, lengths, direction))
            losses[direction] = self._losses(states, targets, direction, drawn)
        return losses

    def of_windows(
        self, windows: Mapping[Direction, Window], before: Memory, noise: Noise | None, *, sampled: bool
    ) -> tuple[Losses, Memory]:
        """-log p of what follows, [B * S] a direction, and how each layer is left."""
        drawn = self.head.sample(noise) if noise is not None and sampled else None
        losses, after = Losses(), Memory()
        for direction, window in windows.items():
            rows, steps = tf.unstack(tf.shape(window.read))
            packing = packing_of(tf.fill([rows], steps), 1)
            states = self._inputs(tf.reshape(window.read, [-1]), packing, noise, None)
            after[direction] = []
            for layer, carried in zip(self._stacks[direction], before[direction], strict=True):
                states, left = layer.going_on(carried, states, packing, noise)
                after[direction].append(left)
            targets = self.head.classes_of(tf.reshape(window.following, [-1]))
            losses[direction] = self._losses(states, targets, direction, drawn)
        return losses, after

    def blank(self, streams: int) -> Memory:
        """The memory of so many streams before they begin."""
        zeros = tf.zeros([streams, self._units])
        return {direction: [Carried(zeros, zeros) for _ in stack] for direction, stack in self._stacks.items()}

    def weights(self) -> dict[str, keras.Variable]:
        """Every weight by its name, as a tagger has it, each once."""
        named = {"embedding": self.embedding.matrix}
        if self.characters is not None:
            named |= {f"characters.{name}": weight for name, weight in self.characters.weights().items()}
        for direction, stack in self._stacks.items():
            for place, layer in enumerate(stack):
                named |= {f"encoder.{place}.{direction}.{name}": one for name, one in layer.weights().items()}
        return named | {f"language_model.{name}": weight for name, weight in self.head.weights().items()}

    def _losses(
        self, states: tf.Tensor, targets: tf.Tensor, direction: Direction, drawn: tf.Tensor | None
    ) -> tf.Tensor:
        if drawn is None:
            return self.head.full_losses(states, targets, direction)
        return self.head.sampled_losses(states, targets, direction, drawn)

    def _build_stacks(self, config: LanguageConfig, seed: int) -> dict[Direction, list[LSTM]]:
        """A backward stack reads sentences from their end; of a stream it is given the text turned round."""
        units, layers = config.encoder.units, config.encoder.layers
        seeds = iter(np.random.SeedSequence(seed).generate_state(2 * layers).tolist())
        widths = [self._inputs.size] + [units] * (layers - 1)
        return {
            direction: [
                LSTM(
                    width,
                    config.encoder,
                    next(seeds),
                    f"{direction}_{place}",
                    reverse=direction == "backward" and not config.is_stream,
                )
                for place, width in enumerate(widths)
            ]
            for direction in self.directions
        }
