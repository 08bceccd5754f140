"""Words from their characters: a convolution with a maximum over the word, or a bidirectional LSTM over it.

Shapes: W distinct words, C characters of the longest with its marks, A characters of the vocabulary, D the width of a
character's vector, F features of a word, N real characters of a batch.

All randomness is drawn on the matrix of characters, once a batch: every `a` of a batch has the same mask, in the manner
of Gal and Ghahramani (2016). So it costs nothing, and is the same for every share of a batch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import keras
import numpy as np
import tensorflow as tf

from tagger.config import CharacterConfig, EncoderConfig
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import PAD, UNK
from tagger.network.encoder import LSTM, pack
from tagger.network.noise import Noise

Activation = Literal["tanh", "relu", "linear"]
ACTIVATION: Activation = "tanh"

_ACTIVATIONS: Mapping[Activation, Callable[[tf.Tensor], tf.Tensor]] = {
    "tanh": tf.tanh,
    "relu": tf.nn.relu,
    "linear": tf.identity,
}


class Letters(NamedTuple):
    """A batch's distinct words, char_ids [W, C] and char_lengths [W], and which of them a token is, places [B, T]."""

    char_ids: tf.Tensor
    char_lengths: tf.Tensor
    places: tf.Tensor


class CharacterEncoder(Protocol):
    """What turns words into `size` features each."""

    size: int

    def __call__(self, char_ids: tf.Tensor, char_lengths: tf.Tensor, noise: Noise | None) -> tf.Tensor:
        """[W, F] of char_ids [W, C] and char_lengths [W], which are at least 1; ids beyond them mean nothing."""

    def weights(self) -> dict[str, keras.Variable]:
        """Every weight by its name, that of the embedding among them."""


class CharacterEmbedding:
    """A trainable matrix [A, D].

    Args:
        characters: A. singleton_ids: ids from here on were seen once in train.
        dropout: of the matrix's values. singleton_rate: how often such a character is read as `UNK` while training.
    """

    def __init__(
        self, characters: int, singleton_ids: int, size: int, *, dropout: float, singleton_rate: float, seed: int
    ) -> None:
        limit = np.sqrt(3.0 / size)  # Ma and Hovy (2016)
        matrix = np.random.default_rng(seed).uniform(-limit, limit, (characters, size))
        self.matrix = keras.Variable(matrix.astype(np.float32), name="characters")
        self._singleton_ids = singleton_ids
        self._dropout = dropout
        self._singleton_rate = singleton_rate

    def __call__(self, noise: Noise | None) -> tf.Tensor:
        """The rows to read in this batch, [A, D]."""
        rows = self.matrix.value
        if noise is not None and self._singleton_rate > 0.0:
            rows = tf.gather(rows, self._forget_singletons(noise))
        if noise is not None and self._dropout > 0.0:
            rows = tf.nn.experimental.stateless_dropout(rows, self._dropout, noise.draw())
        return rows

    def _forget_singletons(self, noise: Noise) -> tf.Tensor:
        """The row of each character, [A]. One seen once stands once in an epoch: a draw for it is one for its place."""
        characters = tf.range(self.matrix.shape[0])
        chance = tf.random.stateless_uniform(tf.shape(characters), noise.draw())
        forgotten = (characters >= self._singleton_ids) & (chance < self._singleton_rate)
        return tf.where(forgotten, UNK, characters)


class CharacterConvolution:
    """Filters over neighbouring characters, the highest value of each in the word (dos Santos and Zadrozny 2014).

    A word is its characters with both marks; outside stands `PAD`, which has a vector as any character has. A filter
    is a sum over its places, and the alphabet is small: each filter's product with each character is made once a batch
    and the rest is looking up, adding and comparing, over the real characters alone. No word costs padding, however
    long another one is, and none depends on the others to the last bit.

    Args:
        widths: characters that a filter sees; there are `filters` of each width.
    """

    def __init__(
        self, embedding: CharacterEmbedding, widths: Sequence[int], filters: int, activation: Activation, seed: int
    ) -> None:
        self.size = filters * len(widths)
        self._embedding = embedding
        self._activation = _ACTIVATIONS[activation]
        inputs = embedding.matrix.shape[1]
        seeds = np.random.SeedSequence(seed).generate_state(len(widths)).tolist()
        self._kernels = {
            width: keras.Variable(
                keras.initializers.GlorotUniform(seed)((width, inputs, filters)), name=f"width_{width}"
            )
            for width, seed in zip(widths, seeds, strict=True)
        }
        self._bias = keras.Variable(np.zeros(self.size, np.float32), name="bias")

    def __call__(self, char_ids: tf.Tensor, char_lengths: tf.Tensor, noise: Noise | None) -> tf.Tensor:
        """[W, F]. Bias and activation come after the maximum: they only rise, so the highest stays the highest."""
        rows = self._embedding(noise)
        inside = tf.sequence_mask(char_lengths, tf.shape(char_ids)[1])  # [W, C]
        places = tf.where(inside)  # [N, 2], word and character
        real = tf.where(inside, char_ids, PAD)
        highest = [_highest(rows, kernel.value, real, places) for kernel in self._kernels.values()]
        return self._activation(tf.nn.bias_add(tf.concat(highest, axis=-1), self._bias.value))

    def weights(self) -> dict[str, keras.Variable]:
        """The matrix [A, D], a kernel of each width in Keras's layout, [width, D, filters], and the bias [F]."""
        kernels = {f"width_{width}.kernel": kernel for width, kernel in self._kernels.items()}
        return {"embedding": self._embedding.matrix} | kernels | {"bias": self._bias}


class CharacterLSTM:
    """The last states of an LSTM onward and one from the word's end, joined (Lample et al. 2016)."""

    def __init__(self, embedding: CharacterEmbedding, units: int, forget_bias: float, seed: int) -> None:
        config = EncoderConfig(
            units=units, forget_bias=forget_bias, input_dropout=0.0, output_dropout=0.0, state_dropout=0.0
        )
        inputs = embedding.matrix.shape[1]
        seeds = np.random.SeedSequence(seed).generate_state(2).tolist()
        self.size = 2 * units
        self._embedding = embedding
        self._forward = LSTM(inputs, config, seeds[0], "characters_forward")
        self._backward = LSTM(inputs, config, seeds[1], "characters_backward", reverse=True)

    def __call__(self, char_ids: tf.Tensor, char_lengths: tf.Tensor, noise: Noise | None) -> tf.Tensor:
        """[W, F]."""
        packing = pack(char_lengths)
        inputs = tf.gather(self._embedding(noise), packing.pack(char_ids))  # [N, D]
        end = tf.cumsum(char_lengths)  # [W]
        forward = tf.gather(self._forward(inputs, packing, None), end - 1)
        backward = tf.gather(self._backward(inputs, packing, None), end - char_lengths)
        return tf.concat([forward, backward], axis=-1)

    def weights(self) -> dict[str, keras.Variable]:
        """The matrix [A, D], and by `forward.kernel` and so on those of the directions."""
        named = {
            f"{direction}.{name}": weight
            for direction, layer in (("forward", self._forward), ("backward", self._backward))
            for name, weight in layer.weights().items()
        }
        return {"embedding": self._embedding.matrix} | named


def build_character_encoder(
    config: CharacterConfig, vocabulary: CharacterVocabulary, forget_bias: float, singleton_rate: float, seed: int
) -> CharacterEncoder:
    """The encoder that a configuration asks for, other than none."""
    embedding_seed, encoder_seed = np.random.SeedSequence(seed).generate_state(2).tolist()
    embedding = CharacterEmbedding(
        len(vocabulary),
        len(vocabulary) if vocabulary.singleton_ids is None else vocabulary.singleton_ids,
        config.character_size,
        dropout=config.character_dropout,
        singleton_rate=singleton_rate,
        seed=embedding_seed,
    )
    if config.characters == "lstm":
        return CharacterLSTM(embedding, config.character_features, forget_bias, encoder_seed)
    widths, filters = [config.character_width], config.character_features
    return CharacterConvolution(embedding, widths, filters, ACTIVATION, encoder_seed)


def _highest(rows: tf.Tensor, kernel: tf.Tensor, char_ids: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """The highest product of each filter in each word, [W, filters].

    Args:
        char_ids: [W, C], `PAD` beyond each word. places: [N, 2], the real characters, word by word.
    """
    width = kernel.shape[0]
    padded = tf.pad(char_ids, [[0, 0], [(width - 1) // 2, width // 2]], constant_values=PAD)
    products = [
        tf.gather(tf.matmul(rows, weight), tf.gather_nd(padded, tf.add(places, [0, place])))
        for place, weight in enumerate(tf.unstack(kernel))
    ]
    return tf.math.segment_max(tf.add_n(products), places[:, 0])
