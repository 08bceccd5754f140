"""Files that are there whole or not at all: write beside, then rename."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tagger.errors import DataError

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def replacing_file(path: Path) -> Iterator[TextIO]:
    """A text stream whose content becomes `path` when the block ends well, and vanishes when it does not.

    A device or a pipe, such as /dev/null, is written to as it is: it cannot be replaced.
    """
    path = path.resolve()  # what a link points to is replaced, not the link
    if path.exists() and not path.is_file():
        with _opened(path) as stream:
            yield stream
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def draft_directory(target: Path) -> Iterator[Path]:
    """An empty directory beside `target`, removed when the block ends."""
    target = target.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror}") from error
    draft.chmod(0o777 & ~_umask())
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def swap_directory(draft: Path, target: Path) -> None:
    """Put `draft` in the place of `target`; what stood there is removed only once the new one stands."""
    target = target.resolve()
    if not target.exists():
        draft.rename(target)
    elif _exchange(draft, target):
        shutil.rmtree(draft)
    else:
        old = draft.with_name(draft.name + ".old")
        target.rename(old)
        draft.rename(target)
        shutil.rmtree(old)


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


def _exchange(first: Path, second: Path) -> bool:
    """Swap two paths in one step where the system can (Linux 3.15 and newer), so that no moment is without either."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done = renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    return bool(done == 0)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
