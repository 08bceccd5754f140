"""Where a model is to stand: nothing but a model of its kind is ever replaced."""

from collections.abc import Callable
from pathlib import Path

from tagger.errors import DataError
from tagger.files import check_place


def check_replaceable(output: Path, is_model: Callable[[Path], bool], kind: str) -> None:
    """See before anything is learned that a model can be put there.

    Args:
        kind: of model, as a person calls it ("a language model").

    Raises:
        DataError: it cannot be written, or something stands there that is not only such a model.
    """
    check_place(output)
    if output.resolve() == Path.cwd():
        raise DataError(f"{output}: the current directory cannot be replaced; name another with --output")
    if output.is_mount():
        raise DataError(f"{output}: a mount point cannot be replaced; name a directory below it with --output")
    if output.exists() and not is_model(output) and (not output.is_dir() or any(output.iterdir())):
        raise DataError(f"{output}: not only {kind} stands there; name another directory with --output")
