"""The forms of labelled text by name, and how to tell one by its name or its first line."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePath

from tagger.conversion.annotated import AnnotatedDocument
from tagger.conversion.lines import Lines
from tagger.conversion.options import Context, FormName
from tagger.conversion.readers.brat import read_brat
from tagger.conversion.readers.columns import column_scheme, read_columns
from tagger.conversion.readers.docbin import read_docbin
from tagger.conversion.readers.huggingface import TOKENS, huggingface_scheme, read_huggingface
from tagger.conversion.readers.jsonl import read_jsonl
from tagger.conversion.writers.columns import write_columns
from tagger.conversion.writers.docbin import write_docbin
from tagger.conversion.writers.huggingface import write_huggingface
from tagger.conversion.writers.jsonl import write_jsonl
from tagger.corpus.schemes import Scheme
from tagger.errors import ConfigError

READERS: Mapping[FormName, Callable[[Context], Iterator[AnnotatedDocument]]] = {
    "columns": read_columns,
    "jsonl": read_jsonl,
    "brat": read_brat,
    "spacy": read_docbin,
    "huggingface": read_huggingface,
}
SCHEMES_OF: Mapping[FormName, Callable[[Context], Scheme]] = {
    "columns": column_scheme,
    "huggingface": huggingface_scheme,
}
Writer = Callable[[Iterable[AnnotatedDocument], Context], Iterator[bytes]]
FILE_WRITERS: Mapping[FormName, Writer] = {  # BRAT's is a directory
    "columns": write_columns,
    "jsonl": write_jsonl,
    "spacy": write_docbin,
    "huggingface": write_huggingface,
}
STANDARD = Path("-")
_JSON = {".jsonl", ".ndjson", ".json"}


def form_of_source(lines: Lines, text_field: str) -> FormName:
    """The form of what is read: a directory, a .spacy file, JSON by its first line, else columns.

    Raises:
        DataError: it cannot be read.
    """
    path = lines.path
    if path.is_dir():
        return "brat"
    if _suffix(path) == ".spacy":
        return "spacy"
    if _suffix(path) not in _JSON and path != STANDARD:
        return "columns"
    line = next((line for line in lines if line.strip()), "")
    if path == STANDARD and not line.lstrip().startswith(("{", "[")):
        return "columns"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return "jsonl"  # whose reader says what is wrong
    return "huggingface" if isinstance(record, dict) and TOKENS in record and text_field not in record else "jsonl"


def form_of_target(path: Path) -> FormName:
    """The form of what is written, by its name.

    Raises:
        ConfigError: the name does not say.
    """
    if path.is_dir():
        return "brat"
    suffix = _suffix(path)
    if not suffix:
        raise ConfigError(f"{path}: its name does not say in which form to write it; say so with --to")
    return "spacy" if suffix == ".spacy" else "jsonl" if suffix in _JSON else "columns"


def _suffix(path: Path) -> str:
    return PurePath(path.name.lower().removesuffix(".gz")).suffix
