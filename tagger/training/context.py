"""Features that a language model of characters gives to train and dev: read once, and kept."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tagger.corpus.sentence import Sentence
from tagger.features.batching import EncodedSentences, Floats
from tagger.training.prepare import Prepared

_SENTENCES = 2048  # read at once


@dataclass(frozen=True, slots=True)
class ContextRead:
    """So many of all tokens of train and dev have been read by the language model of characters."""

    tokens: int
    all_tokens: int

    @property
    def is_last(self) -> bool:
        """Whether these are all."""
        return self.tokens == self.all_tokens


class RememberedContext:
    """Gives features of sentences that were read before.

    Args:
        features: [N, D], of the sentences one after the other.
    """

    def __init__(self, sentences: Sequence[Sentence], features: Floats) -> None:
        self.size = features.shape[1]
        self._features = features
        ends = np.cumsum([len(sentence.tokens) for sentence in sentences]).tolist()
        self._ends = dict(zip((sentence.tokens for sentence in sentences), ends, strict=True))

    def features(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """Those of all tokens, sentence after sentence, [N, D]."""
        parts = [self._features[(end := self._ends[tuple(tokens)]) - len(tokens) : end] for tokens in sentences]
        return np.concatenate([self._features[:0], *parts])


def read_context(prepared: Prepared) -> Generator[ContextRead, None, Prepared]:
    """Have train and dev read, if there is a language model of characters; returns what a run begins with then."""
    model, data = prepared.plan.character_model, prepared.plan.data
    if model is None:
        return prepared
    parts, read = ((data.train, prepared.train), (data.dev, prepared.dev)), list[EncodedSentences]()
    done, all_tokens = 0, sum(len(encoded.word_ids) for _, encoded in parts)
    for sentences, encoded in parts:
        context = np.empty((len(encoded.word_ids), model.note.features), np.float32)
        for start in range(0, len(sentences), _SENTENCES):
            some = [sentence.tokens for sentence in sentences[start : start + _SENTENCES]]
            first, end = encoded.offsets[[start, start + len(some)]].tolist()
            context[first:end] = model.reader.features(some)
            done += end - first
            yield ContextRead(done, all_tokens)
        read.append(replace(encoded, context=context))
    return replace(prepared, train=read[0], dev=read[1])
