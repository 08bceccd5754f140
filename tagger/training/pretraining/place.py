"""The directory of a run of `tagger pretrain`, the checkpoint it goes on from, and where its model is to stand."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tagger.inference.bundle import CARD, CHARACTERS, EXTRAS, SPELLING, WEIGHTS, WORDS
from tagger.inference.manifest import LANGUAGE_MODEL
from tagger.language_models.bundle import GRAPHS, UNITS, is_language_bundle
from tagger.training.output import check_replaceable
from tagger.training.own_files import Names
from tagger.training.pretraining.loop import Measured, Place
from tagger.training.pretraining.request import PretrainRequest, check_identity
from tagger.training.stored_state import Tensors, stored_state, write_state
from tagger.training.unfinished import Unfinished, held, is_to_go_on, names_of_run

_PARTS = (LANGUAGE_MODEL, *GRAPHS.values(), WEIGHTS, WORDS, UNITS, CHARACTERS, SPELLING, CARD, *EXTRAS)
_UNFINISHED_FILES: Names = names_of_run(dict.fromkeys(map(re.escape, _PARTS)))


@dataclass(frozen=True, slots=True)
class LanguageCheckpoint:
    """A run at one moment."""

    identity: dict[str, Any]
    place: Place
    history: tuple[Measured, ...]
    tensors: Tensors


def best_of(history: Sequence[Measured]) -> int | None:
    """The number of the network that is kept: after how many steps it was measured."""
    return next((measured.steps for measured in reversed(history) if measured.is_best), None)


def save_checkpoint(checkpoint: LanguageCheckpoint, unfinished: Unfinished) -> None:
    """Put a checkpoint in the place of the one before, which stays until this one is whole.

    Raises:
        DataError: it cannot be written, on a full disk for example.
    """
    values = {
        "identity": checkpoint.identity,
        "place": asdict(checkpoint.place),
        "history": [asdict(measured) for measured in checkpoint.history],
    }
    write_state(values, checkpoint.tensors, unfinished.checkpoint)


def load_checkpoint(unfinished: Unfinished) -> LanguageCheckpoint:
    """Read what `save_checkpoint` wrote.

    Raises:
        DataError: it cannot be read, or is damaged.
    """
    with stored_state(unfinished.checkpoint) as (values, tensors):
        history = tuple(Measured(**row) for row in values["history"])
        if (best := best_of(history)) is not None and not unfinished.best(best).is_dir():
            raise ValueError(f"{unfinished.best(best).name} is gone")
        return LanguageCheckpoint(values["identity"], Place(**values["place"]), history, tensors)


def check_language_output(output: Path) -> None:
    """See before anything is learned that a language model can be put there.

    Raises:
        DataError: it cannot be written, or something stands there that is not only a language model.
    """
    check_replaceable(output, is_language_bundle, "a language model")


@contextmanager
def unfinished_pretraining(request: PretrainRequest) -> Iterator[tuple[Unfinished, LanguageCheckpoint | None]]:
    """The run's directory and where it is to go on. It stays where the block ends badly after a checkpoint.

    Raises:
        TaggerError: a run that was not finished is there and nothing was said of it; or it is another run's, or at
            work, or damaged; or somebody has put something else there.
    """
    output, names = request.output, _UNFINISHED_FILES
    is_to_go_on(output, names, resume=request.resume, restart=request.restart)  # or it is refused
    with held(output, names, "pretrain", goes_on=request.resume) as unfinished:
        checkpoint = load_checkpoint(unfinished) if unfinished.has_checkpoint else None
        if checkpoint is not None:
            check_identity(checkpoint.identity, request, f"the run in {unfinished.path}")
        yield unfinished, checkpoint
