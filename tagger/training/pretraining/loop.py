"""The loop of pretraining. It yields what happens; who runs it prints and saves."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from tagger.config import TrainingConfig
from tagger.errors import TaggerError
from tagger.training.pretraining.learner import LanguageLearner, Read
from tagger.training.pretraining.streams import StreamWindow
from tagger.training.pretraining.texts import LearnedText
from tagger.training.schedule import SCHEDULES

Item = TypeVar("Item")

MEASURE_EVERY = 2000  # steps, where passes are longer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands: in pass `number`, from 1, `steps` are done; `total` are of the run.

    Args:
        words: read since the last measure; loss: the sum of their -log p, the mean of all directions. seconds: what
            that took.
    """

    number: int = 1
    steps: int = 0
    total: int = 0
    words: int = 0
    loss: float = 0.0
    seconds: float = 0.0

    def after_measure(self) -> "Place":
        """The same, with nothing read since the last measure."""
        return replace(self, words=0, loss=0.0, seconds=0.0)


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step is over; `share` of the run is done. With `is_due` the network is measured before anything is kept."""

    place: Place
    share: float
    rate: float
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """The network was measured.

    Args:
        passes: of the text so far, a fraction within one. loss: the mean -log p since the last measure, as learned from
            (with dropout, and of a sample of words where one was drawn).
        perplexity: of held-out text, under the full softmax and the averaged weights.
        words, seconds: read since the last measure, and what that took; all_seconds: with measuring.
        is_due: a run that nobody asked to stop measures here as well. is_end: nothing is left to learn.
    """

    passes: float
    steps: int
    loss: float
    perplexity: float
    is_best: bool
    words: int
    seconds: float
    all_seconds: float
    is_due: bool = True
    is_end: bool = False


Happening = Stepped | Measured


def learn_passes(
    learner: LanguageLearner,
    text: LearnedText,
    training: TrainingConfig,
    *,
    place: Place = Place(),
    best: float = math.inf,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Happening]:
    """Learn for `training.epochs` passes, measuring after each and within long ones.

    Args:
        place, best: where an earlier process has left the run, and the best perplexity so far.
        stopping: asked after each step; once it says so, the network is measured and the run ends.

    Raises:
        TaggerError: the loss is no longer a finite number.
    """
    all_steps = training.epochs * text.steps
    for number in range(place.number, training.epochs + 1):
        if number > place.number:
            place = replace(place, number=number, steps=0)
        for read, is_last in _marked(islice(text.one_pass(number), place.steps, None)):
            place, event = _step(learner, read, place, training, all_steps)
            stops, is_due = stopping(), is_last or place.steps % MEASURE_EVERY == 0
            yield replace(event, is_due=is_due)
            if is_due or stops:
                measured = _measured(learner, text, place, best)
                is_end = is_last and number == training.epochs
                yield replace(measured, is_due=is_due, is_end=is_end)
                best, place = min(best, measured.perplexity), place.after_measure()
            if stops:
                return


def _marked(items: Iterable[Item]) -> Iterator[tuple[Item, bool]]:
    """Each, and whether it is the last."""
    before: list[Item] = []
    for item in items:
        yield from ((one, False) for one in before)
        before = [item]
    yield from ((one, True) for one in before)


def _step(
    learner: LanguageLearner, read: Read, place: Place, training: TrainingConfig, all_steps: int
) -> tuple[Place, Stepped]:
    started = time.perf_counter()
    share = min(1.0, place.total / all_steps)
    rate = training.learning_rate * SCHEDULES[training.schedule](share)
    loss = learner.step(read, place.total, rate)
    if not math.isfinite(loss):
        raise TaggerError(f"pass {place.number}: the loss is no longer a finite number; try a lower --learning-rate")
    words = read.onward[0].size if isinstance(read, StreamWindow) else int(read.lengths.sum())
    place = Place(
        place.number,
        place.steps + 1,
        place.total + 1,
        place.words + words,
        place.loss + loss * words,
        place.seconds + time.perf_counter() - started,
    )
    return place, Stepped(place, min(1.0, place.total / all_steps), rate)


def _measured(learner: LanguageLearner, text: LearnedText, place: Place, best: float) -> Measured:
    started = time.perf_counter()
    with learner.averaged():
        surprise, words = learner.surprise(text.held_out())
    perplexity = math.inf
    with suppress(OverflowError):
        perplexity = math.exp(surprise / words)
    if not math.isfinite(perplexity):
        raise TaggerError(f"pass {place.number}: the loss is no longer a finite number; try a lower --learning-rate")
    return Measured(
        passes=place.number - 1 + min(1.0, place.steps / text.steps),
        steps=place.total,
        loss=place.loss / place.words,
        perplexity=perplexity,
        is_best=perplexity < best,
        words=place.words,
        seconds=place.seconds,
        all_seconds=place.seconds + time.perf_counter() - started,
    )
