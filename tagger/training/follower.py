"""What the processes of a distributed run tell each other beside gradients: where it begins, and how dev was tagged.

The chief alone scores and writes; followers hear of it and so take every step and every decision that it takes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tagger.errors import ConfigError
from tagger.evaluation.scores import Score
from tagger.training.checkpoint import progress_from_json, progress_json
from tagger.training.distribution import Replicas
from tagger.training.learner import Learner
from tagger.training.loop import Progress


def begin_together(
    replicas: Replicas | None, identity: Mapping[str, Any], progress: Progress, learner: Learner
) -> Progress:
    """Put every process's learner where the chief's is; returns the chief's progress.

    Raises:
        ConfigError: this process was started with other options or files than the chief.
    """
    if replicas is None:
        return progress
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).digest()
    if replicas.bytes_from_chief(digest) != digest:
        raise ConfigError("this worker's options or files are not the chief's; start all workers alike")
    begun = progress_from_json(json.loads(replicas.bytes_from_chief(json.dumps(progress_json(progress)).encode())))
    if begun != Progress():
        state = learner.state()
        learner.restore({name: replicas.from_chief(value.ravel().astype(np.float64)).astype(np.float32)
                         .reshape(value.shape) for name, value in state.items()})  # fmt: skip
    return begun


def told(replicas: Replicas | None, score_dev: Callable[[], Score]) -> Callable[[], Score]:
    """The chief's scoring, which the others hear the result of."""
    if replicas is None:
        return score_dev
    return lambda: _score_of(replicas.from_chief(np.array(_numbers_of(score_dev()), np.float64)))


def listening(replicas: Replicas) -> Callable[[], Score]:
    """A follower's scoring: what the chief found."""
    return lambda: _score_of(replicas.from_chief(np.zeros(4)))


def end_together(replicas: Replicas | None) -> None:
    """Wait until the chief has written the model: a process that leaves early would look like a lost one."""
    if replicas is not None:
        replicas.from_chief(np.zeros(1))


def _numbers_of(score: Score) -> list[float]:
    return [score.precision, score.recall, score.f1, float(score.support)]


def _score_of(numbers: Any) -> Score:
    precision, recall, f1, support = numbers.tolist()
    return Score(precision, recall, f1, int(support))
