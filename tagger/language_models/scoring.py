"""Takes down how likely what came next was to a language model."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tagger.features.characters import EncodedWords
from tagger.features.vocabulary import UNK
from tagger.inference.session import Features, Spelling
from tagger.language_models.bundle import BACKWARD, FORWARD, LanguageBundle
from tagger.language_models.encoding import Ids
from tagger.language_models.session import Carried, LanguageSession, Steps

Watch = Callable[[int], None]

_STEPS = 1024  # predictions that are made at once,
_SCORES = 2**22  # or fewer, so that there are at most so many scores of classes

_LARGEST = math.log(sys.float_info.max)


@dataclass(frozen=True, slots=True)
class Perplexity:
    """How well a model foretells a text: exp of the mean of -log p over predictions.

    Args:
        overall: of the predictions of both directions. backward: None for a model that reads forward alone.
        predictions: in each direction. units: words or characters of the text. unknown: those among them that are
            `<unk>` to the model.
        bits_per_character: of the forward direction, as published figures are; None for a model of words.
    """

    overall: float
    forward: float
    backward: float | None
    predictions: int
    units: int
    unknown: int
    bits_per_character: float | None


class Scorer:
    """A model and what it has foretold so far.

    Args:
        watch: told after every step how many predictions are made, of both directions.
        threads: ONNX Runtime's; 0 lets it choose.
    """

    def __init__(self, bundle: LanguageBundle, watch: Watch, threads: int) -> None:
        self.sessions = {name: LanguageSession(bundle.path, name, threads) for name in bundle.directions}
        self.steps = max(1, min(_STEPS, _SCORES // bundle.classes))
        self.units = 0
        self._unknown = 0
        self._classes = bundle.classes
        self._of_characters = not bundle.reads_words
        self._spelling = None if bundle.spelling_path is None else Spelling(bundle.spelling_path, threads)
        self._losses = dict.fromkeys(self.sessions, 0.0)
        self._predictions = dict.fromkeys(self.sessions, 0)
        self._watch = watch

    def features(self, words: EncodedWords) -> Features | None:
        """What the model makes of the spelling of distinct words, [W, F], if it looks at it."""
        return None if self._spelling is None else self._spelling.word_features(words)

    def count(self, rows: Ids) -> None:
        """Take down words or characters of the text, by their rows of the matrix."""
        self.units += len(rows)
        self._unknown += int((self._class_of(rows) == UNK - 1).sum())

    def foretell(self, direction: str, steps: Steps, targets: Ids, before: Carried) -> Carried:
        """Take down how likely what came next was, and say what is carried on.

        Args:
            steps: where they are more than `self.steps`, of one sentence alone.
            targets: [T, B], rows of the matrix.
        """
        for start in range(0, len(steps.ids), self.steps):
            part = slice(start, start + self.steps)
            lengths = np.minimum(steps.lengths - start, self.steps)
            type_ids = None if steps.type_ids is None else steps.type_ids[part]
            window = Steps(steps.ids[part], lengths, steps.features, type_ids)
            places = np.flatnonzero(np.arange(len(window.ids))[:, None] < lengths).astype(np.int32)
            classes = self._class_of(targets[part].ravel()[places])
            found, before = self.sessions[direction].target_log_probabilities(window, before, places, classes)
            self._losses[direction] -= float(found.sum(dtype=np.float64))
            self._predictions[direction] += len(found)
            self._watch(sum(self._predictions.values()))
        return before

    def perplexity(self) -> Perplexity:
        """What came of it all."""
        means = {name: loss / self._predictions[name] for name, loss in self._losses.items()}
        overall = sum(self._losses.values()) / sum(self._predictions.values())
        return Perplexity(
            overall=_exp(overall),
            forward=_exp(means[FORWARD]),
            backward=_exp(means[BACKWARD]) if BACKWARD in means else None,
            predictions=self._predictions[FORWARD],
            units=self.units,
            unknown=self._unknown,
            bits_per_character=means[FORWARD] / math.log(2.0) if self._of_characters else None,
        )

    def _class_of(self, rows: Ids) -> Ids:
        """The class of each row of the matrix, that of `<unk>` for those beyond the classes."""
        return np.where(rows <= self._classes, rows, UNK).astype(np.int32) - 1


def _exp(value: float) -> float:
    """Of a model that is quite sure of something else no number may be large enough."""
    return math.exp(value) if value < _LARGEST else math.inf
