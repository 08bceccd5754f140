"""A run's options as a TOML file: read for `--config`, and written so that a run can be repeated.

The file is flat. Its keys are the long options with underscores, and its paths are relative to the file itself.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tagger.config import SECTIONS, ColumnFormat, RunConfig, SeedsConfig, TextFormat, TokenFormat
from tagger.errors import ConfigError
from tagger.surrogates import has_surrogates
from tagger.toml_file import read_toml

CONFIGS = (ColumnFormat, *SECTIONS, RunConfig)
PATHS = ("train", "dev", "vectors", "init_from", "character_lm", "output")
PATH_LISTS = ("unlabelled",)
TEXT_OPTIONS = ("text_field", "language", "errors")  # those that unlabelled text is read by
NO_TEXT_OPTIONS = tuple(item.name for item in fields(TextFormat) if item.name not in TEXT_OPTIONS)

_CONFIG_OF: dict[str, type] = {
    item.name: config
    for config in (*CONFIGS, SeedsConfig, TextFormat, TokenFormat)
    for item in fields(config)
    if item.name not in NO_TEXT_OPTIONS
}
_HEADER = "`tagger train --config` with this file repeats the run. Its paths are relative to the file."


def read_run_file(path: Path, refused: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The options that a file gives, by name; its paths become those that lead there from here.

    Args:
        refused: options that must not stand in it, and what to say of each.

    Raises:
        DataError: the file cannot be read or is not TOML, or one of its keys or values cannot be.
    """
    file = read_toml(path)
    for key, value in file.values.items():
        if problem := _problem(key, value) or refused.get(key):
            raise file.error(problem, key)
    return {key: _from_here(key, value, path.parent) for key, value in file.values.items()}


def run_text(paths: Mapping[str, Path | Sequence[Path] | None], configs: Sequence[object], relative_to: Path) -> str:
    """The text of a file, to lie in the directory `relative_to`, that repeats a run; what is None is left out."""
    import tomlkit

    panels = {"Files": {name: _leading(path, relative_to) for name, path in paths.items() if path is not None}}
    for config in configs:
        for item in fields(config):  # type: ignore[arg-type]  # every configuration is a dataclass
            if item.name in _CONFIG_OF and (value := getattr(config, item.name)) is not None:
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


def _problem(key: str, value: Any) -> str | None:
    """What is wrong with one line of a file, if anything is."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
        return f"{key!r} is a table; options stand in no table, each as a line of its own: batch_size = 32"
    if key in PATHS:
        return None if _is_path(value) else f"{key}: {value!r} is not a path"
    if key in PATH_LISTS:
        are_paths = isinstance(value, list) and all(map(_is_path, value))
        return None if are_paths else f'{key}: {value!r} is not a list of paths; write it as ["a.txt", "b.txt"]'
    if key not in _CONFIG_OF:
        near = get_close_matches(key, [*PATHS, *PATH_LISTS, *_CONFIG_OF], n=1)
        return f"unknown option {key!r}; " + (f"did you mean {near[0]}?" if near else "see `tagger train --help`")
    try:
        _CONFIG_OF[key](**{key: value})
    except ConfigError as error:
        return str(error)
    return None


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value != "" and "\0" not in value


def _from_here(key: str, value: Any, directory: Path) -> Any:
    if key in PATH_LISTS:
        return [directory / path for path in value]
    return directory / value if key in PATHS else value


def _leading(path: Path | Sequence[Path], directory: Path) -> str | list[str]:
    if not isinstance(path, Path):
        return [Path(os.path.relpath(one.resolve(), directory.resolve())).as_posix() for one in path]
    return Path(os.path.relpath(path.resolve(), directory.resolve())).as_posix()


def _is_unicode(value: Any) -> bool:
    """Whether a value can stand in UTF-8; the name of a file may be any bytes."""
    texts = value if isinstance(value, list) else [value]
    return not any(has_surrogates(str(text)) for text in texts)
