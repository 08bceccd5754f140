"""`tagger train`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import Preset, RunFile, with_options
from tagger.commands.shared_options import InitialModel, NewModel, Restart, Resume, Vectors, check_one_of
from tagger.config import Config, SeedsConfig, TextFormat, TokenFormat
from tagger.run_file import CONFIGS, NO_TEXT_OPTIONS


@with_options(*CONFIGS, SeedsConfig, TextFormat, TokenFormat, leave_out=NO_TEXT_OPTIONS)
def train(
    train: Annotated[Path, typer.Argument(metavar="TRAIN", help="Labelled column file to learn from.")],
    *,
    output: NewModel,
    dev: Annotated[
        Path | None,
        typer.Option(
            "--dev",
            help="Labelled file that chooses the best epoch; without it a tenth of TRAIN serves.",
            rich_help_panel="Files",
        ),
    ] = None,
    vectors: Vectors = None,
    init_from: InitialModel = None,
    character_lm: Annotated[
        Path | None,
        typer.Option(
            "--character-lm",
            help="Language model of `tagger pretrain --unit character` whose states at each word are features of it; "
            "a copy becomes part of the model.",
            rich_help_panel="Files",
        ),
    ] = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(
            "--unlabelled",
            help="Text to learn words and their order from: a file, a folder or a pattern; may be repeated. Names end "
            "in .txt, .text or .md for text, .jsonl or .ndjson for JSON lines, also with .gz; all others are columns.",
            rich_help_panel="Raw text",
        ),
    ] = None,
    run_file: RunFile = None,
    preset: Preset = None,
    resume: Resume = False,
    restart: Restart = False,
    configs: tuple[Any, ...],
) -> None:
    """Train a tagger on a column file and write it to a directory.

    Ctrl-C ends the epoch and keeps the best model so far; Ctrl-C again stops at once. Until it is finished a run lives
    in MODEL.unfinished, and those of several seeds in MODEL.seeds.
    """
    require_train_extra("train", "tensorflow", "onnx", "seqeval", "matplotlib", "tomlkit")
    check_one_of(resume, restart)
    columns, *sections, running, competing, text, tokens = configs
    from tagger.commands.interrupts import polite_interrupts, telling_how_to_go_on
    from tagger.commands.training_display import show_training
    from tagger.training.request import TrainRequest
    from tagger.training.seeds import runs_can_go_on, train_best

    options = columns, Config(*sections), running, resume, restart, competing.seeds
    raw = {"unlabelled": tuple(unlabelled or ()), "text": text, "tokens": tokens}
    request = TrainRequest(train, output, dev, vectors, *options, **raw)
    request = replace(request, init_from=init_from, character_lm=character_lm)
    politely = polite_interrupts("Ending the epoch; Ctrl-C again stops at once.")
    with telling_how_to_go_on(lambda: runs_can_go_on(request)), politely as stopping:
        show_training(train_best(request, stopping))
