"""A whole training run: files in, a model directory out."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from tagger.errors import ConfigError
from tagger.evaluation.scores import Scores
from tagger.training.checkpoint import Checkpoint, write_checkpoint
from tagger.training.context import ContextRead, RememberedContext, read_context
from tagger.training.distribution import Replicas, find_replicas
from tagger.training.follower import Council, begin_together, end_together
from tagger.training.initial import CarriedOver
from tagger.training.judge import Judge
from tagger.training.learner import Learner
from tagger.training.loop import Collapsed, EpochDone, Progress, StepDone, train_epochs
from tagger.training.place import find_checkpoint, unfinished_run
from tagger.training.plan import Plan
from tagger.training.prepare import Prepared, prepare
from tagger.training.rendezvous import read_cluster
from tagger.training.request import TrainRequest, identity_of
from tagger.training.store import check_output, complete_model, place_model, write_history, write_run_file
from tagger.training.unfinished import Unfinished
from tagger.training.watcher import Watcher, tensorboard_path


@dataclass(frozen=True, slots=True)
class Waiting:
    """This process waits for the run's other ones, at these addresses."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """The data is read and the network built; `parameters` and `pretrained` vectors are counted.

    Args:
        progress: what an earlier process has done of the run.
    """

    plan: Plan
    parameters: int
    pretrained: int
    progress: Progress
    carried: CarriedOver | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The model stands on disk.

    Args:
        resumable: the run was asked to stop before its end and can go on.
        complete: it was not asked to stop before its end.
    """

    output: Path
    best_epoch: int
    scores: Scores
    resumable: bool = False
    complete: bool = True


Event = Waiting | ContextRead | Started | StepDone | EpochDone | Collapsed | Finished


def train_model(request: TrainRequest, stopping: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Train a model and write it to `request.output`, yielding what happens on the way.

    Args:
        stopping: asked after each step, of several processes after each epoch; once it says so, the best network so
            far becomes the model.

    Raises:
        TaggerError: a file or an option that is not as it should be. What stood at the output stays.
    """
    cluster = read_cluster()
    if cluster is not None:
        _check_alone(request, "TF_CONFIG")
        yield Waiting(cluster.others)
    replicas = find_replicas(cluster, stopping)
    if replicas is not None:
        _check_alone(request, "several graphics cards")
    check_output(request.output)
    tf.config.experimental.enable_op_determinism()
    if replicas is None or replicas.is_chief:
        yield from _lead(request, replicas, stopping)
    else:
        yield from _follow(request, replicas, stopping)


def _check_alone(request: TrainRequest, others: str) -> None:
    given = {"unlabelled": bool(request.unlabelled), "character-lm": request.character_lm is not None}
    for name, is_given in given.items():
        if is_given:
            advice = "leave it out, or train in one process that sees one card"
            raise ConfigError(f"--{name}: {others}: it is learned from on one device alone so far; {advice}")


def _lead(request: TrainRequest, replicas: Replicas | None, stopping: Callable[[], bool]) -> Iterator[Event]:
    find_checkpoint(request)  # refused before anything long is begun
    prepared = yield from read_context(prepare(request))
    plan, identity = prepared.plan, identity_of(request)
    with unfinished_run(request) as unfinished:
        checkpoint = find_checkpoint(request)  # once no other process can move it
        learner = Learner(prepared.network, plan.config, replicas)
        if checkpoint is not None:
            learner.restore(checkpoint.tensors)
        progress = begin_together(replicas, request, checkpoint.progress if checkpoint else Progress(), learner)
        write_run_file(unfinished.path, request, unfinished.path)
        yield Started(plan, prepared.parameters, prepared.pretrained, progress, prepared.carried)

        judge = Judge(prepared.network, plan, unfinished, _context_of_dev(prepared))
        saver = _Saver(unfinished, learner, identity, 60.0 * request.running.checkpoint_minutes)
        with Watcher(tensorboard_path(request), plan, learner, progress) as watcher:
            council, collapsed = Council(replicas, stopping, judge.score_dev), False
            for event in _epochs(prepared, learner, council, progress):
                if isinstance(event, Collapsed):
                    collapsed = True
                    yield event
                    continue
                if isinstance(event, EpochDone):
                    progress = progress.after(event)
                    if event.is_best:
                        judge.keep(event.epoch)
                    write_history(unfinished.path, progress.history)
                    saver.after_epoch(progress, event)
                else:
                    saver.after_step(Progress(event.position, progress.history), event.is_last)
                watcher.see(event)
                yield event
        assert progress.best is not None
        best = progress.best.epoch
        temperature = judge.best_temperature(best)
        scores = judge.best_scores(best, temperature)
        model = unfinished.draft_of(best)
        complete_model(model, plan, progress.history, request, scores=scores, temperature=temperature)
        place_model(model, request.output)
        stopped = council.stopping() and not collapsed and not _is_over(progress, request)
        resumable = stopped and unfinished.has_checkpoint
        if not resumable:
            unfinished.drop()
    end_together(replicas)
    yield Finished(request.output, best, scores, resumable, complete=not stopped)


def _follow(request: TrainRequest, replicas: Replicas, stopping: Callable[[], bool]) -> Iterator[Event]:
    prepared = prepare(request)
    learner = Learner(prepared.network, prepared.plan.config, replicas)
    progress = begin_together(replicas, request, Progress(), learner)
    yield Started(prepared.plan, prepared.parameters, prepared.pretrained, progress)
    yield from _epochs(prepared, learner, Council(replicas, stopping), progress)
    end_together(replicas)


def _context_of_dev(prepared: Prepared) -> RememberedContext | None:
    if prepared.dev.context is None:
        return None
    return RememberedContext(prepared.plan.data.dev, prepared.dev.context)


def _epochs(
    prepared: Prepared, learner: Learner, council: Council, progress: Progress
) -> Iterator[StepDone | EpochDone | Collapsed]:
    data = prepared.train, prepared.dev, prepared.plan.config
    stopping, others = council.stopping, prepared.unlabelled
    return train_epochs(learner, *data, council.score_dev, progress=progress, stopping=stopping, unlabelled=others)


def _is_over(progress: Progress, request: TrainRequest) -> bool:
    """Whether an epoch that was stopped in was the last in any case."""
    return progress.history[-1].complete and progress.position.epoch > request.config.training.epochs


class _Saver:
    """Writes checkpoints: after each epoch, every so many seconds within one, and before a run stops."""

    def __init__(self, unfinished: Unfinished, learner: Learner, identity: dict[str, object], seconds: float) -> None:
        self._unfinished, self._learner, self._identity, self._seconds = unfinished, learner, identity, seconds
        self._written = time.monotonic()

    def after_step(self, progress: Progress, is_last: bool) -> None:
        if self._seconds and (is_last or time.monotonic() - self._written > self._seconds):
            self._save(progress)

    def after_epoch(self, progress: Progress, epoch: EpochDone) -> None:
        if self._seconds and epoch.complete:
            self._save(progress)

    def _save(self, progress: Progress) -> None:
        write_checkpoint(Checkpoint(self._identity, progress, self._learner.state()), self._unfinished.checkpoint)
        self._unfinished.drop_worse(progress.best.epoch if progress.best is not None else None)
        self._written = time.monotonic()
