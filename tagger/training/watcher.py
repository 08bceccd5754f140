"""Tells TensorBoard of a run, where it was asked for."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tagger.training.learner import Learner, StepLosses
from tagger.training.loop import EpochDone, Position, Progress, StepDone
from tagger.training.plan import Plan
from tagger.training.request import TrainRequest

_SECONDS = 1.0  # between steps that are logged


def tensorboard_path(request: TrainRequest) -> Path | None:
    """Where the logs of a run go, if it keeps any: beside the model, and they stay there.

    Those of several seeds are runs of one log directory.
    """
    place = request.place.resolve()
    logs = place.with_name(place.name + ".tensorboard")
    if request.home is not None:
        logs /= request.output.name
    return logs if request.running.tensorboard else None


class Watcher:
    """Logs events into a directory; without one it does nothing.

    Args:
        progress: where the run stands. clock: seconds from some moment.
    """

    def __init__(
        self,
        directory: Path | None,
        plan: Plan,
        learner: Learner,
        progress: Progress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._plan, self._learner, self._clock = None, plan, learner, clock
        self._next, self._position = 0.0, progress.position
        if directory is not None:
            from tagger.training.tensorboard import TensorBoardLog

            done = progress.history[-1].steps if progress.history else 0
            self._log = TensorBoardLog(directory, from_step=done + progress.position.steps)
            self._log.graph(learner.graph())

    def see(self, event: StepDone | EpochDone) -> None:
        """Log an event, of many steps a second one; every event has to be shown, as a step's loss is a difference."""
        if self._log is None:
            return
        if isinstance(event, EpochDone):
            self._log.epoch(event, event.steps - 1)
            if event.is_best:
                words = self._plan.vocabulary
                self._log.projector(self._learner.state()["embedding"], words.words[: words.train_rows])
            return
        losses, self._position = _own_losses(self._position, event.position), event.position
        now = self._clock()
        if now >= self._next:
            has_language_model = self._plan.config.language_model.lm_weight > 0.0
            lm_loss = losses.language_model if has_language_model else None
            self._log.step(event.number, losses.tags, lm_loss, event.rate, event.tokens / event.position.seconds)
            self._next = now + _SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._log is not None:
            self._log.close()


def _own_losses(before: Position, after: Position) -> StepLosses:
    """Of the one step between two positions."""
    sums = before.losses if before.epoch == after.epoch else Position().losses
    tags, language_model, tokens = (later - sooner for sooner, later in zip(sums, after.losses, strict=True))
    return StepLosses(tags / tokens, language_model / tokens)
