"""Text as one stream of ids: of words with `</s>` after each sentence, or of characters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.sentence import Sentence
from tagger.documents.sentences import RawText, read_passages, read_sentences
from tagger.features.batching import encode
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import END, SPECIALS, Vocabulary

Ids = NDArray[np.int32]

_PART = 8192  # words that are held at once


def before_text() -> Ids:
    """What a model has read before a text begins: an end, [1]."""
    return np.array([END], np.int32)


def ended_words(sentences: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Ids:
    """The rows of words of sentences, with `</s>` after each."""
    encoded = encode([Sentence(tuple(tokens)) for tokens in sentences], vocabulary)
    return np.insert(encoded.word_ids, encoded.offsets[1:], END)


def character_rows(text: str, vocabulary: Vocabulary) -> Ids:
    """The rows of all characters of a text, [N]."""
    marked = CharacterVocabulary(vocabulary.words[len(SPECIALS) :]).encode([text])
    return marked.characters[1:-1]


@dataclass(frozen=True, slots=True)
class WordStream:
    """Text for a model of words. A part of it, as a string, has a token a line and an empty line after a sentence."""

    vocabulary: Vocabulary

    def parts(self, raw: RawText) -> Iterator[str]:
        """The text in parts of some thousand words."""
        held, size = list[str](), 0
        for tokens in read_sentences(raw):
            held.append("\n".join(tokens) + "\n\n")
            size += len(tokens)
            if size >= _PART:
                yield "".join(held)
                held, size = [], 0
        if held:
            yield "".join(held)

    def encode(self, part: str) -> Ids:
        """The ids of a part."""
        return ended_words([sentence.split("\n") for sentence in part.split("\n\n")[:-1]], self.vocabulary)


@dataclass(frozen=True, slots=True)
class CharacterStream:
    """Text for a model of characters; a part of it is just the text."""

    vocabulary: Vocabulary

    def parts(self, raw: RawText) -> Iterator[str]:
        """The text in parts of some thousand characters."""
        return read_passages(raw)

    def encode(self, part: str) -> Ids:
        """The ids of a part."""
        return character_rows(part, self.vocabulary)
