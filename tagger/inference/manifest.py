"""The JSON file that describes a model directory and every other file in it, whatever the model is."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tagger.errors import BundleError

TAGGER, LANGUAGE_MODEL = "model.json", "language_model.json"
_KINDS = {  # what a directory with such a description is, and who runs it
    TAGGER: "a tagger, which `tagger tag` and `tagger evaluate` run",
    LANGUAGE_MODEL: "a language model, which `tagger perplexity` and `tagger generate` run",
}
_WANTED = {
    TAGGER: "a tagger, as `tagger train` makes it",
    LANGUAGE_MODEL: "a language model, as `tagger pretrain` makes it",
}


def read_manifest(path: Path, name: str, version: int) -> dict[str, Any]:
    """What the description of this name in a model directory says, once found unaltered.

    Raises:
        BundleError: no such model there, another format version, or an altered description.
    """
    place, values = path / name, read_values(path, name)
    if values["format_version"] != version:
        found = f"format version {values['format_version']}, this program reads {version}"
        raise BundleError(f"{place}: {found}; install the tagger version that wrote it, or train again")
    _check_whole(place, values)
    return values


def write_manifest_values(directory: Path, name: str, values: Mapping[str, Any], files: Collection[str]) -> None:
    """Write a description last, over files that are all in place."""
    whole = {**values, "files": {file: _fingerprint(directory / file) for file in files}}
    whole["checksum"] = _checksum_of(whole)
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    (directory / name).write_text(text + "\n", encoding="utf-8")


def check_names(files: Mapping[str, Any], parts: Collection[str], extras: Collection[str]) -> None:
    """See that a description names all parts, with their sizes, and besides them extras alone.

    Raises:
        ValueError: it does not. KeyError, TypeError: it is not of the form it should be.
    """
    sizes = [file["bytes"] for file in files.values()]
    if not {*parts} <= {*files} <= {*parts, *extras}:
        raise ValueError("other files than a model has")
    if not all(isinstance(size, int) for size in sizes):
        raise ValueError("an unknown size")


def check_files(path: Path, files: Mapping[str, Any]) -> None:
    """See that every file is the one described.

    Raises:
        BundleError: one is missing, cut or altered.
    """
    for name, expected in files.items():
        _check_part(path / name, expected)


def is_described(path: Path, name: str) -> bool:
    """Whether a model with such a description, of any format version, stands there and nothing else."""
    try:
        values = read_values(path, name)
        _check_whole(path / name, values)
    except BundleError:
        return False
    files = values.get("files")
    return isinstance(files, dict) and {item.name for item in path.iterdir()} <= {*files, name}


def read_values(path: Path, name: str) -> dict[str, Any]:
    """What a description says, be it altered or not.

    Raises:
        BundleError: no such description there, or it is none.
    """
    place = path / name
    try:
        values = json.loads(place.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(_no_model(path, name)) from None
    except OSError as error:
        raise BundleError(f"{place}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{place}: not valid JSON ({error}); the file is damaged") from None
    if not isinstance(values, dict) or "format_version" not in values:
        raise BundleError(f"{place}: not the description of a model")
    return values


def _no_model(path: Path, name: str) -> str:
    for other, what in _KINDS.items():
        if other != name and (path / other).is_file():
            return f"{path}: {what}; expected {_WANTED[name]}"
    return f"{path}: no model there, expected a directory with {name}"


def _check_whole(place: Path, values: dict[str, Any]) -> None:
    if values.get("checksum") != _checksum_of(values):
        raise BundleError(f"{place}: its checksum is wrong; the file was altered")


def _check_part(path: Path, expected: dict[str, Any]) -> None:
    try:
        found = _fingerprint(path)
    except FileNotFoundError:
        raise BundleError(f"{path}: missing; copy the model again") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
    if found["bytes"] != expected["bytes"]:
        size = f"{found['bytes']} bytes, expected {expected['bytes']}"
        raise BundleError(f"{path}: {size}; the file is cut or altered, copy the model again")
    if found != expected:
        raise BundleError(f"{path}: its checksum is wrong; the file was altered, copy the model again")


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"bytes": stream.tell(), "sha256": digest}


def _checksum_of(values: dict[str, Any]) -> str:
    plain = {name: value for name, value in values.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
