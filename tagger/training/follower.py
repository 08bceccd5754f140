"""What the processes of a distributed run tell each other beside gradients: where it begins, dev's scores, its end.

The chief alone scores and writes; followers hear of it and so take every step and every decision that it takes.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from tagger.errors import ConfigError, TaggerError
from tagger.evaluation.scores import Score
from tagger.training.checkpoint import progress_from_json, progress_json
from tagger.training.distribution import Replicas, WorkerLostError
from tagger.training.learner import Learner
from tagger.training.loop import Progress
from tagger.training.request import TrainRequest, check_identity, identity_of


def begin_together(replicas: Replicas | None, request: TrainRequest, progress: Progress, learner: Learner) -> Progress:
    """Put every process's learner where the chief's is; returns the chief's progress.

    Raises:
        TaggerError: this process, or another, was started with other options or files than the chief.
    """
    if replicas is None or replicas.is_alone:
        return progress
    _check_alike(replicas, request)
    begun = progress_from_json(json.loads(replicas.bytes_from_chief(json.dumps(progress_json(progress)).encode())))
    if begun != Progress():
        state = learner.state()
        learner.restore({name: replicas.from_chief(value.ravel().astype(np.float64)).astype(np.float32)
                         .reshape(value.shape) for name, value in state.items()})  # fmt: skip
    return begun


class Council:
    """How dev was scored and whether to stop, the same in every process.

    Args:
        stopping: whether this process is asked to stop; where one of several is, all do at the epoch's end.
        score_dev: the chief's scoring.
    """

    def __init__(
        self, replicas: Replicas | None, stopping: Callable[[], bool], score_dev: Callable[[], Score] | None = None
    ) -> None:
        self._replicas = None if replicas is None or replicas.is_alone else replicas
        self._asked, self._score_dev = stopping, score_dev
        self._agreed = False

    def score_dev(self) -> Score:
        """The chief's scores."""
        found = self._score_dev() if self._score_dev is not None else Score(0.0, 0.0, 0.0, 0)
        if self._replicas is None:
            return found
        numbers = self._replicas.summed(np.array([*_numbers_of(found), float(self._asked())]))
        self._agreed = numbers[-1] > 0.0
        return _score_of(numbers[:-1])

    def stopping(self) -> bool:
        """Whether the run is to stop; of several processes, whether all know of it."""
        return self._asked() if self._replicas is None else self._agreed


def end_together(replicas: Replicas | None) -> None:
    """Wait until the chief has written the model: a process that leaves early would look like a lost one.

    Raises:
        WorkerLostError: the chief is gone, and perhaps has not written it.
    """
    if replicas is None or replicas.is_alone:
        return
    with suppress(*[WorkerLostError] * replicas.is_chief):
        replicas.from_chief(np.zeros(1))
    with suppress(WorkerLostError):  # nobody leaves before all have heard
        replicas.from_chief(np.zeros(1))


def _check_alike(replicas: Replicas, request: TrainRequest) -> None:
    begun = json.loads(replicas.bytes_from_chief(json.dumps(identity_of(request)).encode()))
    try:
        check_identity(begun, request, "the chief's run")
    except TaggerError:
        with suppress(WorkerLostError):  # the others are to know, but may have left already
            replicas.summed(np.ones(1))
        raise
    if replicas.summed(np.zeros(1))[0] > 0.0:
        raise ConfigError("another worker has other options or files, see what it said; start all workers alike")


def _numbers_of(score: Score) -> list[float]:
    return [score.precision, score.recall, score.f1, float(score.support)]


def _score_of(numbers: Any) -> Score:
    precision, recall, f1, support = numbers.tolist()
    return Score(precision, recall, f1, int(support))
