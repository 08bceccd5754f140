"""Tells what the program has written into a directory beside a model from what somebody else has put there.

A user may have a directory of such a name, and nothing but the program's own may ever be removed.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tagger.errors import DataError
from tagger.files import locked
from tagger.inference.bundle import CONTEXT_PARTS, EXTRAS, MANIFEST, PARTS, SPELLING_PARTS

Names = Mapping[str, "Names | None"]  # patterns; None is a file, anything else a directory and what may lie in it

MODEL_FILES: Names = dict.fromkeys(map(re.escape, (MANIFEST, *PARTS, *SPELLING_PARTS, *CONTEXT_PARTS, *EXTRAS)))
_PARTIAL = re.compile(r"\.tagger-\w+\.partial")  # what tagger.files leaves half written, whatever lies in it


def check_own(directory: Path, names: Names) -> None:
    """See that a directory, if there is one, holds nothing but what the program writes there.

    Raises:
        DataError: it does, or cannot be read.
    """
    if not directory.is_dir():
        return
    try:
        found = next(_others_in(directory, names), None)
    except OSError as error:
        raise DataError(f"{directory}: cannot be read: {error.strerror}") from None
    if found is not None:
        raise others_error(directory, found)


def stands_in(directory: Path, name: str) -> bool:
    """Whether something of that name is in a directory, which may be somebody else's.

    Raises:
        DataError: the directory is not ours to look into.
    """
    try:
        return (directory / name).exists()
    except OSError as error:
        raise DataError(f"{directory}: cannot be read: {error.strerror}") from None


def others_error(directory: Path, found: Path) -> DataError:
    """An error of something in a directory that somebody else has put there."""
    name = found.relative_to(directory).as_posix()
    return DataError(f"{directory}: {name!r} there was written by no run; move it, or choose another --output")


def empty_own(directory: Path, names: Names) -> None:
    """Remove what the program has written into a directory; with other things, a directory within it stays whole."""
    for item in [*directory.iterdir()]:
        if not any(_others_at(item, names)):
            with suppress(FileNotFoundError):
                shutil.rmtree(item) if item.is_dir() else item.unlink()


def drop_own(directory: Path, names: Names) -> None:
    """The same, and remove the directory where it is empty then; of no effect where that is not allowed."""
    with suppress(OSError):
        empty_own(directory, names)
        directory.rmdir()


def drop_left(directory: Path, names: Names) -> None:
    """Remove what a killed process has left, unless somebody has put something there or is at work on it."""
    if not directory.is_dir():
        return
    with suppress(DataError), locked(directory, "at work"):
        check_own(directory, names)
        if any(directory.iterdir()):
            drop_own(directory, names)


def _others_in(directory: Path, names: Names) -> Iterator[Path]:
    with suppress(FileNotFoundError):  # a process that is at work has removed it
        for item in sorted(directory.iterdir()):
            yield from _others_at(item, names)


def _others_at(item: Path, names: Names) -> Iterator[Path]:
    """What is not the program's, of something in a directory that has these names and all that is in it."""
    if _PARTIAL.fullmatch(item.name):
        return
    pattern = next((pattern for pattern in names if re.fullmatch(pattern, item.name)), None)
    inner = None if pattern is None else names[pattern]
    if pattern is None or item.is_symlink() or item.is_dir() == (inner is None):
        if item.is_symlink() or item.exists():
            yield item
    elif inner is not None:
        yield from _others_in(item, inner)
