"""Contextual string embeddings: the states of a language model of characters as features of words.

Akbik, Blythe and Vollgraf, Contextual String Embeddings for Sequence Labeling, 2018.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.sentence import Sentence
from tagger.features.batching import Batch, pad_context
from tagger.features.characters import CharacterVocabulary
from tagger.features.context import CharacterWindow, character_windows, sentences_by_length, spell_sentences
from tagger.features.vocabulary import SPECIALS
from tagger.inference.session import Features, load_graph

CONTEXT_FORWARD, CONTEXT_BACKWARD = "context_forward.onnx", "context_backward.onnx"
CONTEXT_UNITS = "context_units.json"

_MOST_TOKENS = 16384  # whose features are held at once, unless a sentence alone has more


class Context(Protocol):
    """Makes features of words in sentences."""

    @property
    def size(self) -> int:
        """How many a word has, D."""
        ...

    def features(self, sentences: Sequence[Sequence[str]]) -> Features:
        """Those of all tokens, sentence after sentence, [N, D]."""
        ...


class ContextReader:
    """Reads the characters of sentences in both directions, or in the one that there is, on the CPU.

    A sentence is read by itself: its features depend on nothing but the sentence, up to rounding.

    Args:
        directory: where the graphs and the characters are.
        threads: how many work on a batch; 0 lets ONNX Runtime choose.
    """

    def __init__(self, directory: Path, threads: int = 0) -> None:
        units = json.loads((directory / CONTEXT_UNITS).read_bytes())
        self._characters = CharacterVocabulary(tuple(units[len(SPECIALS) :]))
        self._directions = [
            _Direction(directory / name, threads, reverse=reverse)
            for name, reverse in ((CONTEXT_FORWARD, False), (CONTEXT_BACKWARD, True))
            if (directory / name).exists()
        ]

    @property
    def size(self) -> int:
        """Features of a word, D: the units of both directions."""
        return sum(direction.size for direction in self._directions)

    def features(self, sentences: Sequence[Sequence[str]]) -> Features:
        """The states at each word, the forward direction's first: [N, D], sentence after sentence."""
        spelled = spell_sentences(sentences, self._characters)
        found: Features = np.empty((len(spelled.sentences), self.size), np.float32)
        for some in sentences_by_length(spelled):
            start = 0
            for direction in self._directions:
                part = found[:, start : start + direction.size]
                start += direction.size
                direction.begin(len(some))
                for window in character_windows(spelled, some, reverse=direction.reverse):
                    part[window.tokens] = direction.read(window)
        return found


def with_context(batches: Iterable[Batch], sentences: Sequence[Sentence], context: Context) -> Iterator[Batch]:
    """Batches of sentences with the features of their tokens. Several are read at once, since that is faster."""
    for some in _groups(batches):
        tokens = [sentences[position].tokens for batch in some for position in batch.positions.tolist()]
        features, start = context.features(tokens), 0
        for batch in some:
            end = start + int(batch.lengths.sum())
            yield replace(batch, context=pad_context(features[start:end], batch.lengths))
            start = end


def _groups(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    group, held = list[Batch](), 0
    for batch in batches:
        tokens = int(batch.lengths.sum())
        if group and held + tokens > _MOST_TOKENS:
            yield group
            group, held = [], 0
        group.append(batch)
        held += tokens
    if group:
        yield group


class _Direction:
    """One direction of a model, and what it carries from one window of characters to the next."""

    def __init__(self, path: Path, threads: int, *, reverse: bool) -> None:
        self.reverse = reverse
        self._graph = load_graph(path, threads)
        self.size = self._graph.get_outputs()[0].shape[-1]
        self._carried: dict[str, NDArray[Any]] = {}
        self._units = {item.name: item.shape[-1] for item in self._graph.get_inputs() if len(item.shape) == 3}

    def begin(self, sentences: int) -> None:
        """Every sentence starts from zero."""
        self._carried = {name: np.zeros((1, sentences, units), np.float32) for name, units in self._units.items()}

    def read(self, window: CharacterWindow) -> Features:
        """Go on with those sentences that have not ended: the states of the window's tokens, [n, H]."""
        going = len(window.lengths)
        feeds = {name: carried[:, :going] for name, carried in self._carried.items()}
        feeds |= {"ids": window.ids, "lengths": window.lengths, "places": window.places}
        found, *after = self._graph.run(None, feeds)
        self._carried = dict(zip(self._units, after, strict=True))
        features: Features = found
        return features
