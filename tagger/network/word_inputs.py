"""What an encoder reads of a token: its row of the embedding matrix, and perhaps features of its letters."""

import tensorflow as tf

from tagger.config import WordConfig
from tagger.features.vocabulary import Vocabulary
from tagger.network.characters import CharacterEncoder, Letters
from tagger.network.embedding import WordEmbedding, drop_words, forget_singletons
from tagger.network.noise import Noise
from tagger.network.packing import Packing


class WordInputs:
    """Words to vectors of `size` E + F, where words may be forgotten while training."""

    def __init__(
        self, embedding: WordEmbedding, characters: CharacterEncoder | None, vocabulary: Vocabulary, rates: WordConfig
    ) -> None:
        self.size = int(embedding.matrix.shape[1]) + (characters.size if characters else 0)
        self._embedding, self._characters = embedding, characters
        self._singletons = vocabulary.singleton_rows, vocabulary.train_rows
        self._rates = rates

    def __call__(self, words: tf.Tensor, packing: Packing, noise: Noise | None, letters: Letters | None) -> tf.Tensor:
        """Rows of the packed words, [N], and perhaps their letters, to [N, E + F]; with noise, as in training."""
        rates = self._rates
        if noise is not None and rates.singleton_rate > 0.0:
            with tf.name_scope("forget_singletons"):
                words = forget_singletons(words, *self._singletons, rates.singleton_rate, noise)
        if noise is not None and rates.word_dropout > 0.0:
            with tf.name_scope("word_dropout"):
                words = drop_words(words, rates.word_dropout, noise)
        with tf.name_scope("embedding"):
            embedded = self._embedding(words)
        if self._characters is None:
            return embedded
        assert letters is not None
        with tf.name_scope("characters"):
            features = self._characters(letters.char_ids, letters.char_lengths, noise)
            return tf.concat([embedded, tf.gather(features, packing.pack(letters.places))], axis=-1)
