"""`tagger show`."""

import json as json_text
from pathlib import Path
from typing import Annotated

import typer


def show(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a model is: where it came from, its scores and its sizes."""
    from tagger.inference.bundle import Bundle
    from tagger.inference.summary import summarise, summary_text

    summary = summarise(Bundle.open(model))
    if json:
        print(json_text.dumps(summary, ensure_ascii=False))
    else:
        print(summary_text(summary))
