"""A file of bytes, whole or not at all."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tagger.conversion.forms import STANDARD
from tagger.files import make_directory, replacing_file, standard_output


@contextmanager
def whole_output(target: Path) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file when the block ends well; of a name in .gz it is packed.

    Standard output gets it then as well, and nothing where the block ends with an error.

    Raises:
        DataError: it cannot be written.
    """
    if target == STANDARD:
        with tempfile.TemporaryFile() as spool:
            yield cast("BinaryIO", spool)
            spool.seek(0)
            stream = standard_output()
            shutil.copyfileobj(spool, stream)
            stream.flush()
        return
    make_directory(target.parent)
    with replacing_file(target) as text:
        if target.name.lower().endswith(".gz"):
            with gzip.GzipFile(filename="", fileobj=text.buffer, mode="wb", mtime=0) as packed:
                yield cast("BinaryIO", packed)
        else:
            yield text.buffer
