"""`tagger evaluate`."""

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.config import ColumnFormat


@with_options(ColumnFormat)
def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled column file.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, fractions of 1.")] = False,
    configs: tuple[Any, ...],
) -> None:
    """Score a model on a labelled file: seqeval's strict and default scores, entities unseen in train, confidences."""
    require_train_extra("evaluate", "seqeval")
    from tagger.evaluation.evaluate import evaluate_file
    from tagger.evaluation.report import text_report

    (columns,) = configs
    scores = evaluate_file(model, file, columns)
    print(
        json_text.dumps(scores.to_json(), ensure_ascii=False) if json else text_report(scores), end="\n" if json else ""
    )
