"""Sentences of unlabelled text to learn from, pass after pass, and some to measure by, in constant memory."""

from collections.abc import Iterator
from itertools import count, islice

import numpy as np

from tagger.documents.sentences import RawText, read_sentences
from tagger.errors import DataError

Tokens = tuple[str, ...]

LONGEST = 200  # tokens of a sentence; more are given in pieces
BLOCK = 16_384  # sentences that are shuffled together
HELD_OUT_EVERY = 20  # one sentence of so many is held out
HELD_OUT_TOKENS = 10_000  # until they have so many tokens


class UnlabelledText:
    """Text that is read from its files anew in every pass.

    A sentence of more than 200 tokens counts as several, of 200 tokens and what is left.

    Args:
        hold_out: keep a part to measure by; without it every sentence is learned from.

    Raises:
        DataError: while it is read: see `read_sentences`; or there is no sentence to learn from.
    """

    def __init__(self, raw: RawText, seed: int, *, hold_out: bool = True) -> None:
        self._raw, self._seed, self._hold_out = raw, seed, hold_out

    def held_out(self) -> list[Tokens]:
        """Every twentieth sentence up to 10,000 tokens, by their places alone; they are in no pass."""
        held, tokens = list[Tokens](), 0
        if not self._hold_out:
            return held
        for sentence, is_held in self._sentences():
            if tokens >= HELD_OUT_TOKENS:
                break
            if is_held:
                held.append(sentence)
                tokens += len(sentence)
        return held

    def one_pass(self, number: int) -> Iterator[Tokens]:
        """All other sentences once, each block of 16,384 in an order that follows from seed, pass and block."""
        learned = (sentence for sentence, is_held in self._sentences() if not is_held)
        for block in count():
            known: dict[str, str] = {}  # one string a word, where each token would have its own
            sentences = [tuple(map(known.setdefault, tokens, tokens)) for tokens in islice(learned, BLOCK)]
            if not sentences:
                return
            order = np.random.default_rng((self._seed, number, block)).permutation(len(sentences))
            yield from (sentences[place] for place in order)
            del sentences, known  # before the next are read

    def batches(self, size: int, first: int = 0) -> Iterator[list[Tokens]]:
        """Pass after pass without end, always `size` sentences a batch; a batch may end one pass and begin the next.

        Args:
            first: go on as if so many batches had been drawn. At most two passes are read for it.
        """
        sentences = self._sentences_from(first * size)
        while True:
            yield list(islice(sentences, size))

    def _sentences_from(self, place: int) -> Iterator[Tokens]:
        """All passes, from a place on that counts from the start of the first."""
        number = 0
        while True:
            length = 0
            for sentence in self.one_pass(number):
                length += 1
                if length > place:
                    yield sentence
            passes, place = divmod(max(place - length, 0), length)
            number += 1 + passes

    def _sentences(self) -> Iterator[tuple[Tokens, bool]]:
        """All sentences in the order of the files, and whether they are held out."""
        left, tokens = 0, 0
        for place, sentence in enumerate(self._pieces()):
            is_held = self._hold_out and place % HELD_OUT_EVERY == 0 and tokens < HELD_OUT_TOKENS
            tokens += len(sentence) * is_held
            left += not is_held
            yield sentence, is_held
        if not left:
            found = "found one sentence, expected at least two, as one is held out" if tokens else "found no sentence"
            first, *others = (source.path for source in self._raw.sources)
            raise DataError(f"{first}{f' and {len(others)} more' if others else ''}: {found}")

    def _pieces(self) -> Iterator[Tokens]:
        for sentence in read_sentences(self._raw):
            for start in range(0, len(sentence), LONGEST):
                yield sentence[start : start + LONGEST]
