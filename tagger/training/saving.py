"""Errors of the disk, as a person at a long run needs to read them."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.errors import DataError

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


@contextmanager
def saving(place: Path) -> Iterator[None]:
    """A block that writes at a place of a run that can go on later.

    Raises:
        DataError: it cannot be written, on a full disk for example.
    """
    try:
        yield
    except OSError as error:
        first = "make room" if error.errno in _FULL else "mend that"
        raise DataError(f"{place}: cannot be written: {error.strerror}; {first}, then go on with --resume") from None
