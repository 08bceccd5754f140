"""`tagger train`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.config import ColumnFormat, Config, EncoderConfig, LanguageModelConfig, TrainingConfig, WordConfig


@with_options(ColumnFormat, WordConfig, EncoderConfig, LanguageModelConfig, TrainingConfig)
def train(
    train: Annotated[Path, typer.Argument(metavar="TRAIN", help="Labelled column file to learn from.")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Directory of the model to make.", rich_help_panel="Files")
    ],
    dev: Annotated[
        Path | None,
        typer.Option(
            "--dev",
            help="Labelled file that chooses the best epoch; without it a tenth of TRAIN serves.",
            rich_help_panel="Files",
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", help="Word vectors: GloVe or word2vec text, also gzipped.", rich_help_panel="Files"),
    ] = None,
    configs: tuple[Any, ...],
) -> None:
    """Train a tagger on a column file and write it to a directory."""
    require_train_extra("train", "tensorflow", "onnx", "seqeval")
    columns, *sections = configs
    from tagger.commands.training_display import show_training
    from tagger.training.run import TrainRequest, train_model

    show_training(train_model(TrainRequest(train, output, dev, vectors, columns, Config(*sections))))
