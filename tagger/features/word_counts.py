"""How often each word stands in a text of any length."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

_CHUNK = 2**16  # words that are counted before they are added to the table


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How often words stand in a text, and how many words and sentences of it were read in all."""

    counts: Mapping[str, int]
    words: int
    sentences: int


def count_words(
    sentences: Iterable[Sequence[str]], *, most_words: int | None = None, distinct: int = 1_000_000
) -> WordCounts:
    """Count the words of a text, exactly while it has at most `distinct` distinct ones.

    Of more, rare ones are forgotten (lossy counting, Manku and Motwani 2002). A count may then be too low by up to
    `2 * words / distinct`, and no word that stands more often than that is missing; it is never too high.

    Args:
        most_words: read no further sentence after so many words.
    """
    table, words, read = _Table(distinct), 0, 0
    chunk, size = list[Sequence[str]](), 0
    for sentence in sentences if most_words is None else _until(sentences, most_words):
        chunk.append(sentence)
        size += len(sentence)
        read += 1
        if size >= _CHUNK:
            table.add(Counter(chain.from_iterable(chunk)))
            words, chunk, size = words + size, [], 0
    table.add(Counter(chain.from_iterable(chunk)))
    return WordCounts(table.counts, words + size, read)


def _until(sentences: Iterable[Sequence[str]], most_words: int) -> Iterator[Sequence[str]]:
    words, more = 0, iter(sentences)
    while words < most_words and (sentence := next(more, None)) is not None:
        yield sentence
        words += len(sentence)


class _Table:
    """Counts of at most `distinct` words between calls.

    `_floor` is how often a word that is not there may have been seen, `_missed` how often one may have been before it
    came in. A higher floor takes one from each of more than `distinct / 2` words, so it stays below
    `2 * words / distinct`.
    """

    def __init__(self, distinct: int) -> None:
        self.counts: Counter[str] = Counter()
        self._missed: dict[str, int] = {}
        self._distinct, self._floor = distinct, 0

    def add(self, counts: Counter[str]) -> None:
        if self._floor:
            self._missed.update((word, self._floor) for word in counts if word not in self.counts)
        self.counts.update(counts)
        if len(self.counts) > self._distinct:
            self._forget()

    def _forget(self) -> None:
        """Raise the floor just so far that at most half as many words as there may be stand above it."""
        most = {word: count + self._missed.get(word, 0) for word, count in self.counts.items()}
        self._floor = sorted(most.values(), reverse=True)[self._distinct // 2]
        self.counts = Counter({word: count for word, count in self.counts.items() if most[word] > self._floor})
        self._missed = {word: missed for word, missed in self._missed.items() if word in self.counts}
