"""The directory beside the output in which a run lives until its model is whole: `MODEL.unfinished`.

It holds the last checkpoint, the best epoch's network and the run's options, so that a run that was killed can go on.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tagger.errors import DataError
from tagger.files import check_place, locked
from tagger.inference.bundle import HISTORY, RUN_FILE
from tagger.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from tagger.training.own_files import MODEL_FILES, Names, check_own, drop_own, empty_own
from tagger.training.request import TrainRequest, check_identity
from tagger.training.saving import saving

_CHECKPOINT, _BEST, _OVER, _CANDIDATE, _DRAFT = "checkpoint", "best-", "over", "candidate", "model"

UNFINISHED_FILES: Names = {
    rf"{_CHECKPOINT}|{_CHECKPOINT}\.draft|{_OVER}": dict.fromkeys((r"state\.json", r"tensors\.safetensors")),
    rf"{_BEST}\d+|{_CANDIDATE}|{_DRAFT}": MODEL_FILES,
    f"{re.escape(RUN_FILE)}|{re.escape(HISTORY)}": None,
}


class Unfinished:
    """A run's directory; who holds one holds its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.candidate = path / _CANDIDATE

    def best(self, epoch: int) -> Path:
        """Where an epoch's network is kept."""
        return self.path / f"{_BEST}{epoch}"

    def draft_of(self, epoch: int) -> Path:
        """A directory for the model, with a copy of that network in it: the run may still go on from its own.

        Raises:
            DataError: it cannot be written.
        """
        draft = self.path / _DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        with saving(draft):
            draft.mkdir()
            for part in self.best(epoch).iterdir():
                shutil.copyfile(part, draft / part.name)
        return draft

    @property
    def has_checkpoint(self) -> bool:
        """Whether a run can go on from here."""
        return (self.path / _CHECKPOINT).exists()

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint; the networks of epochs that are no longer the best go after it.

        Raises:
            DataError: it cannot be written.
        """
        write_checkpoint(checkpoint, self.path / _CHECKPOINT)
        best = checkpoint.progress.best
        for old in self.path.glob(f"{_BEST}*"):
            if old.name.removeprefix(_BEST).isdecimal() and (best is None or old != self.best(best.epoch)):
                shutil.rmtree(old)

    def drop(self) -> None:
        """The model is whole, so that there is nothing to go on with; the directory goes when its block ends."""
        with saving(self.path), suppress(FileNotFoundError):
            (self.path / _CHECKPOINT).rename(self.path / _OVER)


def unfinished_path(output: Path) -> Path:
    """Where the run that makes a model lives meanwhile."""
    place = output.resolve()
    return place.with_name(place.name + ".unfinished")


def can_go_on(request: TrainRequest) -> bool:
    """Whether a run that was not finished is there."""
    return Unfinished(unfinished_path(request.output)).has_checkpoint


def find_checkpoint(request: TrainRequest) -> Checkpoint | None:
    """The checkpoint that a run is to go on from, if one is.

    Raises:
        TaggerError: one is there and nothing was said of it, or it is another run's, or damaged; or somebody has put
            something else there.
    """
    path = unfinished_path(request.output)
    check_place(path)
    check_own(path, UNFINISHED_FILES)
    if not Unfinished(path).has_checkpoint or request.restart:
        return None
    if not request.resume:
        raise DataError(f"{path}: a run that was not finished; go on with --resume, or drop it with --restart")
    checkpoint = read_checkpoint(path / _CHECKPOINT)
    check_identity(checkpoint.identity, request, f"the run in {path}", "begin anew with --restart")
    return checkpoint


@contextmanager
def unfinished_run(request: TrainRequest) -> Iterator[Unfinished]:
    """The run's directory, emptied unless it is to go on. It stays where the block ends badly after a checkpoint.

    Raises:
        DataError: another process is at work on it, it cannot be made, or somebody has put something else there.
    """
    unfinished = Unfinished(unfinished_path(request.output))
    try:
        unfinished.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{unfinished.path}: cannot be made: {error.strerror}") from None
    with locked(unfinished.path, "another `tagger train` is at work here"):
        check_own(unfinished.path, UNFINISHED_FILES)
        try:
            if not (request.resume and unfinished.has_checkpoint):
                with saving(unfinished.path):
                    empty_own(unfinished.path, UNFINISHED_FILES)
            yield unfinished
        finally:
            if not unfinished.has_checkpoint:
                drop_own(unfinished.path, UNFINISHED_FILES)
