"""What a model of characters and one of words do when they write: begin with a text, and go on one step at a time."""

import re
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.sentence import Sentence
from tagger.corpus.text import split_text
from tagger.features.batching import encode
from tagger.features.characters import Types
from tagger.features.vocabulary import END, START, UNK
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.encoding import before_text, character_rows, ended_words
from tagger.language_models.reader import Reader

_NEVER = (UNK, START)
_CLOSE_TO_THE_LAST = re.compile(r"[.,:;!?)%]|n't|'(?:s|m|d|re|ve|ll)?", re.IGNORECASE)
_CLOSE_TO_THE_NEXT = "("
_UNKNOWN_CHARACTER = "\ufffd"


class Writer(Protocol):
    """Goes on with a text."""

    def begin(self, seed_text: str) -> str:
        """Read a text to go on with, and give it as it is to stand."""
        ...

    def log_probabilities(self) -> NDArray[np.float32]:
        """Of the next one's classes, [C]."""
        ...

    def barred(self) -> tuple[int, ...]:
        """Rows of the matrix that are not to be next."""
        ...

    def write(self, row: int) -> str:
        """Take a row of the matrix as the next one, and give what it adds to the text."""
        ...


class CharacterWriter:
    """Writes characters."""

    def __init__(self, bundle: LanguageBundle, threads: int) -> None:
        self._vocabulary = bundle.vocabulary()
        self._reader = Reader(bundle, threads)

    def begin(self, seed_text: str) -> str:
        """Read a text to go on with."""
        self._reader.forget()
        self._reader.read(np.concatenate([before_text(), character_rows(seed_text, self._vocabulary)]))
        return seed_text

    def log_probabilities(self) -> NDArray[np.float32]:
        """Of the next character, [C]."""
        return self._reader.log_probabilities

    def barred(self) -> tuple[int, ...]:
        """All rows that are no characters."""
        return (*_NEVER, END)

    def write(self, row: int) -> str:
        """Take a row of the matrix as the next character."""
        self._reader.read(np.array([row], np.int32))
        return _UNKNOWN_CHARACTER if row == UNK else self._vocabulary.words[row]


class WordWriter:
    """Writes words, with blanks between them as text has them, and a sentence a line."""

    def __init__(self, bundle: LanguageBundle, threads: int) -> None:
        self._vocabulary, self._characters = bundle.vocabulary(), bundle.characters()
        self._reader = Reader(bundle, threads)
        self._is_stream = bundle.config.is_stream
        self._last: str | None = None  # None where a sentence begins

    def begin(self, seed_text: str) -> str:
        """Read a text to go on with; its last sentence is not taken to be over."""
        sentences = [sentence.tokens for sentence in split_text(seed_text)]
        self._begin_sentence(is_first=True)
        if sentences and self._is_stream:
            self._reader.read(ended_words(sentences, self._vocabulary)[:-1])
        elif sentences:
            encoded = encode([Sentence(sentences[-1])], self._vocabulary, characters=self._characters)
            self._reader.read(encoded.word_ids, encoded.types)
        self._last = sentences[-1][-1] if sentences else None
        return seed_text.rstrip()

    def log_probabilities(self) -> NDArray[np.float32]:
        """Of the next word, [C]."""
        return self._reader.log_probabilities

    def barred(self) -> tuple[int, ...]:
        """Rows that are no words, and the end of a sentence that has none yet."""
        return (*_NEVER, END) if self._last is None else _NEVER

    def write(self, row: int) -> str:
        """Take a row of the matrix as the next word."""
        if row == END:
            self._begin_sentence(is_first=False)
            return "\n"
        word, last = self._vocabulary.words[row], self._last
        types = None if self._characters is None else Types(np.zeros(1, np.int32), self._characters.encode([word]))
        self._reader.read(np.array([row], np.int32), types)
        self._last = word
        return word if last is None or is_close(last, word) else f" {word}"

    def _begin_sentence(self, *, is_first: bool) -> None:
        self._last = None
        if is_first or not self._is_stream:
            self._reader.forget()
        if self._is_stream:
            self._reader.read(before_text())


def is_close(last: str, word: str) -> bool:
    """Whether no blank stands between two tokens."""
    return last == _CLOSE_TO_THE_NEXT or _CLOSE_TO_THE_LAST.fullmatch(word) is not None
