"""The directory beside the output in which a pretraining run lives until its model is whole: `MODEL.unfinished`."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from tagger.errors import DataError
from tagger.files import check_place, locked, make_directory, swap_directory
from tagger.inference.bundle import CARD, CHARACTERS, EXTRAS, SPELLING, WEIGHTS, WORDS
from tagger.inference.manifest import LANGUAGE_MODEL
from tagger.language_models.bundle import GRAPHS, UNITS, is_language_bundle
from tagger.training.own_files import Names, check_own, drop_own, empty_own
from tagger.training.pretraining.learner import Tensors
from tagger.training.pretraining.loop import Measured, Place
from tagger.training.pretraining.request import PretrainRequest, check_identity
from tagger.training.saving import saving

_CHECKPOINT, _BEST, _DRAFT = "checkpoint", "best-", "draft"
_STATE, _TENSORS = "state.json", "tensors.safetensors"
_PARTS = (LANGUAGE_MODEL, *GRAPHS.values(), WEIGHTS, WORDS, UNITS, CHARACTERS, SPELLING, CARD, *EXTRAS)
OWN: Names = {
    rf"{_CHECKPOINT}(\.draft)?": dict.fromkeys(map(re.escape, (_STATE, _TENSORS))),
    rf"{_BEST}\d+|{_DRAFT}": dict.fromkeys(map(re.escape, _PARTS)),
}


@dataclass(frozen=True, slots=True)
class LanguageCheckpoint:
    """A run at one moment."""

    identity: dict[str, Any]
    place: Place
    history: tuple[Measured, ...]
    tensors: Tensors


def best_of(history: Sequence[Measured]) -> Measured | None:
    """The measure of the network that is kept."""
    return next((measured for measured in reversed(history) if measured.is_best), None)


class LanguagePlace:
    """A run's directory; who holds one holds its lock."""

    def __init__(self, path: Path) -> None:
        self.path, self.draft = path, path / _DRAFT

    def best(self, measured: Measured) -> Path:
        """Where the network that was measured is kept."""
        return self.path / f"{_BEST}{measured.steps}"

    @property
    def has_checkpoint(self) -> bool:
        """Whether a run can go on from here."""
        return (self.path / _CHECKPOINT).exists()

    def save(self, checkpoint: LanguageCheckpoint) -> None:
        """Put a checkpoint in the place of the one before, which stays until this one is whole."""
        draft = self.path / f"{_CHECKPOINT}.draft"
        with saving(self.path):
            draft.mkdir(exist_ok=True)
            tensors = save(dict(checkpoint.tensors))
            (draft / _TENSORS).write_bytes(tensors)
            values: dict[str, Any] = {
                "identity": checkpoint.identity,
                "place": asdict(checkpoint.place),
                "history": [asdict(measured) for measured in checkpoint.history],
            }
            values["sha256"] = _digest(values, tensors)
            (draft / _STATE).write_text(json.dumps(values, indent=1), encoding="utf-8")
            swap_directory(draft, self.path / _CHECKPOINT)

    def load(self) -> LanguageCheckpoint:
        """Read what `save` wrote.

        Raises:
            DataError: it cannot be read, or is damaged.
        """
        place = self.path / _CHECKPOINT
        try:
            values = json.loads((place / _STATE).read_bytes())
            stored = (place / _TENSORS).read_bytes()
            if values.pop("sha256") != _digest(values, stored):
                raise ValueError("its checksum is wrong")
            history = tuple(Measured(**row) for row in values["history"])
            if (best := best_of(history)) is not None and not self.best(best).is_dir():
                raise ValueError(f"{self.best(best).name} is gone")
            return LanguageCheckpoint(values["identity"], Place(**values["place"]), history, load(stored))
        except OSError as error:
            raise DataError(f"{place}: cannot be read: {error.strerror}; begin anew with --restart") from None
        except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise DataError(f"{place}: damaged ({error}); begin anew with --restart") from None

    def drop_worse(self, history: Sequence[Measured]) -> None:
        """Remove the networks that are no longer the best."""
        best = best_of(history)
        with saving(self.path):
            for old in self.path.glob(f"{_BEST}*"):
                if re.fullmatch(rf"{_BEST}\d+", old.name) and (best is None or old != self.best(best)):
                    shutil.rmtree(old)

    def empty(self) -> None:
        """Remove all that runs have written."""
        with saving(self.path):
            empty_own(self.path, OWN)


def unfinished_path(output: Path) -> Path:
    """Where the run that makes a model lives meanwhile."""
    place = output.resolve()
    return place.with_name(place.name + ".unfinished")


def check_language_output(output: Path) -> None:
    """See before anything is learned that a language model can be put there.

    Raises:
        DataError: it cannot be written, or something stands there that is not only a language model.
    """
    check_place(output)
    if output.resolve() == Path.cwd() or output.is_mount():
        raise DataError(f"{output}: this directory cannot be replaced; name another with --output")
    if output.exists() and not is_language_bundle(output) and (not output.is_dir() or any(output.iterdir())):
        raise DataError(f"{output}: not only a language model stands there; name another directory with --output")


def can_go_on(output: Path) -> bool:
    """Whether a run that was not finished is there."""
    return LanguagePlace(unfinished_path(output)).has_checkpoint


@contextmanager
def language_place(request: PretrainRequest) -> Iterator[tuple[LanguagePlace, LanguageCheckpoint | None]]:
    """The run's directory and where it is to go on. It stays where the block ends badly after a checkpoint.

    Raises:
        TaggerError: a run that was not finished is there and nothing was said of it; or it is another run's, or at
            work, or damaged; or somebody has put something else there.
    """
    place = LanguagePlace(unfinished_path(request.output))
    check_own(place.path, OWN)
    if place.has_checkpoint and not (request.resume or request.restart):
        raise DataError(f"{place.path}: a run that was not finished; go on with --resume, or drop it with --restart")
    make_directory(place.path)
    with locked(place.path, "another `tagger pretrain` is at work here"):
        checkpoint = place.load() if request.resume and place.has_checkpoint else None
        if checkpoint is None:
            place.empty()
        else:
            check_identity(checkpoint.identity, request, f"the run in {place.path}")
        try:
            yield place, checkpoint
        finally:
            if not place.has_checkpoint:
                drop_own(place.path, OWN)


def finish(place: LanguagePlace) -> None:
    """The model is whole, so that there is nothing to go on with."""
    with saving(place.path):
        shutil.rmtree(place.path / _CHECKPOINT, ignore_errors=True)


def _digest(values: dict[str, Any], tensors: bytes) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode() + tensors).hexdigest()
