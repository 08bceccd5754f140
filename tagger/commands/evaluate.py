"""`tagger evaluate`."""

import json as json_text
import sys
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
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="HTML", help="Also write a page to look at: charts, tables and each error."),
    ] = None,
    configs: tuple[Any, ...],
) -> None:
    """Score a model on a labelled file: seqeval's strict and default scores, entities unseen in train, confidences."""
    require_train_extra("evaluate", "seqeval", *(("jinja2", "matplotlib", "scipy") if report else ()))
    from tagger.evaluation.report import text_report

    (columns,) = configs
    scores = _report(model, file, columns, report) if report else _scores(model, file, columns)
    print(
        json_text.dumps(scores.to_json(), ensure_ascii=False) if json else text_report(scores), end="\n" if json else ""
    )
    if report:
        print(f"report: {report}", file=sys.stderr if json else sys.stdout)


def _scores(model: Path, file: Path, columns: ColumnFormat) -> Any:
    from tagger.evaluation.evaluate import evaluate_file

    return evaluate_file(model, file, columns)


def _report(model: Path, file: Path, columns: ColumnFormat, report: Path) -> Any:
    """Write the page, and give the scores in it."""
    from tagger.evaluation.analysis import analyse_file
    from tagger.inference.bundle import Bundle
    from tagger.reports.evaluation_report import write_evaluation_report

    bundle = Bundle.open(model)
    analysis = analyse_file(bundle, file, columns)
    write_evaluation_report(report, analysis, bundle)
    return analysis.scores
