"""What lies beside a study's database: its space, its trials as a table and as a picture, and its best settings."""

import csv
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from tagger.files import replacing_file
from tagger.run_file import run_text
from tagger.search_space import SearchSpace, space_toml, with_values
from tagger.training.request import TrainRequest
from tagger.training.study import TrialRecord, best_of
from tagger.training.trial_plot import trial_figure

SPACE, TABLE, PICTURE, BEST = "space.toml", "trials.csv", "trials.png", "best.toml"
COLUMNS = ("number", "state", "dev_f1", "best_epoch", "epochs")


def write_study_files(base: TrainRequest, space: SearchSpace, records: Sequence[TrialRecord]) -> None:
    """Write all of them anew into `base.output`; best settings only once a trial is complete."""
    directory = base.output
    with replacing_file(directory / SPACE) as stream:
        stream.write(space_toml(space))
    with replacing_file(directory / TABLE) as stream:
        csv.writer(stream, lineterminator="\n").writerows([[*COLUMNS, *space], *(_row(space, one) for one in records)])
    for best in best_of(records, 1):
        with replacing_file(directory / BEST) as stream:
            stream.write(best_text(base, best))
    with replacing_file(directory / PICTURE) as stream:
        trial_figure(space, records).savefig(stream.buffer, format="png")


def best_text(base: TrainRequest, best: TrialRecord) -> str:
    """A run file, to lie in `base.output`, that trains with the settings of a trial."""
    config = with_values(base.config, best.settings)
    configs = (base.columns, *(getattr(config, section.name) for section in fields(config)))
    paths = {**base.files(), **base.language_models()}
    return run_text(paths, configs, base.output)


def _row(space: SearchSpace, record: TrialRecord) -> list[Any]:
    settings = [record.settings.get(name) for name in space]  # a trial may have died before it had them all
    return [record.number, record.state, record.f1, record.best_epoch, record.epochs, *settings]
