"""The directory of a run of `tagger train`, and the checkpoint it goes on from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tagger.inference.bundle import HISTORY, RUN_FILE
from tagger.training.checkpoint import Checkpoint, read_checkpoint
from tagger.training.own_files import MODEL_FILES, Names
from tagger.training.request import TrainRequest, check_identity
from tagger.training.unfinished import Unfinished, held, is_to_go_on, names_of_run, unfinished_path

UNFINISHED_FILES: Names = {**names_of_run(MODEL_FILES), f"{re.escape(RUN_FILE)}|{re.escape(HISTORY)}": None}


def find_checkpoint(request: TrainRequest) -> Checkpoint | None:
    """The checkpoint that a run is to go on from, if one is.

    Raises:
        TaggerError: one is there and nothing was said of it, or it is another run's, or damaged; or somebody has put
            something else there.
    """
    if not is_to_go_on(request.output, UNFINISHED_FILES, resume=request.resume, restart=request.restart):
        return None
    unfinished = Unfinished(unfinished_path(request.output))
    checkpoint = read_checkpoint(unfinished.checkpoint)
    check_identity(checkpoint.identity, request, f"the run in {unfinished.path}", "begin anew with --restart")
    return checkpoint


@contextmanager
def unfinished_run(request: TrainRequest) -> Iterator[Unfinished]:
    """The run's directory, emptied unless it is to go on. It stays where the block ends badly after a checkpoint.

    Raises:
        DataError: another process is at work on it, it cannot be made, or somebody has put something else there.
    """
    with held(request.output, UNFINISHED_FILES, "train", goes_on=request.resume) as unfinished:
        yield unfinished
