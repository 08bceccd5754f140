"""A whole pretraining run: text in, a language model's directory out."""

import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from tagger.files import swap_directory
from tagger.training.pretraining.learner import LanguageLearner
from tagger.training.pretraining.loop import Measured, Place, Stepped, learn_passes
from tagger.training.pretraining.place import (
    LanguageCheckpoint,
    best_of,
    check_language_output,
    save_checkpoint,
    unfinished_pretraining,
)
from tagger.training.pretraining.prepare import PreparedText, prepare_text
from tagger.training.pretraining.request import PretrainRequest, identity_of
from tagger.training.pretraining.store import complete_language_model, write_weights
from tagger.training.saving import saving
from tagger.training.unfinished import Unfinished


@dataclass(frozen=True, slots=True)
class PretrainingStarted:
    """The text is counted and the network built.

    Args:
        place, history: what an earlier process has done of the run.
    """

    prepared: PreparedText
    place: Place
    history: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class PretrainingFinished:
    """The model stands on disk; `resumable`: the run was asked to stop before its end and can go on."""

    output: Path
    perplexity: float
    resumable: bool


PretrainingEvent = PretrainingStarted | Stepped | Measured | PretrainingFinished


def pretrain(request: PretrainRequest, stopping: Callable[[], bool] = lambda: False) -> Iterator[PretrainingEvent]:
    """Train a language model and write it to `request.output`, yielding what happens on the way.

    Args:
        stopping: asked after each step; once it says so, the best network so far becomes the model.

    Raises:
        TaggerError: a file or an option that is not as it should be. What stood at the output stays.
    """
    check_language_output(request.output)
    tf.config.experimental.enable_op_determinism()
    with unfinished_pretraining(request) as (unfinished, checkpoint):
        prepared = prepare_text(request)
        learner = LanguageLearner(prepared.network, prepared.config)
        if checkpoint is not None:
            learner.restore(checkpoint.tensors)
        run = _Run(request, unfinished, prepared, learner, checkpoint)
        yield PretrainingStarted(prepared, run.at, run.history)
        yield from run.events(stopping)
        run.finish()
        if not run.resumable:
            unfinished.drop()
    yield PretrainingFinished(request.output, run.perplexity, run.resumable)


class _Run:
    """What a run has come to.

    The measure that ends one because somebody asked it to stop is in its model and in no checkpoint: the run that goes
    on has never seen it, and so ends as if nobody had asked.
    """

    def __init__(
        self,
        request: PretrainRequest,
        unfinished: Unfinished,
        prepared: PreparedText,
        learner: LanguageLearner,
        checkpoint: LanguageCheckpoint | None,
    ) -> None:
        self.at = checkpoint.place if checkpoint is not None else Place()
        self.history = checkpoint.history if checkpoint is not None else ()
        self._request, self._unfinished, self._prepared, self._learner = request, unfinished, prepared, learner
        self._identity = identity_of(request)
        self._saved = time.monotonic()
        self._last: Measured | None = None  # where the run was asked to stop

    @property
    def measured(self) -> tuple[Measured, ...]:
        """All measures that have led to the model."""
        return self.history if self._last is None else (*self.history, self._last)

    @property
    def perplexity(self) -> float:
        """Of the model."""
        return min(measured.perplexity for measured in self.measured)

    @property
    def resumable(self) -> bool:
        """Whether something is left to learn, by a run that goes on."""
        return not self.measured[-1].is_end and self._unfinished.has_checkpoint

    def events(self, stopping: Callable[[], bool]) -> Iterator[Stepped | Measured]:
        """All steps and measures still to come; keeps the best network and checkpoints."""
        best = min((measured.perplexity for measured in self.history), default=math.inf)
        text, training = self._prepared.text, self._prepared.config.training
        for event in learn_passes(self._learner, text, training, place=self.at, best=best, stopping=stopping):
            if isinstance(event, Measured):
                self._take(event)
            else:
                self.at = event.place
                if not event.is_due and time.monotonic() - self._saved > 60.0 * self._request.checkpoint_minutes:
                    self._save()
            yield event

    def finish(self) -> None:
        """Put the best network in its place."""
        draft, best = self._unfinished.draft, best_of(self.history)
        if self._last is not None and self._last.is_best:
            self._write(draft)
        elif best is not None:
            self._unfinished.draft_of(best)
        complete_language_model(draft, self._prepared, self.measured)
        check_language_output(self._request.output)
        with saving(self._request.output):
            swap_directory(draft, self._request.output)

    def _take(self, measured: Measured) -> None:
        if not measured.is_due:
            self._save()
            self._last = measured
            return
        self.history, self.at = (*self.history, measured), self.at.after_measure()
        if measured.is_best:
            self._write(self._unfinished.best(measured.steps))
        self._save()
        self._unfinished.drop_worse(best_of(self.history))

    def _write(self, directory: Path) -> None:
        with saving(directory):
            shutil.rmtree(directory, ignore_errors=True)
        with self._learner.averaged():
            write_weights(self._prepared, directory)

    def _save(self) -> None:
        if self._request.checkpoint_minutes:
            checkpoint = LanguageCheckpoint(self._identity, self.at, self.history, self._learner.state())
            save_checkpoint(checkpoint, self._unfinished)
            self._saved = time.monotonic()
