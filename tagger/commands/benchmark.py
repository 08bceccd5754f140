"""`tagger benchmark`."""

import json as json_text
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer


def benchmark(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Text or JSON lines, or a folder of them.")],
    *,
    seconds: Annotated[float, typer.Option("--seconds", min=0.0, help="How long to tag, at least.")] = 10.0,
    characters: Annotated[
        int, typer.Option("--characters", min=1, help="How much of the file to tag again and again.")
    ] = 1_000_000,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Threads; 0 is one a core.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how fast a model tags text on this machine, in one process."""
    from tagger.documents.benchmark import measure, speed_text
    from tagger.documents.sources import all_documents

    speed = measure(model, all_documents(file), seconds=seconds, characters=characters, threads=threads)
    print(json_text.dumps(asdict(speed)) if json else speed_text(speed))
