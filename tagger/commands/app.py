"""The `tagger` program: its commands, and the one place where its errors are caught."""

import os
import sys
from typing import Annotated

import typer

from tagger import __version__
from tagger.commands import evaluate, show, tag, train
from tagger.errors import TaggerError

BAD_INPUT = 2  # the exit code for anything the user can mend, as click has it for a wrong command line
INTERRUPTED = 130

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
    """Run the program. Exit codes: 0 done, 2 something the user can mend, 130 interrupted."""
    try:
        app()
    except TaggerError as error:
        _leave(BAD_INPUT, f"tagger: {error}")
    except KeyboardInterrupt:
        _leave(INTERRUPTED, "tagger: interrupted")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(1)
    except OSError as error:  # a full disk, a device that went away
        _leave(BAD_INPUT, f"tagger: {error.filename or 'output'}: {error.strerror}")


def _leave(code: int, message: str = "") -> None:
    if message:
        print(message, file=sys.stderr)
    sys.exit(code)
