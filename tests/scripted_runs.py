"""Training runs that train nothing: their scores are a function of their options, and are there at once."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tagger.config import Config, EncoderConfig, TrainingConfig
from tagger.evaluation.scores import Score
from tagger.search_space import values_of

TRAIN = "Anna B-PER\n\nOslo B-LOC\n"


class ScriptedRuns:
    """Stands in for `train_model`.

    Args:
        score: F1 by the options of a run and the epoch. An exception that it gives is raised instead.
    """

    def __init__(self, score: Callable[[dict, int], float | BaseException]) -> None:
        self.score = score
        self.requests, self.epochs = [], []  # of the runs, the first being the one that sees whether others can start
        self.closed = 0

    def __call__(self, request, stopping=None):
        from tagger.training.loop import StepDone
        from tagger.training.run import Finished, Started

        self.requests.append(request)
        self.epochs.append(0)
        options = values_of(request.config)
        request.output.mkdir(parents=True)
        (request.output / "weights").write_text("half a model")
        try:
            yield Started(None, 0, 0, None)
            for epoch in range(1, request.config.training.epochs + 1):
                yield StepDone(epoch, 5, 10, 0, 1.0, 1.0, 0.1, None)
                score = self.score(options, epoch)
                if isinstance(score, BaseException):
                    raise score
                self.epochs[-1] = epoch
                yield epoch_done(epoch, score)
            yield Finished(request.output, 1, None)
        except GeneratorExit:
            self.closed += 1
            raise

    @property
    def trials(self):
        """The requests of the trials."""
        return self.requests[1:]


def script_runs(monkeypatch, score) -> ScriptedRuns:
    """Have a search train nothing, and do without what takes time in it and is tested elsewhere."""
    from matplotlib.figure import Figure

    from tagger.training import study_files, tuning

    def connect(*arguments, **options):
        connection = sqlite3_connect(*arguments, **options)
        connection.execute("pragma synchronous = off")
        return connection

    sqlite3_connect = sqlite3.connect
    runs = ScriptedRuns(score)
    monkeypatch.setattr(tuning, "train_model", runs)
    monkeypatch.setattr(tuning, "release_run", lambda: None)
    monkeypatch.setattr(study_files, "trial_figure", lambda space, records: Figure(figsize=(1, 1)))
    monkeypatch.setattr(sqlite3, "connect", connect)
    return runs


def epoch_done(epoch, f1):
    from tagger.training.loop import EpochDone

    return EpochDone(
        epoch, 1.0, 1.0, None, Score(f1, f1, f1, 1), is_best=True, seconds=1.0, train_seconds=1.0, tokens=10
    )


def write_train(directory: Path) -> Path:
    path = directory / "train.conll"
    path.write_text(TRAIN)
    return path


def config(epochs=6, **options) -> Config:
    return Config(encoder=EncoderConfig(units=64), training=TrainingConfig(epochs=epochs, **options))
