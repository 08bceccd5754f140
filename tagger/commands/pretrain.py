"""`tagger pretrain`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.config import (
    CharacterConfig,
    ColumnFormat,
    EncoderConfig,
    LanguageConfig,
    LanguageModelConfig,
    PretrainingConfig,
    RunConfig,
    TextFormat,
    TokenFormat,
    TrainingConfig,
    WordConfig,
)
from tagger.errors import ConfigError
from tagger.presets import PRETRAINING

_LEFT_OUT = (
    "tag_column",
    "scheme",
    "documents",
    "id_field",
    "processes",
    "share_layers",
    "precision",
    "lm_weight",
    "unlabelled_batch",
    "unlabelled_weight",
    "unlabelled_count",
    "unlabelled_words",
    "sort_pool",
    "patience",
    "tensorboard",
)


@with_options(
    PretrainingConfig,
    TextFormat,
    TokenFormat,
    ColumnFormat,
    WordConfig,
    CharacterConfig,
    EncoderConfig,
    LanguageModelConfig,
    TrainingConfig,
    RunConfig,
    leave_out=_LEFT_OUT,
    defaults=PRETRAINING,
)
def pretrain(
    texts: Annotated[
        list[Path], typer.Argument(metavar="TEXT...", help="Files, directories or patterns of text to learn from.")
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Directory of the model to make.", rich_help_panel="Files")
    ],
    dev: Annotated[
        Path | None,
        typer.Option("--dev", help="Text to measure by; without it a part of TEXT serves.", rich_help_panel="Files"),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", help="Word vectors to begin with, as for `train`.", rich_help_panel="Files"),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the run that was not finished, if there is one.", rich_help_panel="Run"
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Drop the run that was not finished.", rich_help_panel="Run")
    ] = False,
    configs: tuple[Any, ...],
) -> None:
    """Learn a language model from text alone, for `train --init-from`, or for its own sake.

    With --stream, and with --unit character, the text is parted into --batch-size streams that are read side by side,
    --window after --window, and letters of words are not read.

    Ctrl-C measures the network and keeps the best so far; Ctrl-C again stops at once. Until it is finished a run lives
    in MODEL.unfinished.
    """
    require_train_extra("pretrain", "tensorflow", "onnx")
    if resume and restart:
        raise ConfigError("--resume and --restart: one goes on with a run, the other drops it; name one of them")
    pretraining, text, tokens, columns, *sections, running = configs
    from tagger.commands.interrupts import polite_interrupts
    from tagger.commands.pretraining_display import show_pretraining
    from tagger.documents.sentences import find_raw_text
    from tagger.training.pretraining.place import can_go_on
    from tagger.training.pretraining.request import PretrainRequest
    from tagger.training.pretraining.run import pretrain as run

    config, minutes = LanguageConfig(pretraining, *sections), running.checkpoint_minutes
    learned = find_raw_text(texts, text, columns, tokenized=tokens.tokenized)
    measured = find_raw_text([dev], text, columns, tokenized=tokens.tokenized) if dev is not None else None
    request = PretrainRequest(learned, output, measured, vectors, config, resume, restart, minutes)
    try:
        with polite_interrupts("Measuring what has been learned; Ctrl-C again stops at once.") as stopping:
            show_pretraining(run(request, stopping))
    except (KeyboardInterrupt, SystemExit):
        if can_go_on(output):
            print("tagger: interrupted; the same command with --resume goes on", file=sys.stderr)
        raise
