"""What tells whether a file is the one that a run was begun with."""

import hashlib
from functools import cache
from pathlib import Path

from tagger.files import open_input


def digest(path: Path) -> str | None:
    """A file's checksum; none of a pipe, which can be read only once.

    Raises:
        DataError: it cannot be read.
    """
    if path.is_fifo() or path.is_char_device():
        return None
    with open_input(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def kept_digest(path: Path) -> str | None:
    """The same of a file that may be large, and is not read again while it stays as it is."""
    found = path.stat()
    return _digest_of(path.resolve(), found.st_size, found.st_mtime_ns)


@cache
def _digest_of(path: Path, size: int, changed: int) -> str | None:
    return digest(path)
