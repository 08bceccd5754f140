"""Files in, with errors for a person; files out, whole or not at all: written beside, then renamed."""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, TextIO

from tagger.errors import DataError

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_PREFIX, _SUFFIX = ".tagger-", ".partial"


def open_input(path: str | Path) -> BufferedReader:
    """Open a file that a user names, for its bytes.

    Raises:
        DataError: it is missing, a directory, or not ours to read.
    """
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def standard_output() -> BinaryIO:
    """The stream of standard output, for bytes.

    Raises:
        DataError: it is closed, so that `main` has put the null device there.
    """
    if getattr(sys.stdout, "name", "") == os.devnull:
        raise DataError("standard output is closed; name a file with --output")
    return sys.stdout.buffer


@contextmanager
def replacing_file(path: Path) -> Iterator[TextIO]:
    """A text stream whose content becomes `path` when the block ends well, and vanishes when it does not.

    A link's target is replaced, not the link. A device or a pipe is written to as it is.
    """
    with _errors_of(path):
        if _is_special(path):  # asked of the path as given: /dev/stdout leads to no path that could be opened
            target = path
            stream, draft = target.open("w", encoding="utf-8", newline=""), None
        else:
            target = _resolved(path)
            handle, name = tempfile.mkstemp(_SUFFIX, _PREFIX, target.parent)
            stream, draft = os.fdopen(handle, "w", encoding="utf-8", newline=""), Path(name)
    try:
        with stream:
            yield stream
        if draft is not None:
            draft.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
            draft.replace(target)
    except BaseException:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise


def make_directory(place: Path) -> None:
    """Make a directory and those above it, where they are not there.

    Raises:
        DataError: it cannot be made.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{place}: cannot be made: {error.strerror}") from None


@contextmanager
def draft_directory(target: Path) -> Iterator[Path]:
    """An empty directory beside `target`, removed when the block ends."""
    with _errors_of(target):
        place = _resolved(target)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(_SUFFIX, _PREFIX, place.parent))
        draft.chmod(0o777 & ~_umask())
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_place(target: Path) -> None:
    """See that a directory could be made at `target`, without making anything.

    Raises:
        DataError: it could not.
    """
    with _errors_of(target):
        ancestor = next(parent for parent in _resolved(target).parents if parent.exists())
        if not ancestor.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(ancestor, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def locked(directory: Path, message: str) -> Iterator[None]:
    """Keep other processes off a directory until the block or this process ends; of no effect on Windows.

    Raises:
        DataError: one has it; the text says `message`.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with _errors_of(directory):
        handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise DataError(f"{directory}: {message}") from None
    try:
        yield
    finally:
        os.close(handle)


def swap_directory(draft: Path, target: Path) -> None:
    """Put `draft` in the place of `target`; what stood there is removed only once the new one stands."""
    target = _resolved(target)
    for item in draft.iterdir():
        _flush_to_disk(item)  # or a power cut could leave the new names with nothing behind them
    if not target.exists():
        draft.rename(target)
    elif _exchange(draft, target):
        shutil.rmtree(draft)
    else:
        _swap_in_two_steps(draft, target)


def _swap_in_two_steps(draft: Path, target: Path) -> None:
    old = Path(tempfile.mkdtemp(_SUFFIX, _PREFIX, target.parent)) / target.name
    target.rename(old)
    try:
        draft.rename(target)
    except BaseException:
        old.rename(target)
        old.parent.rmdir()
        raise
    shutil.rmtree(old.parent)


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    except RuntimeError as error:  # Python 3.11 and 3.12 say so of a link that leads to itself
        raise DataError(f"{path}: cannot be written: {error}") from error


def _resolved(path: Path) -> Path:
    """Where a path leads, existing or not."""
    place = path.resolve()
    if place.is_symlink():  # so Python 3.13 leaves a link to itself; older ones raise RuntimeError
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return place


def _flush_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _exchange(first: Path, second: Path) -> bool:
    """Swap two paths in one step where the system can (Linux 3.15 and newer), so that no moment is without either."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done = renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    return bool(done == 0)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
