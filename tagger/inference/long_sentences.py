"""Sentences too long for memory: tagged in windows that overlap, joined in the middle of what they share.

A network forgets: what stands hundreds of tokens away changes no tag, so the windows' tags are those of the whole.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace

from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.inference.prediction import Prediction

WHOLE = 2**14  # tokens of a sentence that is tagged whole: some 200 MB
WINDOW, SHARED = 2**13, 2**10  # tokens of a window, and of those that it has in common with the next one


def is_long(sentence: Sentence) -> bool:
    """Whether it is tagged in windows."""
    return len(sentence.tokens) > WHOLE


def in_windows(sentence: Sentence) -> Iterator[Sentence]:
    """The sentence, or its windows if it is too long; that it is, is logged as a warning."""
    if not is_long(sentence):
        yield sentence
        return
    length = len(sentence.tokens)
    begin = " ".join(sentence.tokens[:5])[:60]
    problem = f"the sentence that begins with {begin!r} has {length:,} tokens"
    logging.getLogger(__name__).warning("%s; it is tagged in windows of %s that overlap", problem, f"{WINDOW:,}")
    for start in _starts(length):
        yield Sentence(sentence.tokens[start : start + WINDOW])


def joined(sentence: Sentence, predictions: Iterator[Prediction], scheme: Scheme) -> Prediction:
    """What is predicted of a sentence, taken from what is predicted of its windows, which come next.

    Of two windows, the first one's entities that begin in the first half of what both see are taken, and the second
    one's that follow these.
    """
    if not is_long(sentence):
        return next(predictions)
    length = len(sentence.tokens)
    entities, confidences, reached = [], [], 0
    for start in _starts(length):
        window, end = next(predictions), start + WINDOW
        middle = end - SHARED // 2 if end < length else length
        for entity, confidence in zip(window.sentence.entities, window.confidences, strict=True):
            if reached <= start + entity.start < middle:
                entities.append(replace(entity, start=start + entity.start, end=start + entity.end))
                confidences.append(confidence)
        reached = max(middle, entities[-1].end if entities else 0)
    return Prediction(Sentence(sentence.tokens, scheme.tags_of(entities, length)), tuple(confidences))


def _starts(length: int) -> range:
    """Where the windows of a long sentence begin; the last one sees more than the one before it."""
    return range(0, length - SHARED, WINDOW - SHARED)
