"""The directory beside the output in which several seeds are trained until the best is chosen: `MODEL.seeds`.

It holds the run that is under way, the best finished model so far and a record of the seeds that are over.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tagger.errors import ConfigError, DataError
from tagger.files import check_place, locked, replacing_file
from tagger.training.own_files import drop_own, empty_own, stands_in
from tagger.training.request import TrainRequest, check_identity, identity_from_json, identity_of
from tagger.training.saving import saving
from tagger.training.seeds_files import DRAFT, RECORD, RUN, SEEDS_FILES, check_seeds_files, seeds_path
from tagger.training.store import place_model
from tagger.training.unfinished import Unfinished

_BUSY, _RESTART = "another `tagger train` is at work here", "begin anew with --restart"


@dataclass(frozen=True, slots=True)
class SeedRecord:
    """What came of a seed.

    Args:
        f1, best_epoch: of its best epoch by strict dev F1, None where it failed. reason: why it did.
    """

    seed: int
    state: Literal["finished", "failed", "stopped"]
    f1: float | None = None
    best_epoch: int | None = None
    reason: str | None = None


def best_of(records: list[SeedRecord]) -> SeedRecord | None:
    """The one with the best model, of equals the first; None where no seed has any."""
    return max((record for record in records if record.f1 is not None), key=lambda one: one.f1 or 0.0, default=None)


class SeedsPlace:
    """The directory, and the record in it; who holds one holds its lock."""

    def __init__(self, path: Path, request: TrainRequest) -> None:
        self.path, self._request = path, request
        self._identity = identity_of(request)
        self.records: list[SeedRecord] = []

    def begin(self) -> None:
        """Empty the directory; a record is always in it, which tells that what is there is ours."""
        self._write()
        empty_own(self.path, {name: inner for name, inner in SEEDS_FILES.items() if inner is not None})

    def go_on(self) -> None:
        """Read what is there.

        Raises:
            TaggerError: it was begun with other options or files, or is damaged.
        """
        begun = _read(self.path)
        what = f"the training in {self.path}"
        check_identity(begun["identity"], self._request, what, _RESTART)
        if begun["seeds"] != self._request.seeds:
            was = f"{what} was begun with --seeds {begun['seeds']}"
            raise ConfigError(f"--seeds {self._request.seeds}: {was}; go on with that, or {_RESTART}")
        self.records = begun["records"]
        self._remove_losers()

    def run_of(self, seed: int) -> TrainRequest:
        """What a seed's own run is asked for: to go on, where it was begun."""
        config = self._request.config
        own = replace(config, training=replace(config.training, seed=seed))
        output, home = self.path / f"{RUN}{seed}", self._request.output
        return replace(self._request, config=own, output=output, home=home, seeds=1, resume=True, restart=False)

    def record_of(self, seed: int) -> SeedRecord | None:
        """What came of a seed that is over."""
        return next((record for record in self.records if record.seed == seed), None)

    def add(self, record: SeedRecord) -> None:
        """Remember that a seed is over."""
        self.records.append(record)
        self._write()
        self._remove_losers()

    def put(self, record: SeedRecord) -> None:
        """Make a copy of a seed's model the model; it stays here, since more seeds may have to beat it.

        Raises:
            DataError: it cannot be written.
        """
        draft = self.path / DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        with saving(draft):
            shutil.copytree(self.run_of(record.seed).output, draft)
        place_model(draft, self._request.output)

    def drop(self) -> None:
        """All is over, so that there is nothing to go on with; the directory goes when its block ends."""
        (self.path / RECORD).unlink()

    def _write(self) -> None:
        begun = {"seeds": self._request.seeds, "identity": self._identity}
        with replacing_file(self.path / RECORD) as stream:
            json.dump(begun | {"records": [asdict(record) for record in self.records]}, stream, indent=1)

    def _remove_losers(self) -> None:
        best = best_of(self.records)
        for record in self.records:
            if record != best:
                shutil.rmtree(self.run_of(record.seed).output, ignore_errors=True)


def seeds_can_go_on(output: Path) -> bool:
    """Whether runs of several seeds are there that were not finished: a seed is over, or one has a checkpoint.

    Raises:
        DataError: that cannot be seen.
    """
    path = seeds_path(output)
    if not stands_in(path, RECORD):
        return False
    if any(Unfinished(run).has_checkpoint for run in path.glob(f"{RUN}*.unfinished")):
        return True
    try:
        return bool(_read(path)["records"])
    except DataError:  # to be said where it is read in earnest
        return True


@contextmanager
def seeds_place(request: TrainRequest) -> Iterator[SeedsPlace]:
    """The directory of the runs, emptied unless they are to go on. It stays where the block leaves them unfinished.

    Raises:
        TaggerError: runs that were not finished are there and nothing was said of them, or they are others; another
            process is at work on them; the directory cannot be made; somebody has put something else there.
    """
    path = seeds_path(request.output)
    check_place(path)
    place, goes_on = SeedsPlace(path, request), request.resume and seeds_can_go_on(request.output)
    with saving(path):
        path.mkdir(parents=True, exist_ok=True)
    with locked(path, _BUSY):
        check_seeds_files(request.output)
        try:
            if goes_on:
                place.go_on()
            else:
                with saving(path):
                    place.begin()
            yield place
        finally:
            if not seeds_can_go_on(request.output):
                drop_own(path, SEEDS_FILES)


def _read(path: Path) -> dict[str, Any]:
    """What the record says, its records as such.

    Raises:
        DataError: it cannot be read, or is damaged.
    """
    place = path / RECORD
    try:
        values: dict[str, Any] = json.loads(place.read_bytes())
        records, identity = [SeedRecord(**one) for one in values["records"]], identity_from_json(values["identity"])
        return {"seeds": int(values["seeds"]), "identity": identity, "records": records}
    except OSError as error:
        raise DataError(f"{place}: cannot be read: {error.strerror}; begin anew with --restart") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{place}: damaged ({error}); begin anew with --restart") from None
