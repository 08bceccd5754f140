"""Parts of a text kept on disk, so that a text of any length can be read from its end."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


class Spool:
    """Strings, given back last to first. Memory holds nothing but where each one ends."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ends = [0]

    def add(self, part: str) -> None:
        """Keep one more."""
        self._stream.seek(self._ends[-1])
        self._ends.append(self._ends[-1] + self._stream.write(part.encode("utf-8", "surrogatepass")))

    def backwards(self) -> Iterator[str]:
        """All parts, the last one first."""
        for start, end in zip(self._ends[-2::-1], self._ends[:0:-1], strict=True):
            self._stream.seek(start)
            yield self._stream.read(end - start).decode("utf-8", "surrogatepass")


@contextmanager
def temporary_spool() -> Iterator[Spool]:
    """A spool in the directory for temporary files, gone when the block ends."""
    with tempfile.TemporaryFile(prefix="tagger-") as stream:
        yield Spool(stream)
