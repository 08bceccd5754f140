"""A directory for BRAT: for each document its text and its annotations, two files of one name."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tagger.corpus.document import Document
from tagger.documents.workers import Written
from tagger.files import make_directory, replacing_file
from tagger.surrogates import without_surrogates

_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_LONGEST = 200  # bytes of a name; file systems have room for 255


class BratDirectory:
    """Names are made of the documents' ids; of two that would be the same the second gets a number."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._names = set[str]()
        self._numbers = dict[str, int]()

    @contextmanager
    def writing(self) -> Iterator[Callable[[Sequence[Document], Written], None]]:
        """What writes a window's documents. Each file is there whole or not at all.

        Raises:
            DataError: the directory or a file cannot be written.
        """
        make_directory(self._place)
        yield self._write

    def _write(self, window: Sequence[Document], written: Written) -> None:
        for document, annotations in zip(window, written.documents, strict=True):
            name = self._name_of(document.id)
            for suffix, content in ((".txt", without_surrogates(document.text)), (".ann", annotations)):
                with replacing_file(self._place / f"{name}{suffix}") as stream:
                    stream.write(content)

    def _name_of(self, id_: str) -> str:
        stem = _NOT_IN_NAMES.sub("_", id_.removesuffix(".txt"))
        stem = stem.encode()[-_LONGEST:].decode(errors="ignore").strip("._") or "document"
        key, name = stem.casefold(), stem
        while name.casefold() in self._names:
            self._numbers[key] = self._numbers.get(key, 1) + 1
            name = f"{stem}-{self._numbers[key]}"
        self._names.add(name.casefold())
        return name
