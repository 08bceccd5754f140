"""The directory of a study: where it may be, how it comes to be, and what a killed process has left there."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.errors import DataError
from tagger.files import check_place, draft_directory, swap_directory
from tagger.training.study import DATABASE, create_study

_LEFTOVERS = ".tagger-*.partial"  # the names that tagger.files gives to what is not whole


def check_new(directory: Path) -> None:
    """See that a study can be begun in a directory.

    Raises:
        DataError: it cannot be written, or something stands there.
    """
    check_place(directory)
    if (directory / DATABASE).exists():
        raise DataError(
            f"{directory}: a study stands there; go on with it with --resume, or name another with --output"
        )
    if directory.resolve() == Path.cwd() or directory.is_mount():
        raise DataError(f"{directory}: this directory cannot be replaced; name one below it with --output")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise DataError(f"{directory}: something else stands there; name another directory with --output")


def check_old(directory: Path) -> None:
    """See that a directory holds a study.

    Raises:
        DataError: it does not.
    """
    if not (directory / DATABASE).is_file():
        raise DataError(f"{directory}: no study stands there; leave --resume out to begin one")


def begin_study(directory: Path, attributes: Mapping[str, Any], first: Mapping[str, Any] | None) -> None:
    """Make a study; its directory comes to be with all that it needs to be resumed, or not at all."""
    with draft_directory(directory) as draft:
        create_study(draft, attributes, first)
        swap_directory(draft, directory)


def remove_leftovers(directory: Path) -> None:
    """Remove what a killed process had not finished: its trial's model, a table half written."""
    for path in directory.glob(_LEFTOVERS):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
