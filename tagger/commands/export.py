"""`tagger export`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.config import ColumnFormat
from tagger.errors import ConfigError


@with_options(ColumnFormat)
def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Directory of the new model.", rich_help_panel="Output")
    ],
    int8: Annotated[
        bool, typer.Option("--int8", help="Multiply whole numbers of 8 bits in the LSTMs.", rich_help_panel="Output")
    ] = False,
    test: Annotated[
        Path | None,
        typer.Option("--test", help="Labelled column file on which to compare both models.", rich_help_panel="Files"),
    ] = None,
    configs: tuple[Any, ...],
) -> None:
    """Write a model in another form: --int8, which tags faster and hardly differs."""
    if not int8:
        raise ConfigError("--int8: the only form to export to so far; a model itself is float32")
    require_train_extra("export", "tensorflow", "onnx", "seqeval")
    from tagger.training.compare_models import compare_models
    from tagger.training.quantize import export_int8

    (columns,) = configs
    export_int8(model, output)
    print(f"{output}: written")
    if test is not None:
        print(compare_models(model, output, test, columns).text())
