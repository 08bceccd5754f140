"""The lines of a text file, which gzip may have packed, as often as one likes."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from tagger.config import DecodingErrors
from tagger.documents.sources import Source, read_text


class Lines:
    r"""Lines with their ends, of which `\n` is the only one. A pipe or standard input is kept in a temporary file."""

    def __init__(self, path: Path, errors: DecodingErrors = "strict") -> None:
        self.path = path
        self._errors: DecodingErrors = errors
        self._kept: TextIO | None = None

    @property
    def name(self) -> str:
        """What messages call the file."""
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def __iter__(self) -> Iterator[str]:
        """All lines, from the first.

        Raises:
            DataError: the file cannot be read or unpacked, or is not UTF-8.
        """
        passages = read_text(Source(self.path, "text"), self._errors)
        if self.path.is_file():
            return _lines(passages)
        if self._kept is None:
            self._kept = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - kept for later
            self._kept.writelines(passages)
        self._kept.seek(0)
        return iter(self._kept)

    def encoded(self) -> Iterator[bytes]:
        """The same as bytes."""
        return (line.encode() for line in self)


def _lines(passages: Iterable[str]) -> Iterator[str]:
    held = list[str]()
    for passage in passages:
        first, *others = passage.split("\n")
        held.append(first)
        for other in others:
            yield "".join(held) + "\n"
            held = [other]
    if rest := "".join(held):
        yield rest
