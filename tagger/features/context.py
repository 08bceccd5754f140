"""Sentences as a model of characters reads them, and where each word stands in them.

A sentence is its tokens with a blank between, begun and ended by a line feed. A model that reads it from its start has
seen all of a word after the word's last character; one that reads it from its end, after the first (Akbik et al. 2018).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import PAD

Ids = NDArray[np.int32]
Places = NDArray[np.int64]

_MOST_SENTENCES = 512  # that are read together,
_MOST_CELLS = 16384  # and as many steps at once as make so many characters of them


@dataclass(frozen=True, slots=True)
class SpelledSentences:
    """Sentences as characters, one sentence after the other.

    Args:
        characters: [C] ids. offsets: [S + 1]; sentence s holds characters offsets[s] to offsets[s + 1].
        sentences: [N], which sentence each token is in. firsts, lasts: [N], the places there of its first and last
            character.
    """

    characters: Ids
    offsets: Places
    sentences: Places
    firsts: Places
    lasts: Places

    @property
    def lengths(self) -> Places:
        """Characters of each sentence with its two line feeds, [S]."""
        return np.diff(self.offsets)


@dataclass(frozen=True, slots=True)
class CharacterWindow:
    """Some steps of B sentences, none of which has ended before them.

    Args:
        ids: [T, B], `PAD` beyond a sentence's end. lengths: [B].
        tokens: [n], the tokens that are known in these steps. places: [n], each a step * B + a sentence.
    """

    ids: Ids
    lengths: Ids
    tokens: Places
    places: Ids


def spell_sentences(sentences: Sequence[Sequence[str]], characters: CharacterVocabulary) -> SpelledSentences:
    """The characters of sentences as tokens, with blanks and line feeds."""
    encoded = characters.encode([" ".join(tokens) for tokens in sentences])
    line_feed = characters.encode(["\n"]).characters[1]
    ids = encoded.characters.copy()
    ids[encoded.offsets[:-1]] = ids[encoded.offsets[1:] - 1] = line_feed  # in the place of a word's marks
    counts = np.fromiter(map(len, sentences), np.int64, len(sentences))
    of_token = np.repeat(np.arange(len(sentences)), counts)
    sizes = np.fromiter((len(token) for tokens in sentences for token in tokens), np.int64, len(of_token))
    ends = np.cumsum(sizes + 1)  # where each token's blank ends, as if all stood in one line
    before = np.concatenate(([0], ends))[np.concatenate(([0], np.cumsum(counts)))[:-1]]
    firsts = 1 + ends - sizes - 1 - before[of_token]
    return SpelledSentences(ids, encoded.offsets, of_token, firsts, firsts + sizes - 1)


def sentences_by_length(spelled: SpelledSentences) -> Iterator[Places]:
    """All sentences, those that are read together at once, the longest first."""
    order = np.argsort(-spelled.lengths, kind="stable")
    for start in range(0, len(order), _MOST_SENTENCES):
        yield order[start : start + _MOST_SENTENCES]


def character_windows(spelled: SpelledSentences, some: Places, *, reverse: bool) -> Iterator[CharacterWindow]:
    """Sentences window by window, in the order of reading; those that have ended are left out.

    Args:
        some: [B], which sentences, the longest first. reverse: read from the end.
    """
    lengths = spelled.lengths[some]
    columns = np.full(len(spelled.lengths), -1)
    columns[some] = np.arange(len(some))
    tokens = np.flatnonzero(columns[spelled.sentences] >= 0)
    column = columns[spelled.sentences[tokens]]
    steps = lengths[column] - 1 - spelled.firsts[tokens] if reverse else spelled.lasts[tokens]
    start = 0
    while (going := int(np.count_nonzero(lengths > start))) > 0:
        end = min(start + max(1, _MOST_CELLS // going), int(lengths[0]))
        known = (steps >= start) & (steps < end)
        places = (steps[known] - start) * going + column[known]
        ids = _read(spelled, some[:going], range(start, end), reverse=reverse)
        left = np.minimum(lengths[:going], end) - start
        yield CharacterWindow(ids, left.astype(np.int32), tokens[known], places.astype(np.int32))
        start = end


def _read(spelled: SpelledSentences, some: Places, steps: range, *, reverse: bool) -> Ids:
    """[T, B], what is read at these steps."""
    step = np.arange(steps.start, steps.stop)[:, None]
    lengths = spelled.lengths[some]
    within = np.minimum(step, lengths - 1)
    place = spelled.offsets[some] + (lengths - 1 - within if reverse else within)
    return np.where(step < lengths, spelled.characters[place], PAD).astype(np.int32)
