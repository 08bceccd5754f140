"""A file of one line a document that grows while a run tags, and from which a run that was killed goes on.

Until the run is over, `OUT.unfinished` holds the lines so far and what the run was asked for. What is lost by a kill is
the window that was being written; windows follow from the documents, so what comes out in the end is the same bytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tagger.corpus.document import Document
from tagger.errors import ConfigError, DataError
from tagger.files import locked

_LINES, _ASKED = "lines.jsonl", "run.json"
Window = Sequence[Document]
Plain = str | int | float


class ResumableFile:
    """The file `target` in the making; a link's target is written, not the link.

    Args:
        asked: what a run is asked for, by names that a person knows; only one that is asked for the same may go on.
    """

    def __init__(self, target: Path, asked: Mapping[str, Plain]) -> None:
        try:
            self._target = target.resolve() if target.is_symlink() else target
        except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 say so of a link that leads to itself
            raise DataError(f"{target}: cannot be written: {error}") from None
        self._asked = asked
        self.place = self._target.with_name(self._target.name + ".unfinished")
        self._lines = self.place / _LINES

    @contextmanager
    def writing(self, windows: Iterable[Window], *, resume: bool) -> Iterator[tuple[BinaryIO, Iterator[Window]]]:
        """A stream for the lines, and the windows that are still to be tagged; the target stands when the block ends.

        Where it ends with an error before there is a line, nothing is left of it.

        Raises:
            ConfigError: a run is there and was not asked to go on, or it was asked for something else.
            DataError: it is at work, or has more lines than there are documents.
        """
        with _errors_of(self.place):
            self.place.mkdir(parents=True, exist_ok=True)
        with locked(self.place, "a run is at work on it; wait for it, or stop it"):
            begun = self._has_begun(resume)
            try:
                with _errors_of(self._target, "; mend that, then go on with --resume"):
                    if not begun:
                        (self.place / _ASKED).write_text(json.dumps(self._asked), encoding="utf-8")
                    with self._lines.open("r+b" if begun else "w+b") as stream:
                        yield stream, self._left(stream, iter(windows))
                    self._finish()
            except BaseException:
                if not _has_a_line(self._lines):
                    self._remove()
                raise

    def _has_begun(self, resume: bool) -> bool:
        """Whether a run has begun that is to go on."""
        if others := {item.name for item in self.place.iterdir()} - {_LINES, _ASKED}:
            raise DataError(f"{self.place}: found {min(others)!r}, which no run writes there; move it elsewhere")
        if not self._lines.exists():
            return False
        if not resume:
            raise ConfigError(f"{self.place}: a run was begun there; go on with --resume, or remove it")
        try:
            asked = dict[str, Plain](json.loads((self.place / _ASKED).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise DataError(f"{self.place}: not a run that can go on; remove it and begin anew") from None
        for name, value in self._asked.items():
            if asked.get(name) != value:
                problem = f"was begun with {name} {asked.get(name)!r}, this is {value!r}"
                raise ConfigError(f"{self.place}: {problem}; go on with that, or remove it")
        return True

    def _left(self, stream: BinaryIO, windows: Iterator[Window]) -> Iterator[Window]:
        """The windows that have not all their lines yet; the lines of the first of them go."""
        lines, done = sum(line.endswith(b"\n") for line in stream), 0
        for window in windows:
            if done + len(window) > lines:
                _cut_after(stream, done)
                yield window
                break
            done += len(window)
        else:
            if done < lines:
                raise DataError(f"{self._lines}: has {lines} lines for {done} documents; remove {self.place}")
            _cut_after(stream, done)
        yield from windows

    def _finish(self) -> None:
        if self._target.exists():
            self._lines.chmod(self._target.stat().st_mode & 0o777)
        self._lines.replace(self._target)
        self._remove()

    def _remove(self) -> None:
        for name in (_LINES, _ASKED):
            (self.place / name).unlink(missing_ok=True)
        self.place.rmdir()


def _has_a_line(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as stream:
        return stream.readline().endswith(b"\n")


def _cut_after(stream: BinaryIO, lines: int) -> None:
    stream.seek(0)
    for _ in range(lines):
        stream.readline()
    stream.truncate(stream.tell())


@contextmanager
def _errors_of(place: Path, advice: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{place}: cannot be written: {error.strerror or error}{advice}") from None
