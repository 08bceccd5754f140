"""A run's options as a TOML file: read for `--config`, and written so that a run can be repeated.

The file is flat. Its keys are the long options with underscores, and its paths are relative to the file itself.
"""

import codecs
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tagger.config import SECTIONS, ColumnFormat, RunConfig, SeedsConfig
from tagger.errors import ConfigError, DataError
from tagger.files import open_input

CONFIGS = (ColumnFormat, *SECTIONS, RunConfig)
PATHS = ("train", "dev", "vectors", "output")

_CONFIG_OF: dict[str, type] = {item.name: config for config in (*CONFIGS, SeedsConfig) for item in fields(config)}
_HEADER = "`tagger train --config` with this file repeats the run. Its paths are relative to the file."
_SYNTAX_ERROR = re.compile(r"(?P<what>.+) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S)
_ADVICE = {
    "Invalid value": "; text stands in quotes, truth values are true and false",
    "Cannot overwrite a value": "; an option stands in a file once",
}


def read_run_file(path: Path) -> dict[str, Any]:
    """The options that a file gives, by name; its paths become those that lead there from here.

    Raises:
        DataError: the file cannot be read or is not TOML, or one of its keys or values cannot be.
    """
    text = _text_of(path)
    values = _parsed(text, path)
    for key, value in values.items():
        if problem := _problem(key, value):
            raise DataError.at(path, _line_of(key, text), problem)
    return {key: path.parent / value if key in PATHS else value for key, value in values.items()}


def run_text(paths: Mapping[str, Path | None], configs: Sequence[object], relative_to: Path) -> str:
    """The text of a file, to lie in the directory `relative_to`, that repeats a run; what is None is left out."""
    import tomlkit

    panels = {"Files": {name: _leading(path, relative_to) for name, path in paths.items() if path is not None}}
    for config in configs:
        for item in fields(config):  # type: ignore[arg-type]  # every configuration is a dataclass
            if (value := getattr(config, item.name)) is not None:
                panels.setdefault(item.metadata["panel"], {})[item.name] = value
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEADER))
    for panel, options in panels.items():
        document.add(tomlkit.nl())
        document.add(tomlkit.comment(panel))
        for name, value in options.items():
            if _is_unicode(value):
                document.add(name, value)
            else:
                document.add(tomlkit.comment(f"{name}: {value!a} is not UTF-8 and cannot stand here"))
    return document.as_string()


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
        if found is None:  # a number of too many digits
            raise DataError(f"{path}: not TOML: {error}") from None
        if found["line"] is None:
            *_, (line, _nothing) = _statements(text)
            raise DataError.at(path, line, f"not TOML: {found['what']}; what begins here does not end") from None
        problem = f"not TOML: {found['what']} at column {found['column']}{_ADVICE.get(found['what'], '')}"
        raise DataError.at(path, int(found["line"]), problem) from None
    except RecursionError:
        raise DataError(f"{path}: brackets are nested too deeply; options are plain values") from None


def _problem(key: str, value: Any) -> str | None:
    """What is wrong with one line of a file, if anything is."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
        return f"{key!r} is a table; options stand in no table, each as a line of its own: batch_size = 32"
    if key in PATHS:
        is_path = isinstance(value, str) and value and "\0" not in value
        return None if is_path else f"{key}: {value!r} is not a path"
    if key not in _CONFIG_OF:
        near = get_close_matches(key, [*PATHS, *_CONFIG_OF], n=1)
        return f"unknown option {key!r}; " + (f"did you mean {near[0]}?" if near else "see `tagger train --help`")
    try:
        _CONFIG_OF[key](**{key: value})
    except ConfigError as error:
        return str(error)
    return None


def _line_of(key: str, text: str) -> int:
    return next(line for line, options in _statements(text) if key in options)


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each statement's first line and what it sets; the last one may lack its end and set nothing."""
    lines, start = text.split("\n"), 0
    for end in range(1, len(lines) + 1):
        try:
            options = tomllib.loads("\n".join(lines[start:end]))
        except tomllib.TOMLDecodeError:  # within a value of several lines
            continue
        yield start + 1, options
        start = end
    if start < len(lines):
        yield start + 1, {}


def _leading(path: Path, directory: Path) -> str:
    return Path(os.path.relpath(path.resolve(), directory.resolve())).as_posix()


def _is_unicode(value: Any) -> bool:
    """Whether a value can stand in UTF-8; the name of a file may be any bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in str(value))
