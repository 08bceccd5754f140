"""The whole network: words to tag scores, and the parts that training alone uses."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import Config
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import Vocabulary
from tagger.network.characters import CharacterEncoder, Letters, build_character_encoder
from tagger.network.crf import CRF
from tagger.network.embedding import WordEmbedding
from tagger.network.encoder import Encoder, States, pack
from tagger.network.language_model import LanguageModelHead
from tagger.network.noise import Noise
from tagger.network.tag_head import TagHead
from tagger.network.word_inputs import WordInputs


@dataclass(frozen=True)
class Outputs:
    """Tag `logits` [B, T, K], and the first layer's `states` [N, H], from which the language model predicts."""

    logits: tf.Tensor
    states: States


class Network:
    """Embedding, character encoder, encoder, tag head and, where its weight is not 0, the language-model head.

    Args:
        matrix: the embedding before training, [V, E]. labels: K tags in BIOES.
        characters: those of train, where the configuration reads any.
        context: features D that come with each token, beside its row and its characters'.
        forgetting: see `WordInputs`.
    """

    def __init__(
        self,
        matrix: NDArray[np.float32],
        vocabulary: Vocabulary,
        labels: Sequence[str],
        config: Config,
        characters: CharacterVocabulary | None = None,
        *,
        context: int = 0,
        forgetting: NDArray[np.float32] | None = None,
    ) -> None:
        seeds = np.random.SeedSequence(config.training.seed).generate_state(4).tolist()
        encoder_seed, head_seed, model_seed, character_seed = seeds
        units = config.encoder.units
        self.embedding = WordEmbedding(matrix, vocabulary.train_rows)
        self.characters: CharacterEncoder | None = None
        if characters is not None:
            self.characters = build_character_encoder(
                config.characters, characters, config.encoder.forget_bias, config.words.singleton_rate, character_seed
            )
        self.context = context
        self._inputs = WordInputs(
            self.embedding, self.characters, vocabulary, config.words, context=context, forgetting=forgetting
        )
        self.encoder = Encoder(self._inputs.size, config.encoder, encoder_seed)
        self.tag_head = TagHead(2 * units, len(labels), head_seed)
        self.crf = CRF(labels) if config.tags.head == "crf" else None
        self.language_model: LanguageModelHead | None = None
        if config.language_model.lm_weight > 0.0:
            self.language_model = LanguageModelHead(
                self.embedding, units, vocabulary.train_rows, config.language_model, model_seed
            )

    def __call__(
        self,
        word_ids: tf.Tensor,
        lengths: tf.Tensor,
        noise: Noise | None = None,
        letters: Letters | None = None,
        context: tf.Tensor | None = None,
    ) -> Outputs:
        """Run the network on word_ids [B, T], lengths [B], perhaps letters and context [B, T, D].

        With noise, as in training.
        """
        with tf.name_scope("packing"):
            packing = pack(lengths)
            words = packing.pack(word_ids)  # [N]
        inputs = self._inputs(words, packing, noise, letters, context)
        with tf.name_scope("encoder"):
            layers = self.encoder(inputs, packing, noise)
        with tf.name_scope("tag_head"):
            logits = self.tag_head(layers[-1].joined())
            return Outputs(packing.unpack(logits, tf.shape(word_ids)[1]), layers[0])

    def weights(self) -> dict[str, keras.Variable]:
        """Every weight by its name in the bundle, each once."""
        parts = {"encoder": self.encoder.weights(), "tag_head": self.tag_head.weights()}
        if self.characters is not None:
            parts["characters"] = self.characters.weights()
        if self.crf is not None:
            parts["crf"] = self.crf.weights()
        if self.language_model is not None:
            parts["language_model"] = self.language_model.weights()
        named = {f"{part}.{name}": weight for part, weights in parts.items() for name, weight in weights.items()}
        return {"embedding": self.embedding.matrix} | named
