"""Findings by a model: tokens of which it is sure that they are something else than the annotation says."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.checking.confident_learning import NONE, Classes, Floats, confident_classes
from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile, PlacedSentence, shown
from tagger.corpus.entities import OUTSIDE, split_tag
from tagger.inference.tagger import Tagger

_WINDOW = 2048  # sentences whose probabilities are held by label before they are added up by type


@dataclass(frozen=True, slots=True)
class _Suspect:
    """Adjacent tokens of a sentence that are annotated alike and of which the model is sure of the same other type."""

    sentence: PlacedSentence
    start: int
    end: int
    given: str
    better: str
    given_probability: float
    better_probability: float


def suspicions(file: LabelledFile, tagger: Tagger, trained_on: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding for each run of tokens that a confident model sees otherwise, the most suspicious first.

    Types count, not where entities begin; tokens of a type that the model does not know are left out.

    Args:
        trained_on: what the model's manifest says of its data.
    """
    if was_seen(file, trained_on):
        found = "the model was trained on a file with these very counts: it knows these tags by heart, wrong ones too"
        yield file.finding(1, Kind.MEMORISED, f"{found}; use one that was trained on other sentences")
    if file.sentences:
        for suspect in sorted(_suspects(file, tagger), key=lambda suspect: suspect.given_probability):
            yield file.finding(suspect.sentence.lines[suspect.start], Kind.DISAGREEMENT, _message(suspect))


def was_seen(file: LabelledFile, trained_on: Mapping[str, Any]) -> bool:
    """Whether the counts of a file are those of what the model was trained on, or of that with what was held out."""
    entities = Counter(entity.type for sentence in file.sentences for entity in sentence.entities)
    counts = len(file.sentences), sum(len(sentence.tokens) for sentence in file.sentences), entities
    train, dev = (
        (part.get("sentences", 0), part.get("tokens", 0), Counter(part.get("entities", {})))
        for part in (trained_on.get("train", {}), trained_on.get("dev", {}))
    )
    both = train[0] + dev[0], train[1] + dev[1], train[2] + dev[2]
    return counts == train or (bool(trained_on.get("dev", {}).get("held_out_of_train")) and counts == both)


def _suspects(file: LabelledFile, tagger: Tagger) -> Iterator[_Suspect]:
    names = [OUTSIDE, *sorted({split_tag(label)[1] for label in tagger.labels} - {""})]
    probabilities = _probabilities(file.sentences, tagger, names)
    given = _given(file.sentences, names)
    known = given != NONE
    better = np.full(len(given), NONE, np.intp)
    better[known] = confident_classes(probabilities[known], given[known])
    places = np.arange(len(given))
    differs = (better != NONE) & (probabilities[places, better] > probabilities[places, given])
    start = 0
    for sentence in file.sentences:
        end = start + len(sentence.tokens)
        for run in _runs(np.flatnonzero(differs[start:end]).tolist(), given[start:end], better[start:end]):
            tokens = slice(start + run[0], start + run[-1] + 1)
            old, new = int(given[tokens.start]), int(better[tokens.start])
            least, most = float(probabilities[tokens, old].min()), float(probabilities[tokens, new].max())
            yield _Suspect(sentence, run[0], run[-1] + 1, names[old], names[new], least, most)
        start = end


def _runs(places: Sequence[int], given: Classes, better: Classes) -> list[list[int]]:
    """Places without a gap between them that differ in the same way."""
    keyed = groupby(enumerate(places), lambda pair: (pair[1] - pair[0], given[pair[1]], better[pair[1]]))
    return [[place for _, place in group] for _, group in keyed]


def _given(sentences: Sequence[PlacedSentence], names: Sequence[str]) -> Classes:
    """The annotated class of each token, [N]."""
    columns = {name: column for column, name in enumerate(names)}
    of_tags: dict[str, int] = {}
    for sentence in sentences:
        for tag in sentence.tags:
            if tag not in of_tags:
                of_tags[tag] = columns.get(split_tag(tag)[1] or OUTSIDE, NONE)
    return np.array([of_tags[tag] for sentence in sentences for tag in sentence.tags], np.intp)


def _probabilities(sentences: Sequence[PlacedSentence], tagger: Tagger, names: Sequence[str]) -> Floats:
    """How likely each token is of each type, or O, [N, C]: the sum over the labels of the type."""
    types = [split_tag(label)[1] or OUTSIDE for label in tagger.labels]
    adds: NDArray[np.float64] = np.array([[type_ == name for name in names] for type_ in types], np.float64)  # [K, C]
    parts = []
    for start in range(0, len(sentences), _WINDOW):
        tokens = [sentence.tokens for sentence in sentences[start : start + _WINDOW]]
        parts.append(np.concatenate(tagger.marginals(tokens)) @ adds)
    return np.concatenate(parts)


def _message(suspect: _Suspect) -> str:
    text = shown(" ".join(suspect.sentence.tokens[suspect.start : suspect.end]))
    sure = f"the model is sure of {suspect.better} ({suspect.better_probability:.3f})"
    return f"{text} is {suspect.given} ({suspect.given_probability:.3f} to the model), {sure}; see which is right"
