"""All that a run needs to go on from where it was, written whole or not at all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from tagger.errors import DataError
from tagger.evaluation.scores import Score
from tagger.files import swap_directory
from tagger.training.loop import EpochDone, Position, Progress
from tagger.training.saving import saving

_STATE, _TENSORS = "state.json", "tensors.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run at one moment.

    Args:
        identity: what makes it this run and no other, by name; see `identity_of`.
        tensors: the learner's state. Nothing random is kept: it all follows from the seed and the step's number.
    """

    identity: dict[str, Any]
    progress: Progress
    tensors: Mapping[str, NDArray[np.float32]]


def write_checkpoint(checkpoint: Checkpoint, place: Path) -> None:
    """Put a checkpoint in the place of the one before, which stays until this one is whole.

    Raises:
        DataError: it cannot be written, on a full disk for example.
    """
    draft = place.with_name(place.name + ".draft")
    with saving(place):
        draft.mkdir(exist_ok=True)
        tensors = save(dict(checkpoint.tensors))
        (draft / _TENSORS).write_bytes(tensors)
        values: dict[str, Any] = {"identity": checkpoint.identity, "progress": progress_json(checkpoint.progress)}
        values["sha256"] = _digest(values, tensors)
        (draft / _STATE).write_text(json.dumps(values, indent=1), encoding="utf-8")
        swap_directory(draft, place)


def read_checkpoint(place: Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote.

    Raises:
        DataError: it cannot be read, or is damaged.
    """
    try:
        values = json.loads((place / _STATE).read_bytes())
        stored = (place / _TENSORS).read_bytes()
        if values.pop("sha256") != _digest(values, stored):
            raise ValueError("its checksum is wrong")
        return Checkpoint(values["identity"], progress_from_json(values["progress"]), load(stored))
    except OSError as error:
        raise DataError(f"{place}: cannot be read: {error.strerror}; begin anew with --restart") from None
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise DataError(f"{place}: damaged ({error}); begin anew with --restart") from None


def _digest(values: dict[str, Any], tensors: bytes) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode() + tensors).hexdigest()


def progress_json(progress: Progress) -> dict[str, Any]:
    """Nested plain values."""
    return asdict(progress)


def progress_from_json(values: dict[str, Any]) -> Progress:
    """The inverse of `progress_json`, also after a way through JSON."""
    position = Position(**values["position"] | {"losses": tuple(values["position"]["losses"])})
    history = tuple(EpochDone(**row | {"dev": Score(**row["dev"])}) for row in values["history"])
    return Progress(position, history)
