"""A study on disk: what a search tries and what came of it, in SQLite through Optuna."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from tagger.errors import DataError, TaggerError
from tagger.search_space import Choices, Domain, SearchSpace

DATABASE = "study.db"

State = Literal["complete", "pruned", "failed", "interrupted"]

_NAME = "tagger"
_STATES: dict[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}
_REPEATS, _SETTINGS, _REASON = "repeats", "settings", "reason"  # user attributes of trials
_PATIENCE = 60.0  # seconds to wait while another program reads the database


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What came of a trial; the first is 0, as Optuna counts.

    Args:
        f1, best_epoch: of the best epoch that was run, None where none was. epochs: how many were run.
        reason: why it failed.
    """

    number: int
    state: State
    f1: float | None
    best_epoch: int | None
    epochs: int
    settings: Mapping[str, Any]
    reason: str | None = None


def create_study(directory: Path, attributes: Mapping[str, Any], first: Mapping[str, Any] | None) -> None:
    """Make the database of a study.

    Args:
        attributes: what is to be known of the study later. first: what its first trial is to try.
    """
    with _storage(directory / DATABASE) as storage:
        study = optuna.create_study(storage=storage, study_name=_NAME, direction="maximize")
        for name, value in attributes.items():
            study.set_user_attr(name, value)
        if first is not None:
            study.enqueue_trial(dict(first), user_attrs={_SETTINGS: dict(first)})


@contextmanager
def open_study(directory: Path) -> Iterator[optuna.Study]:
    """The study that a directory holds.

    Raises:
        DataError: there is none, or it is not one of ours. TaggerError: it can no longer be written.
    """
    path = directory / DATABASE
    try:
        with _storage(path, skip_table_creation=True) as storage:
            try:
                study = optuna.load_study(storage=storage, study_name=_NAME)
            except KeyError:
                raise DataError(f"{path}: not a study of `tagger tune`") from None
            yield study
    except (optuna.exceptions.StorageInternalError, SQLAlchemyError) as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise TaggerError(f"{path}: cannot be read or written: {reason}") from None


def begin_trial(study: optuna.Study, space: SearchSpace, seed: int) -> optuna.Trial:
    """Ask for the next trial; what it tries depends on the seed and on the trials that are over, on nothing else."""
    state = np.random.SeedSequence([seed, count_over(records_of(study))]).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(seed=int(state[0]))
    return study.ask({name: _distribution(domain) for name, domain in space.items()})


def settings_of(trial: optuna.Trial | FrozenTrial) -> dict[str, Any]:
    """What a trial tries, as plain numbers and as a person would write them."""
    return {name: _plain(value, trial.distributions[name]) for name, value in trial.params.items()}


def fail_trial(study: optuna.Study, trial: optuna.Trial, reason: str) -> None:
    """Mark a trial as one whose settings do not work."""
    trial.set_user_attr(_REASON, reason)
    study.tell(trial, state=TrialState.FAIL)


def repeat_interrupted(study: optuna.Study) -> None:
    """Mark trials that were left running as failed, and have their settings tried again."""
    trials = study.get_trials(deepcopy=False)
    repeated = _interrupted(trials)
    for trial in trials:
        if trial.state == TrialState.RUNNING:
            settings = {**trial.user_attrs.get(_SETTINGS, {}), **trial.params}
            if trial.number not in repeated:  # as it is if the process died between these two steps
                study.enqueue_trial(settings, user_attrs={_REPEATS: trial.number, _SETTINGS: settings})
            study.tell(trial.number, state=TrialState.FAIL)


def records_of(study: optuna.Study) -> list[TrialRecord]:
    """All trials that are over, in the order of their numbers."""
    trials = study.get_trials(deepcopy=False)
    interrupted = _interrupted(trials)
    return [_record(trial, trial.number in interrupted) for trial in trials if trial.state in _STATES]


def records_in(directory: Path) -> list[TrialRecord]:
    """All trials that are over of the study that a directory holds.

    Raises:
        TaggerError: as `open_study`.
    """
    with open_study(directory) as study:
        return records_of(study)


def count_over(records: Sequence[TrialRecord]) -> int:
    """How many trials count; those that are tried again do not."""
    return sum(record.state != "interrupted" for record in records)


def best_of(records: Sequence[TrialRecord], count: int) -> list[TrialRecord]:
    """The best complete trials, best first; of equals the earlier."""
    return sorted((record for record in records if record.state == "complete"), key=_worth)[:count]


def _worth(record: TrialRecord) -> float:
    return -(record.f1 or 0.0)


def _record(trial: FrozenTrial, interrupted: bool) -> TrialRecord:
    scores = trial.intermediate_values  # by epoch
    best_epoch = max(scores, key=lambda epoch: (scores[epoch], -epoch), default=None)
    return TrialRecord(
        number=trial.number,
        state="interrupted" if interrupted else _STATES[trial.state],
        f1=None if best_epoch is None else scores[best_epoch],
        best_epoch=best_epoch,
        epochs=len(scores),
        settings=settings_of(trial),
        reason=trial.user_attrs.get(_REASON),
    )


def _interrupted(trials: list[FrozenTrial]) -> set[int]:
    return {trial.user_attrs[_REPEATS] for trial in trials if _REPEATS in trial.user_attrs}


def _distribution(domain: Domain) -> BaseDistribution:
    if isinstance(domain, Choices):
        return CategoricalDistribution(domain.values)
    if isinstance(domain.low, int) and isinstance(domain.high, int):
        return IntDistribution(domain.low, domain.high, log=domain.log, step=int(domain.step or 1))
    return FloatDistribution(domain.low, domain.high, log=domain.log, step=domain.step)


def _plain(value: Any, distribution: BaseDistribution) -> Any:
    """A value that is neither one of NumPy's, as Optuna has at the end of a range, nor 0.30000000000000004."""
    if isinstance(distribution, FloatDistribution) and distribution.step is not None:
        low, step = Decimal(str(distribution.low)), Decimal(str(distribution.step))
        return float(low + step * round((Decimal(value) - low) / step))
    return value.item() if isinstance(value, np.generic) else value


@contextmanager
def _storage(path: Path, *, skip_table_creation: bool = False) -> Iterator[optuna.storages.RDBStorage]:
    """Optuna's storage in a file; the path is handed to SQLite itself, as in a URL some characters would not be its."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    connect = partial(sqlite3.connect, path, timeout=_PATIENCE)
    try:
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{DATABASE}", engine_kwargs={"creator": connect}, skip_table_creation=skip_table_creation
        )
    except RuntimeError as error:  # so Optuna says that its tables are of another version
        raise DataError(f"{path}: {str(error).splitlines()[0]}") from None
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()
