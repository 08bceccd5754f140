"""Words to rows of the embedding matrix."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tagger.config import WordConfig
from tagger.corpus.sentence import Sentence

PAD, UNK, START, END = range(4)
SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the embedding matrix, by row: the special rows, the words of train, then those of a vectors file.

    Words of unlabelled text that a run learns from beside train are words of train here, as often seen as in both.

    Args:
        words: one a row; train's by falling frequency.
        train_rows: rows below this come from train (or are special); the others from a vectors file.
        singleton_rows: rows from here to `train_rows` were seen once in train.
    """

    words: tuple[str, ...]
    train_rows: int
    singleton_rows: int
    lowercase: bool
    fold_digits: bool
    _rows: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = dict(zip(self.words[len(SPECIALS) :], range(len(SPECIALS), len(self.words)), strict=True))
        object.__setattr__(self, "_rows", rows)

    def __len__(self) -> int:
        return len(self.words)

    def row(self, word: str) -> int:
        """The row of a word: as written, else in its other forms, else that of `<unk>`."""
        rows = self._rows
        found = rows.get(word)
        if found is not None:
            return found
        for form in self._forms(word):
            if form in rows:
                return rows[form]
        return UNK

    def rows(self, words: Iterable[str]) -> NDArray[np.int32]:
        """The rows of many words, shape [N]."""
        return np.fromiter(map(self.row, words), dtype=np.int32)

    def _forms(self, word: str) -> tuple[str, ...]:
        forms = train_forms(word, self.lowercase, self.fold_digits)
        return forms if len(self) == self.train_rows else (*forms, *vector_forms(word))


def train_forms(word: str, lowercase: bool, fold_digits: bool) -> tuple[str, ...]:
    """A word as written and, step by step, in its normal form, which is the last one."""
    lowered = word.lower() if lowercase else word
    return word, lowered, fold(lowered) if fold_digits else lowered


def vector_forms(word: str) -> tuple[str, str, str]:
    """The forms under which a word is looked for among pretrained vectors, best first."""
    lowered = word.lower()
    return word, lowered, fold(lowered)


def fold(word: str) -> str:
    """The word with every digit read as 0."""
    return _DIGIT.sub("0", word)


@dataclass(frozen=True, slots=True)
class UnlabelledWords:
    """Words of unlabelled text that join those of train.

    Args:
        counts: how often each word stands there, as written. least: how often one must, to have a row for it.
        most: how many have a row for that reason, the most frequent ones.
    """

    counts: Mapping[str, int]
    least: int
    most: int


def build_vocabulary(
    train: Iterable[Sentence],
    config: WordConfig,
    vector_words: Sequence[str] = (),
    unlabelled: UnlabelledWords | None = None,
    first: Sequence[str] = (),
) -> Vocabulary:
    """The vocabulary of a training corpus, widened by the words of a vectors file and of unlabelled text.

    Args:
        first: words that have the first rows, in this order, as a language model has them that is begun with.

    A word of train stands under its normal form, unless the vectors know it in a form nearer to what was written.
    """
    known = frozenset(vector_words)
    counts = _key_counts(Counter(token for sentence in train for token in sentence.tokens), config, known)
    if unlabelled is not None:
        _join(counts, _key_counts(unlabelled.counts, config, known), unlabelled)
    by_frequency = sorted(counts.keys() - {*first}, key=lambda word: (-counts[word], word))
    repeated = len(first) + sum(counts[word] > 1 for word in by_frequency)
    others = {*vector_words} - {*SPECIALS, *first, *by_frequency}
    more = [word for word in dict.fromkeys(vector_words) if word in others]
    return Vocabulary(
        words=(*SPECIALS, *first, *by_frequency, *more),
        train_rows=len(SPECIALS) + len(first) + len(by_frequency),
        singleton_rows=len(SPECIALS) + repeated,
        lowercase=config.lowercase,
        fold_digits=config.fold_digits,
    )


def _key_counts(written: Mapping[str, int], config: WordConfig, known: Collection[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word, count in written.items():
        counts[_key(word, config, known)] += count
    return counts


def _join(counts: Counter[str], others: Counter[str], unlabelled: UnlabelledWords) -> None:
    """Add the counts of train's words in other text, and its own words that are to have a row."""
    new = [word for word in others if word not in counts and word not in SPECIALS and others[word] >= unlabelled.least]
    new.sort(key=lambda word: (-others[word], word))
    for word in [*counts, *new[: unlabelled.most]]:
        if word not in SPECIALS:
            counts[word] += others[word]


def _key(word: str, config: WordConfig, known: Collection[str]) -> str:
    forms = train_forms(word, config.lowercase, config.fold_digits)
    return next((form for form in forms if form in known), forms[-1])
