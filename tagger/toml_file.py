"""Reads a TOML file that a person wrote: whatever is wrong with it is said with its line."""

import codecs
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.errors import DataError
from tagger.files import open_input

_SYNTAX_ERROR = re.compile(r"(?P<what>.+) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S)
_ADVICE = {
    "Invalid value": "; text stands in quotes, truth values are true and false",
    "Cannot overwrite a value": "; it was set before, leave one out",
}


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a TOML file says, and where."""

    path: Path
    text: str
    values: dict[str, Any]

    def error(self, message: str, *keys: str) -> DataError:
        """An error at the line that sets the last of `keys`, each in the table before it; without keys at line 1."""
        line = next(line for line, values in _beginnings(self.text) if values is None or _has(values, keys))
        return DataError.at(self.path, line, message)


def read_toml(path: Path) -> TomlFile:
    """Read a file.

    Raises:
        DataError: it cannot be read or is not TOML.
    """
    text = _text_of(path)
    return TomlFile(path, text, _parsed(text, path))


def _text_of(path: Path) -> str:
    with open_input(path) as stream:
        raw = stream.read().removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8").replace("\r\n", "\n") + "\n"  # so that only what is unclosed ends with the file
    except UnicodeDecodeError as error:
        line, position = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        found = f"byte 0x{raw[error.start]:02x} at position {position} is not UTF-8"
        raise DataError.at(path, line, f"{found}; convert the file to UTF-8 first") from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        found = _SYNTAX_ERROR.fullmatch(str(error))
        if found and found["line"]:
            problem = f"not TOML: {found['what']} at column {found['column']}{_ADVICE.get(found['what'], '')}"
            raise DataError.at(path, int(found["line"]), problem) from None
        problem = f"{found['what']}; what begins here does not end" if found else str(error)  # too many digits
        raise DataError.at(path, _line_of_the_unreadable(text), f"not TOML: {problem}") from None
    except RecursionError:
        problem = "brackets are nested too deeply; an option takes plain values"
        raise DataError.at(path, _line_of_the_unreadable(text), problem) from None


def _line_of_the_unreadable(text: str) -> int:
    return next(line for line, values in _beginnings(text) if values is None)


def _beginnings(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Each statement's first line, with what the file says up to its end; last, with None, what cannot be read."""
    lines, start = text.split("\n"), 1
    for end in range(1, len(lines) + 1):
        try:
            values = tomllib.loads("\n".join(lines[:end]))
        except (ValueError, RecursionError):  # within a value of several lines, or in one that cannot be read
            continue
        yield start, values
        start = end + 1
    if start <= len(lines):
        yield start, None


def _has(values: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if key not in values:
            return False
        values = values[key]
    return True
