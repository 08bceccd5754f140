"""Options of several commands that are no fields of a configuration: what a run reads, makes and goes on with."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.errors import ConfigError
from tagger.run_file import NO_TEXT_OPTIONS

NO_RAW_TEXT_OPTIONS = ("tag_column", "scheme", *NO_TEXT_OPTIONS)  # of no use where text without labels is read

NewModel = Annotated[
    Path, typer.Option("--output", "-o", help="Directory of the model to make.", rich_help_panel="Files")
]
Vectors = Annotated[
    Path | None,
    typer.Option("--vectors", help="Word vectors: GloVe or word2vec text, also gzipped.", rich_help_panel="Files"),
]
InitialModel = Annotated[
    Path | None,
    typer.Option("--init-from", help="Language model of `tagger pretrain` to begin with.", rich_help_panel="Files"),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the run that was not finished, if there is one; the model is the same to the byte.",
        rich_help_panel="Run",
    ),
]
Restart = Annotated[bool, typer.Option("--restart", help="Drop the run that was not finished.", rich_help_panel="Run")]


def check_one_of(resume: bool, restart: bool) -> None:
    """See that a run is asked to go on or to be dropped, and not both.

    Raises:
        ConfigError: it is asked for both.
    """
    if resume and restart:
        raise ConfigError("--resume and --restart: one goes on with a run, the other drops it; name one of them")
