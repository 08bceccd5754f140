"""The whole network: words to tag scores, and the parts that training alone uses."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import Config
from tagger.features.vocabulary import Vocabulary
from tagger.network.embedding import WordEmbedding, forget_singletons
from tagger.network.encoder import Encoder, States
from tagger.network.language_model import LanguageModelHead
from tagger.network.noise import Noise
from tagger.network.tag_head import TagHead


@dataclass(frozen=True)
class Outputs:
    """Tag `logits` [B, T, K] and the first layer's `states`, from which the language model predicts."""

    logits: tf.Tensor
    states: States


class Network:
    """Embedding, encoder, tag head and, where its weight is not 0, the language-model head.

    Args:
        matrix: the embedding before training, [V, E]. tags: K.
    """

    def __init__(self, matrix: NDArray[np.float32], vocabulary: Vocabulary, tags: int, config: Config) -> None:
        encoder_seed, head_seed, model_seed = np.random.SeedSequence(config.training.seed).generate_state(3).tolist()
        self._config = config
        self._singletons = vocabulary.singleton_rows, vocabulary.train_rows
        units = config.encoder.units
        self.embedding = WordEmbedding(matrix, vocabulary.train_rows)
        self.encoder = Encoder(matrix.shape[1], config.encoder, encoder_seed)
        self.tag_head = TagHead(2 * units, tags, head_seed)
        self.language_model: LanguageModelHead | None = None
        if config.language_model.lm_weight > 0.0:
            self.language_model = LanguageModelHead(
                self.embedding, units, vocabulary.train_rows, config.language_model, model_seed
            )

    def __call__(self, word_ids: tf.Tensor, lengths: tf.Tensor, noise: Noise | None = None) -> Outputs:
        """Run the network on word_ids [B, T] and lengths [B]; with noise, as in training."""
        if noise is not None and self._config.words.singleton_rate > 0.0:
            with tf.name_scope("forget_singletons"):
                word_ids = forget_singletons(word_ids, *self._singletons, self._config.words.singleton_rate, noise)
        with tf.name_scope("embedding"):
            embedded = self.embedding(word_ids)
        with tf.name_scope("encoder"):
            layers = self.encoder(embedded, lengths, noise)
        with tf.name_scope("tag_head"):
            return Outputs(self.tag_head(layers[-1].joined()), layers[0])

    def weights(self) -> dict[str, keras.Variable]:
        """Every weight by its name in the bundle, each once."""
        parts = {"encoder": self.encoder.weights(), "tag_head": self.tag_head.weights()}
        if self.language_model is not None:
            parts["language_model"] = self.language_model.weights()
        named = {f"{part}.{name}": weight for part, weights in parts.items() for name, weight in weights.items()}
        return {"embedding": self.embedding.matrix} | named
