"""`tagger tag`."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tagger.commands.options import with_options
from tagger.config import ColumnFormat, ConfidenceConfig, TextFormat


@with_options(ColumnFormat, ConfidenceConfig, TextFormat, leave_out=("tag_column",))
def tag(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Text, JSON lines or column files, folders of them, patterns; - is standard input."
        ),
    ],
    *,
    kind: Annotated[
        Literal["text", "jsonl", "columns"] | None,
        typer.Option(
            "--from",
            help="What the files are. By default .txt, .text and .md are text, .jsonl and .ndjson JSON lines, before "
            ".gz too; all others are columns.",
            rich_help_panel="Files",
        ),
    ] = None,
    form: Annotated[
        Literal["jsonl", "columns", "inline", "html", "brat"] | None,
        typer.Option(
            "--to",
            help="What to write. By default JSON lines of text, and columns of columns.",
            rich_help_panel="Output",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where results go, whole or not at all; - is standard output, as they come.",
            rich_help_panel="Output",
        ),
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", help="Directory where many column files go, or BRAT's.", rich_help_panel="Output"),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Names of many column files, such as {stem}.tagged{suffix}.", rich_help_panel="Output"
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a run that was stopped had come to.", rich_help_panel="Output")
    ] = False,
    configs: tuple[Any, ...],
) -> None:
    """Find entities in text, or add predicted tags to column files as their last column."""
    from tagger.commands.outputs import plan_jobs, plan_text
    from tagger.commands.tagging import are_columns, run_jobs, run_text
    from tagger.documents.run import TextRequest
    from tagger.documents.sources import find_sources
    from tagger.errors import ConfigError

    columns, confidence, text = configs
    sources = find_sources(files, kind)
    if are_columns(sources, form):
        if resume:
            raise ConfigError(
                "--resume: only a run can go on that writes JSON lines to a file (--to jsonl, --output FILE)"
            )
        jobs = plan_jobs([source.path for source in sources], output, output_dir, name)
        done = run_jobs(model, jobs, columns, confidence)
        if len(jobs) > 1:
            print(f"tagged {done} files", file=sys.stderr)
    else:
        form = form or "jsonl"
        place = plan_text(sources, form, output, output_dir, name)
        scheme = None if columns.scheme == "auto" else columns.scheme
        run_text(TextRequest(model, sources, form, place, text, columns, confidence.min_confidence, scheme, resume))
