"""The `tagger` program: its commands, and the one place where its errors are caught."""

import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from tagger import __version__
from tagger.commands import (
    benchmark,
    check,
    compare,
    convert,
    evaluate,
    export,
    generate,
    perplexity,
    pretrain,
    show,
    tag,
    train,
    tune,
)
from tagger.errors import TaggerError

BAD_INPUT = 2  # the exit code for anything the user can mend, as click has it for a wrong command line
ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
SIGNALLED = 128  # and the signal's number: so a shell calls an end by it

app = typer.Typer(
    name="tagger",
    help="Train a named-entity tagger on your own labelled text, and run it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="train", no_args_is_help=True)(train.train)
app.command(name="pretrain", no_args_is_help=True)(pretrain.pretrain)
app.command(name="tune", no_args_is_help=True)(tune.tune)
app.command(name="check", no_args_is_help=True)(check.check)
app.command(name="evaluate", no_args_is_help=True)(evaluate.evaluate)
app.command(name="compare", no_args_is_help=True)(compare.compare)
app.command(name="tag", no_args_is_help=True)(tag.tag)
app.command(name="convert", no_args_is_help=True)(convert.convert)
app.command(name="export", no_args_is_help=True)(export.export)
app.command(name="perplexity", no_args_is_help=True)(perplexity.perplexity)
app.command(name="generate", no_args_is_help=True)(generate.generate)
app.command(name="benchmark", no_args_is_help=True)(benchmark.benchmark)
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

    Exit codes: 0 done, 1 the reader of our output has left, 2 something the user can mend, 130 interrupted, 129
    or 143 ended by a signal.
    """
    for end in ENDINGS:
        if signal.getsignal(end) == signal.SIG_DFL:  # nohup asks for SIGHUP to be ignored
            signal.signal(end, lambda number, _: sys.exit(SIGNALLED + number))  # an exit cleans up, a signal does not
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - None where it is closed
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a character gets its code
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except TaggerError as error:
        _refuse(str(error))
    except OSError as error:  # a full disk, a device that went away
        _refuse(f"{error.filename or 'output'}: {error.strerror or error}")


def _refuse(message: str) -> None:
    print(f"tagger: {message}", file=sys.stderr)
    sys.exit(BAD_INPUT)
