"""Runs `tagger tag`'s jobs: opens streams and writes what the tagger makes of them."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tagger.commands.outputs import STANDARD, Job
from tagger.config import ColumnFormat, ConfidenceConfig
from tagger.errors import DataError
from tagger.files import open_input, replacing_file
from tagger.inference.column_files import tag_columns
from tagger.inference.tagger import Tagger


def run_jobs(model: Path, jobs: Sequence[Job], columns: ColumnFormat, confidence: ConfidenceConfig) -> int:
    """Tag every job's file; returns how many."""
    for job in jobs:
        if job.source != STANDARD and not job.source.exists():
            raise DataError(f"{job.source}: no such file")  # before any other is tagged
    tagger = Tagger.load(model, scheme=None if columns.scheme == "auto" else columns.scheme)
    for job in jobs:
        with _input(job) as lines:
            _write(job.target, tag_columns(tagger, lines, job.source, columns, confidence.min_confidence))
    return len(jobs)


@contextmanager
def _input(job: Job) -> Iterator[Iterable[bytes]]:
    """The lines of a job's file; a bar follows them where a person waits and nothing else is printed meanwhile."""
    if job.source == STANDARD:
        if sys.stdin is None:
            raise DataError("standard input is closed; name a file")
        yield sys.stdin.buffer
        return
    with open_input(job.source) as stream:
        if job.target == STANDARD or not sys.stderr.isatty():
            yield stream
            return
        from rich.console import Console
        from rich.progress import wrap_file

        size, console = job.source.stat().st_size, Console(stderr=True)
        with wrap_file(stream, size, description=job.source.name, console=console, transient=True) as watched:
            yield watched


def _write(target: Path, pieces: Iterator[str]) -> None:
    if target == STANDARD:
        if getattr(sys.stdout, "name", "") == os.devnull:  # what `main` puts where it is closed
            raise DataError("standard output is closed; name a file with --output")
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode())
            sys.stdout.buffer.flush()
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{target.parent}: cannot be made: {error.strerror}") from None
    with replacing_file(target) as stream:
        stream.writelines(pieces)
