"""What lies in the directory in which several seeds are trained, and what may be removed of it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tagger.inference.bundle import MANIFEST, is_bundle
from tagger.training.own_files import MODEL_FILES, Names, check_own, drop_left, others_error
from tagger.training.place import UNFINISHED_FILES

RECORD, DRAFT, RUN = "seeds.json", "model", "seed-"

SEEDS_FILES: Names = {
    re.escape(RECORD): None,
    rf"{DRAFT}|{RUN}\d+": MODEL_FILES,
    rf"{RUN}\d+\.unfinished": UNFINISHED_FILES,
}


def seeds_path(output: Path) -> Path:
    """Where the runs of several seeds live until the best is the model."""
    place = output.resolve()
    return place.with_name(place.name + ".seeds")


def check_seeds_files(output: Path) -> None:
    """See that the directory, if there is one, holds nothing that somebody else has put there.

    Raises:
        DataError: it does, or cannot be read.
    """
    path = seeds_path(output)
    check_own(path, SEEDS_FILES)
    strange = next(_models_of_others(path, output), None)
    if strange is not None:
        raise others_error(path, strange)


def drop_left_seeds(output: Path) -> None:
    """Remove what a process has left that was killed when all was over, unless something of somebody else is there."""
    path = seeds_path(output)
    if not any(_models_of_others(path, output)):
        drop_left(path, SEEDS_FILES)


def _models_of_others(path: Path, output: Path) -> Iterator[Path]:
    """Whole models that no record tells of; a copy of the one at the output is what a kill left of the best seed."""
    if (path / RECORD).exists():
        return
    for model in path.glob("*"):
        if is_bundle(model) and not (is_bundle(output) and _manifest(model) == _manifest(output)):
            yield model


def _manifest(model: Path) -> bytes:
    return (model / MANIFEST).read_bytes()
