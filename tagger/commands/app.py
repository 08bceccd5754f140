"""The `tagger` program: its commands, and the one place where its errors are caught."""

import signal
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from tagger import __version__
from tagger.commands import evaluate, show, tag, train
from tagger.errors import TaggerError

BAD_INPUT = 2  # the exit code for anything the user can mend, as click has it for a wrong command line
ENDED = 143  # what a shell calls the end by SIGTERM

app = typer.Typer(
    name="tagger",
    help="Train a named-entity tagger on your own labelled text, and run it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="train", no_args_is_help=True)(train.train)
app.command(name="evaluate", no_args_is_help=True)(evaluate.evaluate)
app.command(name="tag", no_args_is_help=True)(tag.tag)
app.command(name="show", no_args_is_help=True)(show.show)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"tagger {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the program.

    Exit codes: 0 done, 1 the reader of our output has left, 2 something the user can mend, 130 interrupted, 143 ended.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))  # an exit cleans up behind itself, a signal does not
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a character gets its code
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except TaggerError as error:
        _refuse(str(error))
    except OSError as error:  # a full disk, a device that went away
        _refuse(f"{error.filename or 'output'}: {error.strerror}")


def _refuse(message: str) -> None:
    print(f"tagger: {message}", file=sys.stderr)
    sys.exit(BAD_INPUT)
