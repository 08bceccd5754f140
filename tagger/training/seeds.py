"""The same run with several seeds: how far apart they are, and the best of them as the model."""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tagger.errors import ConfigError, DataError, TaggerError
from tagger.evaluation.scores import Scores
from tagger.files import locked
from tagger.inference.bundle import Bundle
from tagger.training import run
from tagger.training.loop import EpochDone, has_diverged
from tagger.training.memory import release_run
from tagger.training.own_files import Names, check_own, drop_left, drop_own
from tagger.training.place import UNFINISHED_FILES
from tagger.training.rendezvous import read_cluster
from tagger.training.request import TrainRequest, identity_of
from tagger.training.run import Event, Finished, Started
from tagger.training.seeds_files import SEEDS_FILES, drop_left_seeds, seeds_path
from tagger.training.seeds_place import SeedRecord, SeedsPlace, best_of, seeds_can_go_on, seeds_place
from tagger.training.store import check_output
from tagger.training.unfinished import can_go_on, unfinished_path


@dataclass(frozen=True, slots=True)
class SeedStarted:
    """The run of a seed begins or goes on, the `number`th of `count`, from 1."""

    seed: int
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class SeedDone:
    """The run of a seed has ended.

    Args:
        earlier: in a process before this one.
    """

    record: SeedRecord
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class SeedsDone:
    """No more seeds are trained, and the best model stands at the output. The event after it is its `Finished`."""

    records: list[SeedRecord]
    best: SeedRecord


SeedsEvent = Event | SeedStarted | SeedDone | SeedsDone


def train_best(request: TrainRequest, stopping: Callable[[], bool] = lambda: False) -> Iterator[SeedsEvent]:
    """Train as many seeds as are asked for; of one, this is `train_model`.

    Args:
        stopping: as `train_model` asks it; once it says so, no other seed is begun.

    Raises:
        TaggerError: a file or an option that is not as it should be. What stood at the output stays.
    """
    if request.seeds > 1:
        return _train_seeds(request, stopping)
    if seeds_can_go_on(request.output):
        place = seeds_path(request.output), SEEDS_FILES
        _drop_or_refuse(request, *place, "runs of several seeds that were", "--seeds and --resume")
    else:
        drop_left_seeds(request.output)
    return run.train_model(request, stopping)


def runs_can_go_on(request: TrainRequest) -> bool:
    """Whether a run that was not finished is there, or several of them."""
    return seeds_can_go_on(request.output) if request.seeds > 1 else can_go_on(request.output)


def _train_seeds(request: TrainRequest, stopping: Callable[[], bool]) -> Iterator[SeedsEvent]:
    _check(request)
    first = request.config.training.seed
    with seeds_place(request) as place:
        stopped: list[SeedRecord] = []
        for number in range(1, request.seeds + 1):
            seed = first + number - 1
            record = place.record_of(seed)
            if record is not None:
                yield SeedDone(record, earlier=True)
                continue
            if stopping() and best_of(place.records) is not None:
                break
            yield SeedStarted(seed, number, request.seeds)
            record = yield from _train_seed(place.run_of(seed), stopping)
            release_run()
            if record.state == "stopped":
                stopped.append(record)
                break
            place.add(record)
            yield SeedDone(record)
        yield from _end(place, [*place.records, *stopped], request)


def _train_seed(request: TrainRequest, stopping: Callable[[], bool]) -> Generator[SeedsEvent, None, SeedRecord]:
    """The events of a run, but for its last one; returns what came of it."""
    seed, epochs = request.config.training.seed, list[EpochDone]()
    with closing(cast("Generator[Event, None, None]", run.train_model(request, stopping))) as events:
        try:
            for event in events:
                match event:
                    case Finished(best_epoch=best, complete=complete):
                        f1 = next(epoch.dev.f1 for epoch in epochs if epoch.epoch == best)
                        return SeedRecord(seed, "finished" if complete else "stopped", f1, best)
                    case Started(progress=progress):
                        epochs += progress.history
                    case EpochDone():
                        epochs.append(event)
                yield event
        except TaggerError as error:
            if not has_diverged(error):
                raise
            return SeedRecord(seed, "failed", reason=str(error))
    raise AssertionError("a run ends with Finished")


def _end(place: SeedsPlace, records: list[SeedRecord], request: TrainRequest) -> Iterator[SeedsEvent]:
    """Choose the best and put it at the output."""
    best, is_over = best_of(records), len(place.records) == request.seeds
    if best is None:
        place.drop()
        raise TaggerError(f"all of {len(records)} seeds failed; seed {records[0].seed}: {records[0].reason}")
    assert best.best_epoch is not None
    place.put(best)
    for record in records:
        if record.state == "stopped":  # what it goes on from lies beside
            shutil.rmtree(place.run_of(record.seed).output)
    if is_over:
        place.drop()
    yield SeedsDone(records, best)
    scores = Scores.from_json(Bundle.open(request.output).manifest.scores)
    resumable = seeds_can_go_on(request.output)
    yield Finished(request.output, best.best_epoch, scores, resumable, complete=is_over)


def _check(request: TrainRequest) -> None:
    """See before anything is learned that the seeds can be trained and compared."""
    if read_cluster() is not None:
        raise ConfigError("TF_CONFIG: several seeds are trained by one process; unset it, or leave --seeds out")
    asked = f"--seeds {request.seeds}"
    if request.dev is None:
        raise ConfigError(
            f"{asked}: each seed would hold out another tenth, so scores could not be compared; name --dev"
        )
    check_output(request.output)
    digests = identity_of(request)["files"]
    for name, path in request.files().items():
        if path is not None and digests[name] is None:
            raise DataError(f"{path}: a pipe can be read only once, and {asked} reads it again; make it a file")
    place = unfinished_path(request.output), UNFINISHED_FILES
    if can_go_on(request.output):
        _drop_or_refuse(request, *place, "a run of one seed that was", "--resume and without --seeds")
    else:
        drop_left(*place)
    if seeds_can_go_on(request.output) and not (request.resume or request.restart):
        path = seeds_path(request.output)
        raise DataError(f"{path}: runs that were not finished; go on with --resume, or drop them with --restart")


def _drop_or_refuse(request: TrainRequest, path: Path, names: Names, what: str, how: str) -> None:
    """Drop what an unfinished command with another --seeds has left, if that is asked for.

    Raises:
        DataError: it is not, or somebody has put something else there.
    """
    if not request.restart:
        raise DataError(f"{path}: {what} not finished; go on with {how}, or begin anew with --restart")
    with locked(path, "another `tagger train` is at work here"):
        check_own(path, names)
        drop_own(path, names)
