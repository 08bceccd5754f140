"""`tagger tag`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.options import with_options
from tagger.config import ColumnFormat, ConfidenceConfig


@with_options(ColumnFormat, ConfidenceConfig, leave_out=("tag_column",))
def tag(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Column files, labelled or not; - is standard input.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where one file goes, whole or not at all; - is standard output, as it comes.",
            rich_help_panel="Output",
        ),
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option("--output-dir", help="Directory where many files go.", rich_help_panel="Output")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Names of many files, such as {stem}.tagged{suffix}.", rich_help_panel="Output"),
    ] = None,
    configs: tuple[Any, ...],
) -> None:
    """Add predicted tags to column files, as their last column; every other byte stays."""
    from tagger.commands.outputs import plan_jobs
    from tagger.commands.tagging import run_jobs

    columns, confidence = configs
    jobs = plan_jobs(files, output, output_dir, name)
    done = run_jobs(model, jobs, columns, confidence)
    if len(jobs) > 1:
        print(f"tagged {done} files", file=sys.stderr)
