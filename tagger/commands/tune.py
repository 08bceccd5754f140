"""`tagger tune`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.extras import require_train_extra
from tagger.commands.options import Preset, run_file_option, with_options
from tagger.commands.shared_options import InitialModel, Vectors
from tagger.config import SECTIONS, ColumnFormat, Config

_NO_SEEDS = "seeds: a search trains one run a trial; leave it out, and train what is best with `tagger train --seeds`"
_NO_RAW_TEXT = "unlabelled: a search learns from labelled text alone; leave it out, and give it to `tagger train`"


@with_options(ColumnFormat, *SECTIONS)
def tune(
    train: Annotated[Path, typer.Argument(metavar="TRAIN", help="Labelled column file to learn from.")],
    *,
    directory: Annotated[  # not `output`, which in a run file is the place of a model
        Path, typer.Option("--output", "-o", help="Directory of the study.", rich_help_panel="Files")
    ],
    dev: Annotated[
        Path | None,
        typer.Option(
            "--dev",
            help="Labelled file that scores the trials; without it a tenth of TRAIN serves.",
            rich_help_panel="Files",
        ),
    ] = None,
    vectors: Vectors = None,
    init_from: InitialModel = None,
    character_lm: Annotated[
        Path | None,
        typer.Option(
            "--character-lm",
            help="Language model of `tagger pretrain --unit character` whose states are features of words.",
            rich_help_panel="Files",
        ),
    ] = None,
    run_file: Annotated[Path | None, run_file_option({"seeds": _NO_SEEDS, "unlabelled": _NO_RAW_TEXT})] = None,
    preset: Preset = None,
    space: Annotated[
        Path | None,
        typer.Option(
            "--space",
            help="TOML file of the options to search, each a table: low and high, also with step or log, or choices. "
            "Without it some that matter are searched, and printed.",
            rich_help_panel="Search",
        ),
    ] = None,
    trials: Annotated[
        int,
        typer.Option("--trials", min=1, help="Trials, those before --resume included.", rich_help_panel="Search"),
    ] = 20,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", min=0.0, help="Minutes after which no trial is begun.", rich_help_panel="Search"),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(
            help="Stop a trial that after a third of its epochs is below the median.", rich_help_panel="Search"
        ),
    ] = True,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the study in --output.", rich_help_panel="Search")
    ] = False,
    configs: tuple[Any, ...],
) -> None:
    """Search for good options: train again and again with others, and keep a record of what was best.

    Options of `tagger train` say what all trials have in common. The directory
    of the study holds trials.csv, trials.png and best.toml, the best options as
    a file for `tagger train --config`. Ctrl-C stops the search; the same command
    with --resume goes on.
    """
    require_train_extra("tune", "tensorflow", "onnx", "seqeval", "optuna", "matplotlib", "tomlkit")
    from tagger.space_file import read_space

    searched = read_space(space) if space else None
    columns, *sections = configs
    from tagger.commands.tune_display import show_search
    from tagger.training.request import TrainRequest
    from tagger.training.tuning import TuneRequest, tune

    base = TrainRequest(train, directory, dev, vectors, columns, Config(*sections))
    base = replace(base, init_from=init_from, character_lm=character_lm)
    request = TuneRequest(base, trials, searched, timeout, prune, resume)
    show_search(tune(request), request)
