"""The directory beside the output in which a run lives until its model is whole: `MODEL.unfinished`.

It holds the last checkpoint and the best network so far, so that a run that was killed can go on.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tagger.errors import DataError
from tagger.files import check_place, locked, make_directory
from tagger.training.own_files import Names, check_own, drop_own, empty_own, stands_in
from tagger.training.saving import saving
from tagger.training.stored_state import STATE_FILES

_CHECKPOINT, _BEST, _OVER, _CANDIDATE, _DRAFT = "checkpoint", "best-", "over", "candidate", "model"


class Unfinished:
    """A run's directory; who holds one holds its lock. Networks are known by a number, such as their epoch's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint, self.candidate, self.draft = path / _CHECKPOINT, path / _CANDIDATE, path / _DRAFT

    def best(self, number: int) -> Path:
        """Where a network is kept."""
        return self.path / f"{_BEST}{number}"

    def draft_of(self, number: int) -> Path:
        """A directory for the model, with a copy of that network in it: the run may still go on from its own.

        Raises:
            DataError: it cannot be written.
        """
        shutil.rmtree(self.draft, ignore_errors=True)
        with saving(self.draft):
            self.draft.mkdir()
            for part in self.best(number).iterdir():
                shutil.copyfile(part, self.draft / part.name)
        return self.draft

    @property
    def has_checkpoint(self) -> bool:
        """Whether a run can go on from here; DataError where that cannot be seen."""
        return stands_in(self.path, _CHECKPOINT)

    def drop_worse(self, best: int | None) -> None:
        """Remove the networks that are no longer the best.

        Raises:
            DataError: one cannot be removed.
        """
        with saving(self.path):
            for old in self.path.glob(f"{_BEST}*"):
                if re.fullmatch(rf"{_BEST}\d+", old.name) and (best is None or old != self.best(best)):
                    shutil.rmtree(old)

    def drop(self) -> None:
        """The model is whole, so that there is nothing to go on with; the directory goes when its block ends."""
        with saving(self.path), suppress(FileNotFoundError):
            self.checkpoint.rename(self.path / _OVER)


def names_of_run(model_files: Names) -> Names:
    """What a run writes into its directory, where these are a model's files."""
    return {
        rf"{_CHECKPOINT}|{_CHECKPOINT}\.draft|{_OVER}": STATE_FILES,
        rf"{_BEST}\d+|{_CANDIDATE}|{_DRAFT}": model_files,
    }


def unfinished_path(output: Path) -> Path:
    """Where the run that makes a model lives meanwhile."""
    place = output.resolve()
    return place.with_name(place.name + ".unfinished")


def can_go_on(output: Path) -> bool:
    """Whether a run that was not finished is there."""
    return Unfinished(unfinished_path(output)).has_checkpoint


def is_to_go_on(output: Path, names: Names, *, resume: bool, restart: bool) -> bool:
    """Whether a run that was not finished is there and is to go on.

    Raises:
        DataError: one is there and nothing was said of it; or somebody has put something else there.
    """
    path = unfinished_path(output)
    check_place(path)
    check_own(path, names)
    if not Unfinished(path).has_checkpoint or restart:
        return False
    if not resume:
        raise DataError(f"{path}: a run that was not finished; go on with --resume, or drop it with --restart")
    return True


@contextmanager
def held(output: Path, names: Names, command: str, *, goes_on: bool) -> Iterator[Unfinished]:
    """The directory of a run, emptied unless it is to go on. It stays where the block ends badly after a checkpoint.

    Args:
        names: of what a run writes there. command: what others are told is at work.

    Raises:
        DataError: another process is at work on it, it cannot be made, or somebody has put something else there.
    """
    unfinished = Unfinished(unfinished_path(output))
    make_directory(unfinished.path)
    with locked(unfinished.path, f"another `tagger {command}` is at work here"):
        check_own(unfinished.path, names)
        try:
            if not (goes_on and unfinished.has_checkpoint):
                with saving(unfinished.path):
                    empty_own(unfinished.path, names)
            yield unfinished
        finally:
            if not unfinished.has_checkpoint:
                drop_own(unfinished.path, names)
