"""Unlabelled text as the network reads it: a batch beside each labelled one, and a held-out part to measure by."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tagger.corpus.sentence import Sentence
from tagger.features.batching import Batch, EncodedSentences, encode, pad
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import Vocabulary
from tagger.inference.context import Context
from tagger.training.unlabelled import UnlabelledText


@dataclass(frozen=True, slots=True)
class RawBatches:
    """Batches of `size` sentences, each encoded when its turn comes: nothing of the text is held."""

    text: UnlabelledText
    size: int
    vocabulary: Vocabulary
    characters: CharacterVocabulary | None = None
    context: Context | None = None

    def held_out(self) -> EncodedSentences:
        """The part that is in no batch."""
        return self._encoded(self.text.held_out())

    def batches(self, first: int) -> Iterator[Batch]:
        """Batches without end, from that of step `first` on, from 0."""
        for sentences in self.text.batches(self.size, first):
            yield pad(self._encoded(sentences), np.arange(len(sentences)))

    def _encoded(self, sentences: list[tuple[str, ...]]) -> EncodedSentences:
        encoded = encode([Sentence(tokens) for tokens in sentences], self.vocabulary, characters=self.characters)
        return encoded if self.context is None else replace(encoded, context=self.context.features(sentences))
