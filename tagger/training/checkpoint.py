"""All that a run needs to go on from where it was."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tagger.evaluation.scores import Score
from tagger.training.loop import EpochDone, Position, Progress
from tagger.training.stored_state import Tensors, stored_state, write_state


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run at one moment.

    Args:
        identity: what makes it this run and no other, by name; see `identity_of`.
        tensors: the learner's state. Nothing random is kept: it all follows from the seed and the step's number.
    """

    identity: dict[str, Any]
    progress: Progress
    tensors: Tensors


def write_checkpoint(checkpoint: Checkpoint, place: Path) -> None:
    """Put a checkpoint in the place of the one before, which stays until this one is whole.

    Raises:
        DataError: it cannot be written, on a full disk for example.
    """
    values = {"identity": checkpoint.identity, "progress": progress_json(checkpoint.progress)}
    write_state(values, checkpoint.tensors, place)


def read_checkpoint(place: Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote.

    Raises:
        DataError: it cannot be read, or is damaged.
    """
    with stored_state(place) as (values, tensors):
        return Checkpoint(values["identity"], progress_from_json(values["progress"]), tensors)


def progress_json(progress: Progress) -> dict[str, Any]:
    """Nested plain values."""
    return asdict(progress)


def progress_from_json(values: dict[str, Any]) -> Progress:
    """The inverse of `progress_json`, also after a way through JSON."""
    position = Position(**values["position"] | {"losses": tuple(values["position"]["losses"])})
    history = tuple(EpochDone(**row | {"dev": Score(**row["dev"])}) for row in values["history"])
    return Progress(position, history)
