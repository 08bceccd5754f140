"""`tagger pretrain`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import with_options
from tagger.commands.shared_options import NO_RAW_TEXT_OPTIONS, NewModel, Restart, Resume, Vectors, check_one_of
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
from tagger.presets import PRETRAINING

_LEFT_OUT = (
    *NO_RAW_TEXT_OPTIONS,
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
_HELPS = {
    "batch_size": "Sentences a batch, or streams that are read side by side.",
    "epochs": "Passes over the text.",
    "schedule": "How the learning rate changes over the passes; linear and cosine end at 0.",
    "checkpoint_minutes": "Minutes between checkpoints, beside those at each measure; 0: none at all.",
}


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
    helps=_HELPS,
)
def pretrain(
    texts: Annotated[
        list[Path], typer.Argument(metavar="TEXT...", help="Files, directories or patterns of text to learn from.")
    ],
    *,
    output: NewModel,
    dev: Annotated[
        Path | None,
        typer.Option("--dev", help="Text to measure by; without it a part of TEXT serves.", rich_help_panel="Files"),
    ] = None,
    vectors: Vectors = None,
    resume: Resume = False,
    restart: Restart = False,
    configs: tuple[Any, ...],
) -> None:
    """Learn a language model from text alone, for `train --init-from`, or for its own sake.

    With --stream, and with --unit character, the text is parted into --batch-size streams that are read side by side,
    --window after --window, and letters of words are not read.

    Ctrl-C measures the network and keeps the best so far; Ctrl-C again stops at once. Until it is finished a run lives
    in MODEL.unfinished.
    """
    require_train_extra("pretrain", "tensorflow", "onnx")
    check_one_of(resume, restart)
    pretraining, text, tokens, columns, *sections, running = configs
    from tagger.commands.interrupts import polite_interrupts, telling_how_to_go_on
    from tagger.commands.pretraining_display import show_pretraining
    from tagger.documents.sentences import find_raw_text
    from tagger.training.pretraining.request import PretrainRequest
    from tagger.training.pretraining.run import pretrain as run
    from tagger.training.unfinished import can_go_on

    config, minutes = LanguageConfig(pretraining, *sections), running.checkpoint_minutes
    asked = {"tokenized": tokens.tokenized, "kind": tokens.text_kind}
    learned = find_raw_text(texts, text, columns, **asked)
    measured = find_raw_text([dev], text, columns, **asked) if dev is not None else None
    request = PretrainRequest(learned, output, measured, vectors, config, resume, restart, minutes)
    politely = polite_interrupts("Measuring what has been learned; Ctrl-C again stops at once.")
    with telling_how_to_go_on(lambda: can_go_on(output)), politely as stopping:
        show_pretraining(run(request, stopping))
