"""Where text goes: into a file, whole or not at all, or to standard output, as it comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.files import make_directory, replacing_file, standard_output

STANDARD_OUTPUT = Path("-")


@contextmanager
def text_output(output: Path) -> Iterator[Callable[[str], object]]:
    """What writes text to a file, whose directory is made, or for `-` to standard output, at once.

    Raises:
        DataError: it cannot be written, or standard output is closed.
    """
    if output != STANDARD_OUTPUT:
        make_directory(output.parent)
        with replacing_file(output) as file:
            yield file.write
        return
    stream = standard_output()

    def put(text: str) -> None:
        stream.write(text.encode())
        stream.flush()

    yield put
