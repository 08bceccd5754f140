"""`tagger compare`."""

import json as json_text
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.config import ColumnFormat


@with_options(ColumnFormat)
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Model directory, or column file tagged by one.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The other.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled column file, with the right tags.")],
    *,
    examples: Annotated[int, typer.Option("--examples", min=0, help="Places to show where only one is right.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, fractions of 1.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="HTML", help="Also write a page to look at: tables and places.")
    ] = None,
    configs: tuple[Any, ...],
) -> None:
    """Say which of two models, or of two tagged files, is better on a labelled file, and whether by chance."""
    require_train_extra("compare", "seqeval", "scipy", *(("jinja2", "matplotlib") if report else ()))
    from tagger.evaluation.compare_files import compare_files
    from tagger.evaluation.comparison_text import comparison_text

    (columns,) = configs
    found = compare_files(a, b, file, columns)
    text = json_text.dumps(found.to_json(), ensure_ascii=False) + "\n" if json else comparison_text(found, examples)
    print(text, end="")
    if report:
        from tagger.reports.comparison_report import write_comparison_report

        write_comparison_report(report, found)
        print(f"report: {report}", file=sys.stderr if json else sys.stdout)
