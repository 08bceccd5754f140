"""Text as a language model learns from it: batches of sentences, or windows of one continuous text."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np

from tagger.config import LanguageConfig
from tagger.corpus.sentence import Sentence
from tagger.documents.sentences import RawText, read_passages, read_sentences
from tagger.features.batching import Batch, EncodedSentences, batches_by_length, encode, pad
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import END, Vocabulary
from tagger.training.pretraining.learner import Read
from tagger.training.pretraining.streams import CHUNK, Ids, StreamWindow, chunks_of, count_windows, windows_of
from tagger.training.unlabelled import UnlabelledText

Item = TypeVar("Item")

_MEASURED_SENTENCES, _MEASURED_TOKENS = 128, 1024  # logits of more would be fresh pages from the system each time
_MEASURED_STREAMS = 8
_GROUP = 4096  # sentences whose words are looked up together


class LearnedText(Protocol):
    """A text that can be read again and again.

    Args:
        steps: of a pass, as near as can be known before it is read.
    """

    steps: int

    def one_pass(self, number: int) -> Iterator[Read]:
        """All of it but what is held out, in an order that follows from the pass's number."""

    def held_out(self) -> Iterator[Read]:
        """What the model is measured by."""


class SentenceText:
    """Sentence by sentence, in random batches.

    Args:
        measured: sentences of another file; without them, those that are held out of the text.
    """

    def __init__(
        self,
        text: UnlabelledText,
        sentences: int,
        vocabulary: Vocabulary,
        characters: CharacterVocabulary | None,
        *,
        batch_size: int,
        measured: Iterable[tuple[str, ...]],
    ) -> None:
        self.steps = max(1, math.ceil(sentences / batch_size))
        self._text, self._vocabulary, self._characters = text, vocabulary, characters
        self._batch_size = batch_size
        self._measured = self._encoded(measured)

    def one_pass(self, number: int) -> Iterator[Batch]:
        """All batches of a pass, the last of which may be smaller."""
        for sentences in _grouped(self._text.one_pass(number), self._batch_size):
            yield pad(self._encoded(sentences), np.arange(len(sentences)))

    def held_out(self) -> Iterator[Batch]:
        """Batches of like length."""
        return batches_by_length(self._measured, _MEASURED_SENTENCES, _MEASURED_TOKENS)

    def _encoded(self, sentences: Iterable[tuple[str, ...]]) -> EncodedSentences:
        return encode([Sentence(tokens) for tokens in sentences], self._vocabulary, characters=self._characters)


class StreamText:
    """One text from its start to its end, in windows; each pass cuts it at other places.

    Args:
        ids: of all the text, about. held: those at its start that are held out, where `dev` is no other text.
    """

    def __init__(
        self, raw: RawText, vocabulary: Vocabulary, config: LanguageConfig, *, ids: int, held: int, dev: RawText | None
    ) -> None:
        self._raw, self._dev, self._held = raw, dev, held
        self._vocabulary = vocabulary
        self._unit, self._window = config.pretraining.unit, config.pretraining.window
        self._streams, self._seed = config.training.batch_size, config.training.seed
        self._shifts = max(1, min(self._window, (ids - held) // 2))  # so that some of a short text is left
        self.steps = count_windows(ids - held, self._streams, self._window)

    def one_pass(self, number: int) -> Iterator[StreamWindow]:
        """All windows of a pass."""
        before = self._held + int(np.random.default_rng([self._seed, 3, number]).integers(self._shifts))
        for chunk in chunks_of(_without(self._ids(self._raw), before), CHUNK):
            if len(chunk) > 1:
                yield from windows_of(chunk, self._streams, self._window)

    def held_out(self) -> Iterator[StreamWindow]:
        """Eight streams, the first of which begins after the end of a sentence."""
        parts = self._ids(self._dev) if self._dev is not None else chunks_of(self._ids(self._raw), self._held)
        kept = parts if self._dev is not None else islice(parts, 1)
        return windows_of(np.concatenate([[END], *kept]).astype(np.int32), _MEASURED_STREAMS, self._window)

    def _ids(self, raw: RawText) -> Iterator[Ids]:
        return word_stream(raw, self._vocabulary) if self._unit == "word" else character_stream(raw, self._vocabulary)


def word_stream(raw: RawText, vocabulary: Vocabulary) -> Iterator[Ids]:
    """The rows of a text's words, with `</s>` after each sentence, in parts."""
    for sentences in _grouped(read_sentences(raw), _GROUP):
        encoded = encode([Sentence(tokens) for tokens in sentences], vocabulary)
        yield np.insert(encoded.word_ids, encoded.offsets[1:], END)


def character_stream(raw: RawText, vocabulary: Vocabulary) -> Iterator[Ids]:
    """The rows of a text's characters, in parts."""
    return (vocabulary.rows(passage) for passage in read_passages(raw))


def _without(parts: Iterable[Ids], first: int) -> Iterator[Ids]:
    """A text without its first ids."""
    for part in parts:
        yield part[first:]
        first = max(0, first - len(part))


def _grouped(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    some = iter(items)
    while group := list(islice(some, size)):
        yield group
