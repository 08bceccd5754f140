"""Runs `tagger tag`'s jobs: opens streams and writes what the tagger makes of them."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tagger.commands.outputs import STANDARD, Job
from tagger.config import ColumnFormat, ConfidenceConfig
from tagger.documents.forms import FormName
from tagger.documents.run import TextDone, TextRequest, tag_texts
from tagger.documents.sources import Source
from tagger.documents.text_output import text_output
from tagger.errors import ConfigError, DataError
from tagger.files import open_input
from tagger.inference.column_files import tag_columns
from tagger.inference.tagger import Tagger


def are_columns(sources: Sequence[Source], form: FormName | None) -> bool:
    """Whether column files come back as such, with one more column.

    Raises:
        ConfigError: only some of the files are columns, and it is not said what all give.
    """
    columns = [source.path for source in sources if source.kind == "columns"]
    others = [source.path for source in sources if source.kind != "columns"]
    if columns and others and form is None:
        problem = f"{columns[0]} is taken for columns, {others[0]} for text"
        raise ConfigError(f"{problem}; tag them one after the other, or say with --from what all are")
    return bool(columns) and not others and form in {None, "columns"}


def run_text(request: TextRequest) -> None:
    """Tag text, show how far it is, and say what was found.

    Raises:
        DataError: some of the files could not be read; the others' results are written.
    """
    with watching(quiet=request.output == STANDARD) as watch:
        done = tag_texts(request, watch=watch)
    for problem in done.problems:
        print(f"tagger: {problem}", file=sys.stderr)
    if request.output != STANDARD:
        print(f"{request.output}: {done.documents:,} documents, {done.entities:,} entities", file=sys.stderr)
    if done.problems:
        raise DataError(f"{len(done.problems)} of {len(request.sources)} files could not be read; the others are done")


@contextmanager
def watching(*, quiet: bool) -> Iterator[Callable[[TextDone], None]]:
    """Tells a person who waits how many documents are done and how fast; nothing where the output is the screen."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("tagging")
        yield lambda done: progress.update(
            task, description=f"{done.documents:,} documents, {done.entities:,} entities"
        )


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
    with text_output(target) as put:
        for piece in pieces:
            put(piece)
