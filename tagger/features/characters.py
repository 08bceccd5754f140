"""Words as characters: each distinct word of a corpus once, and the few of a batch as one padded array.

A character is a Unicode code point of the token as written: nothing is lowercased, folded or cut. A word of n
characters is n + 2 ids, between a mark of its start and one of its end, so the empty word is two. There is no longest
word.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.sentence import Sentence
from tagger.features.vocabulary import END, PAD, SPECIALS, START, UNK

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EncodedWords:
    """Distinct words as ids of characters with their marks, one word after the other without padding.

    Args:
        characters: [N], N characters in all. offsets: [W + 1]; word w holds characters offsets[w] to offsets[w + 1].
    """

    characters: Ids
    offsets: NDArray[np.int64]

    @property
    def lengths(self) -> Ids:
        """Characters of each word with its two marks, [W]."""
        return np.diff(self.offsets).astype(np.int32)


@dataclass(frozen=True, slots=True)
class CharacterVocabulary:
    """Characters to ids: the special ids of words (`PAD`, `UNK`, `START`, `END`), then the characters of train.

    Args:
        characters: by falling frequency, then code point; the first has the id after the special ones.
        singleton_ids: ids from here on were seen once in train; None where that is not known.
    """

    characters: tuple[str, ...]
    singleton_ids: int | None = None
    _ids: Ids = field(init=False, repr=False, compare=False)  # by code point; the last is that of all higher ones

    def __post_init__(self) -> None:
        codes = np.array([ord(character) for character in self.characters], dtype=np.int64)
        ids = np.full(codes.max(initial=0) + 2, UNK, dtype=np.int32)
        ids[codes] = np.arange(len(SPECIALS), len(self))
        object.__setattr__(self, "_ids", ids)

    def __len__(self) -> int:
        return len(SPECIALS) + len(self.characters)

    def encode(self, words: Sequence[str]) -> EncodedWords:
        """The characters of words, unknown ones as `UNK`."""
        sizes = np.fromiter(map(len, words), dtype=np.int64, count=len(words)) + 2
        offsets = np.concatenate(([0], np.cumsum(sizes)))
        codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        characters = np.empty(offsets[-1], dtype=np.int32)
        is_mark = np.zeros(len(characters), dtype=bool)
        is_mark[offsets[:-1]] = is_mark[offsets[1:] - 1] = True
        characters[offsets[:-1]] = START
        characters[offsets[1:] - 1] = END
        characters[~is_mark] = self._ids[np.minimum(codes, len(self._ids) - 1)]
        return EncodedWords(characters, offsets)


@dataclass(frozen=True, slots=True)
class Types:
    """The distinct words of a corpus, by their first appearance, and which of them each token is.

    Args:
        type_ids: [N], N tokens in all, in the order of `EncodedSentences.word_ids`; [B, T] in a batch.
    """

    type_ids: Ids
    words: EncodedWords


@dataclass(frozen=True, slots=True)
class WordBatch:
    """Distinct words, right-padded.

    Args:
        positions: [W], which word each row is. char_lengths: [W], its characters with both marks.
        char_ids: [W, C]; `PAD` beyond a word's length.
    """

    positions: NDArray[np.int64]
    char_ids: Ids
    char_lengths: Ids


@dataclass(frozen=True, slots=True)
class BatchTypes:
    """The distinct words of a batch of sentences, and `places` [B, T], the row among them of each token.

    Beyond a sentence's length a place is 0 and means nothing.
    """

    words: WordBatch
    places: Ids


def build_character_vocabulary(train: Iterable[Sentence]) -> CharacterVocabulary:
    """The characters of a training corpus, each counted as often as it stands there."""
    tokens = Counter(token for sentence in train for token in sentence.tokens)
    counts: Counter[str] = Counter()
    for token, times in tokens.items():
        for character in token:
            counts[character] += times
    by_frequency = sorted(counts, key=lambda character: (-counts[character], character))
    repeated = sum(count > 1 for count in counts.values())
    return CharacterVocabulary(tuple(by_frequency), len(SPECIALS) + repeated)


def distinct_words(tokens: Iterable[str]) -> tuple[tuple[str, ...], Ids]:
    """The distinct words among N tokens, by their first appearance, and which of them each token is, [N]."""
    places: defaultdict[str, int] = defaultdict(count().__next__)
    type_ids = np.fromiter(map(places.__getitem__, tokens), dtype=np.int32)
    return tuple(places), type_ids


def pad_words(words: EncodedWords, positions: NDArray[np.int64]) -> WordBatch:
    """The batch of the words at these positions."""
    starts = words.offsets[positions]
    lengths = (words.offsets[positions + 1] - starts).astype(np.int32)
    steps = np.arange(lengths.max(initial=0))
    inside = steps < lengths[:, None]  # [W, C]
    char_ids = np.full(inside.shape, PAD, dtype=np.int32)
    char_ids[inside] = words.characters[(starts[:, None] + steps)[inside]]
    return WordBatch(positions, char_ids, lengths)


def types_of_batch(words: EncodedWords, type_ids: Ids, lengths: Ids) -> BatchTypes:
    """The distinct words of a batch of tokens.

    Args:
        type_ids: [B, T], places in `words`; beyond a sentence's length they mean nothing. lengths: [B], in tokens.
    """
    inside = np.arange(type_ids.shape[1]) < lengths[:, None]  # [B, T]
    distinct, rows = np.unique(type_ids[inside], return_inverse=True)
    places = np.zeros(type_ids.shape, dtype=np.int32)
    places[inside] = rows
    return BatchTypes(pad_words(words, distinct.astype(np.int64)), places)


def words_by_length(words: EncodedWords, most_characters: int) -> Iterator[WordBatch]:
    """All words once, shortest first: at most `most_characters` a batch with padding, none twice as long as another.

    Less than half of a batch is padding, however long one word is; one above `most_characters` is a batch of its own.
    """
    lengths = words.lengths.astype(np.int64)
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    start = 0
    while start < len(order):
        end = int(np.searchsorted(ordered, 2 * ordered[start]))
        cells = ordered[start:end] * np.arange(1, end - start + 1)  # rising
        end = start + max(1, int(np.searchsorted(cells, most_characters, side="right")))
        yield pad_words(words, order[start:end])
        start = end
