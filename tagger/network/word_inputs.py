"""What an encoder reads of a token: its row of the embedding matrix, and perhaps features of letters and context."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.config import WordConfig
from tagger.features.vocabulary import Vocabulary
from tagger.network.characters import CharacterEncoder, Letters
from tagger.network.embedding import WordEmbedding, drop_words, forget_words
from tagger.network.noise import Noise
from tagger.network.packing import Packing


class WordInputs:
    """Words to vectors of `size` E + F + D, where words may be forgotten while training.

    Args:
        context: features of a token that come from outside, D.
        forgetting: how often each row's word is read as `<unk>` while training, [V]; without it, as often as
            `singleton_rate` says of those seen once.
    """

    def __init__(
        self,
        embedding: WordEmbedding,
        characters: CharacterEncoder | None,
        vocabulary: Vocabulary,
        rates: WordConfig,
        *,
        context: int = 0,
        forgetting: NDArray[np.float32] | None = None,
    ) -> None:
        self.size = int(embedding.matrix.shape[1]) + (characters.size if characters else 0) + context
        self._embedding, self._characters = embedding, characters
        self._forgetting = _of_singletons(vocabulary, rates.singleton_rate) if forgetting is None else forgetting
        self._word_dropout = rates.word_dropout

    def __call__(
        self,
        words: tf.Tensor,
        packing: Packing,
        noise: Noise | None,
        letters: Letters | None,
        context: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Rows of the packed words, [N], perhaps their letters and their context, [B, T, D], to [N, E + F + D].

        With noise, as in training.
        """
        if noise is not None and self._forgetting is not None:
            with tf.name_scope("forget_words"):
                words = forget_words(words, tf.constant(self._forgetting), noise)
        if noise is not None and self._word_dropout > 0.0:
            with tf.name_scope("word_dropout"):
                words = drop_words(words, self._word_dropout, noise)
        with tf.name_scope("embedding"):
            embedded = self._embedding(words)
        parts = [embedded]
        if self._characters is not None:
            assert letters is not None
            with tf.name_scope("characters"):
                features = self._characters(letters.char_ids, letters.char_lengths, noise)
                parts.append(tf.gather(features, packing.pack(letters.places)))
        if context is not None:
            with tf.name_scope("context"):
                parts.append(packing.pack(context))
        return tf.concat(parts, axis=-1) if len(parts) > 1 else embedded


def _of_singletons(vocabulary: Vocabulary, rate: float) -> NDArray[np.float32] | None:
    if rate == 0.0:
        return None
    rates = np.zeros(len(vocabulary), np.float32)
    rates[vocabulary.singleton_rows : vocabulary.train_rows] = rate
    return rates
