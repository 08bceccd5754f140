"""Sentences as arrays of ids and padded batches: random ones to learn from, of like length to tag."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.entities import entities_of
from tagger.corpus.schemes import BIOES
from tagger.corpus.sentence import Sentence
from tagger.features.characters import CharacterVocabulary, Types, distinct_words, types_of_batch
from tagger.features.vocabulary import PAD, Vocabulary

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncodedSentences:
    """Sentences as ids, one after the other without padding.

    Args:
        word_ids: [N], N tokens in all. tag_ids: [N], or None for unlabelled sentences.
        offsets: [S + 1]; sentence s holds tokens offsets[s] to offsets[s + 1].
        types: the distinct words and which one each token is, [N], where characters are read.
        context: features that a token has in its sentence, [N, D], where a language model of characters gives them.
    """

    word_ids: Ids
    offsets: NDArray[np.int64]
    tag_ids: Ids | None = None
    types: Types | None = None
    context: Floats | None = None

    @property
    def lengths(self) -> Ids:
        """Tokens of each sentence, [S]."""
        return np.diff(self.offsets).astype(np.int32)

    def every(self, nth: int) -> "EncodedSentences":
        """Sentences 0, n, 2n and so on."""
        kept = np.arange(len(self.lengths)) % nth == 0
        tokens = np.repeat(kept, self.lengths)
        offsets = np.concatenate(([0], np.cumsum(self.lengths[kept], dtype=np.int64)))
        tag_ids = None if self.tag_ids is None else self.tag_ids[tokens]
        types = None if self.types is None else replace(self.types, type_ids=self.types.type_ids[tokens])
        context = None if self.context is None else self.context[tokens]
        return EncodedSentences(self.word_ids[tokens], offsets, tag_ids, types, context)


@dataclass(frozen=True, slots=True)
class Batch:
    """Right-padded sentences.

    Args:
        positions: [B], which sentence each row is. lengths: [B], its tokens.
        word_ids, tag_ids: [B, T]; beyond a row's length they mean nothing.
        types: the distinct words of all sentences, and which one each token is, [B, T].
        labelled: so many rows, the first, have tags; None: all of them.
        context: [B, T, D], zeros beyond a row's length.
    """

    positions: NDArray[np.int64]
    lengths: Ids
    word_ids: Ids
    tag_ids: Ids
    types: Types | None = None
    labelled: int | None = None
    context: Floats | None = None


def encode(
    sentences: Sequence[Sentence],
    vocabulary: Vocabulary,
    labels: Sequence[str] = (),
    characters: CharacterVocabulary | None = None,
) -> EncodedSentences:
    """Encode sentences; with `labels`, their entities too, as ids of BIOES tags; with `characters`, their words'."""
    lengths = [len(sentence.tokens) for sentence in sentences]
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    words, type_ids = distinct_words(chain.from_iterable(sentence.tokens for sentence in sentences))
    word_ids = vocabulary.rows(words)[type_ids]  # each distinct word is looked up once
    types = Types(type_ids, characters.encode(words)) if characters is not None else None
    tag_ids = None
    if labels:
        ids = {label: place for place, label in enumerate(labels)}
        tags = chain.from_iterable(bioes_tags(sentence) for sentence in sentences)
        tag_ids = np.fromiter((ids[tag] for tag in tags), dtype=np.int32)
    return EncodedSentences(word_ids, offsets, tag_ids, types)


def bioes_tags(sentence: Sentence) -> tuple[str, ...]:
    """A sentence's tags in the scheme the network works in, whatever the one they were written in."""
    return BIOES.tags_of(entities_of(sentence.tags or ()), len(sentence.tokens))


def pad(sentences: EncodedSentences, positions: NDArray[np.int64]) -> Batch:
    """The batch of the sentences at these positions."""
    starts = sentences.offsets[positions]
    lengths = (sentences.offsets[positions + 1] - starts).astype(np.int32)
    steps = np.arange(lengths.max(initial=0))
    inside = steps < lengths[:, None]  # [B, T]
    places = np.where(inside, starts[:, None] + steps, 0)
    word_ids = np.where(inside, sentences.word_ids[places], PAD).astype(np.int32)
    tag_ids = np.zeros_like(word_ids)
    if sentences.tag_ids is not None:
        tag_ids = np.where(inside, sentences.tag_ids[places], 0).astype(np.int32)
    types = sentences.types
    if types is not None:
        types = replace(types, type_ids=np.where(inside, types.type_ids[places], 0).astype(np.int32))
    context = None
    if sentences.context is not None:
        context = pad_context(sentences.context[places[inside]], lengths)
    return Batch(positions, lengths, word_ids, tag_ids, types, context=context)


def pad_context(features: Floats, lengths: Ids) -> Floats:
    """Features [N, D] of sentences one after the other as [B, T, D], with zeros beyond their lengths."""
    inside = np.arange(lengths.max(initial=0)) < lengths[:, None]  # [B, T]
    padded = np.zeros((*inside.shape, features.shape[1]), np.float32)
    padded[inside] = features
    return padded


def batches_by_length(sentences: EncodedSentences, size: int, most_tokens: int) -> Iterator[Batch]:
    """All sentences that have a token, shortest first: at most `size` a batch and `most_tokens` with padding.

    A sentence longer than `most_tokens` is a batch of its own.
    """
    lengths = sentences.lengths
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    start = 0
    while start < len(order):
        end = min(start + size, len(order))
        while end > start + 1 and int(lengths[order[end - 1]]) * (end - start) > most_tokens:
            end -= 1
        yield pad(sentences, order[start:end])
        start = end


def shuffled_batches(
    sentences: EncodedSentences, size: int, generator: np.random.Generator, *, pool: int = 1, first: int = 0
) -> Iterator[Batch]:
    """All sentences once, in random order; those from the `first` batch on. In each batch the longest comes first.

    Args:
        pool: batches among which sentences are sorted by length. The more, the less padding; but batches of nothing but
            lists and headlines teach less.
    """
    order = generator.permutation(len(sentences.lengths))
    cuts: list[NDArray[np.int64]] = []
    for start in range(0, len(order), size * pool):
        some = order[start : start + size * pool]
        some = some[np.argsort(-sentences.lengths[some], kind="stable")]
        cuts += [some[cut : cut + size] for cut in range(0, len(some), size)]
    places = generator.permutation(len(cuts)) if pool > 1 else np.arange(len(cuts))
    for place in places[first:]:
        yield pad(sentences, cuts[place])


def described_by(batch: Batch) -> tuple[NDArray[np.generic], ...]:
    """What a network reads of a batch beside its words: its letters, if any, and last its context, if it has one."""
    return (*letters_of(batch), *(() if batch.context is None else (batch.context,)))


def letters_of(batch: Batch) -> tuple[Ids, ...]:
    """What a network reads of a batch's characters, if any: char_ids [W, C], char_lengths [W] and places [B, T]."""
    if batch.types is None:
        return ()
    distinct = types_of_batch(batch.types.words, batch.types.type_ids, batch.lengths)
    return distinct.words.char_ids, distinct.words.char_lengths, distinct.places
