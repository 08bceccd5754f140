"""Reads the space of a search from a TOML file: a table for each option, errors with their line."""

import codecs
import difflib
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn, get_args

from tagger.errors import ConfigError, DataError
from tagger.files import open_input
from tagger.search_space import FIXED, Choices, Domain, Range, SearchSpace, checked_value, searchable

_KEYS = ("low", "high", "step", "log", "choices")
_LARGEST = 1e300  # distances between larger numbers can be beyond what a number can be
_SYNTAX_ERROR = re.compile(r"(?P<what>.+) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S)


def read_space(path: Path) -> SearchSpace:
    """Read and check a space file.

    Raises:
        DataError: it is not TOML, names what is no option, or gives an option values that it cannot have.
    """
    text = _text_of(path)
    tables = _parsed(text, path)
    if not tables:
        raise DataError.at(path, 1, "found no option to search; expected tables, as [units] with choices = [64, 128]")
    return {name: _domain(_Table(path, text, name), table) for name, table in tables.items()}


@dataclass(frozen=True, slots=True)
class _Table:
    """The table of one option, for what is to be said of it."""

    path: Path
    text: str
    name: str

    def fail(self, message: str, key: str | None = None) -> NoReturn:
        """Raise an error with the line of a key, or with that of the table."""
        raise DataError.at(self.path, _line_of(self.text, self.name, key), message)

    def checked(self, value: Any, key: str) -> Any:
        """A value as the option keeps it."""
        try:
            return checked_value(self.name, value)
        except ConfigError as error:
            self.fail(str(error), key)


def _domain(place: _Table, table: Any) -> Domain:
    _check_name(place)
    if not isinstance(table, dict):
        place.fail(f"expected a table [{place.name}] with low and high, or with choices; found {table!r}")
    for key in table:
        if key not in _KEYS:
            place.fail(f"unknown key {key!r} of {place.name}; expected one of {', '.join(_KEYS)}", key)
    return _choices(place, table) if "choices" in table else _range(place, table)


def _check_name(place: _Table) -> None:
    names = searchable()
    if place.name == FIXED:
        place.fail(f"{FIXED} cannot be searched, the best of many would be luck; give one with --{FIXED}")
    if place.name not in names:
        near = difflib.get_close_matches(place.name.strip("-").replace("-", "_"), names, n=1)
        hint = f"did you mean {near[0]}?" if near else "expected one that shapes a model; see `tagger train --help`"
        place.fail(f"unknown option {place.name!r}; {hint}")


def _choices(place: _Table, table: dict[str, Any]) -> Choices:
    others = [key for key in table if key != "choices"]
    if others:
        place.fail(f"{place.name} has choices; leave {' and '.join(others)} out", others[0])
    found = table["choices"]
    if not isinstance(found, list) or len(found) < 2:
        place.fail(f"choices of {place.name}: expected a list of at least two values, found {found!r}", "choices")
    values = tuple(place.checked(value, "choices") for value in found)
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        place.fail(f"choices of {place.name}: {twice[0]!r} stands there twice", "choices")
    return Choices(values)


def _range(place: _Table, table: dict[str, Any]) -> Range:
    kind = searchable()[place.name].type
    if not {int, float} & {kind, *get_args(kind)}:
        place.fail(f"{place.name} is not a number; expected choices")
    for key in ("low", "high"):
        if key not in table:
            place.fail(f"{place.name} has no {key}; expected low and high, or choices")
    low, high = (place.checked(table[key], key) for key in ("low", "high"))
    if not low < high:
        place.fail(f"low of {place.name}, {low}, is not less than its high, {high}", "low")
    if max(-low, high) > _LARGEST:
        place.fail(f"{place.name} from {low:g} to {high:g} is too wide to search", "low")
    log = table.get("log", False)
    if not isinstance(log, bool):
        place.fail(f"log of {place.name}: expected true or false, found {log!r}", "log")
    if log and low <= 0:
        place.fail(f"low of {place.name}, {low}, has no logarithm; expected more than 0, or no log", "low")
    if log and "step" in table:
        place.fail(f"{place.name} has both log and step; leave one out", "step")
    return Range(low, high, _step(place, table["step"], low, high) if "step" in table else None, log)


def _step(place: _Table, step: Any, low: float, high: float) -> float:
    whole = isinstance(low, int)
    if type(step) not in ({int} if whole else {int, float}) or not step > 0:
        kind = "whole number" if whole else "number"
        place.fail(f"step of {place.name}: expected a {kind} above 0, found {step!r}", "step")
    try:
        rest = (Decimal(str(high)) - Decimal(str(low))) % Decimal(str(step))
    except InvalidOperation:
        place.fail(f"step of {place.name}: {step} is too small for {low} to {high}", "step")
    if rest:
        place.fail(f"high of {place.name}, {high}, is no number of steps of {step} above its low, {low}", "high")
    return int(step) if whole else float(step)


def _text_of(path: Path) -> str:
    with open_input(path) as stream:
        raw = stream.read().removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError.at(path, line, f"byte 0x{raw[error.start]:02x} is not UTF-8; convert the file first") from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        found = _SYNTAX_ERROR.fullmatch(str(error))
        if found is None:  # a number of too many digits
            raise DataError(f"{path}: {error}") from None
        line = int(found["line"] or text.rstrip("\n").count("\n") + 1)
        column = f" at column {found['column']}" if found["column"] else ""
        raise DataError.at(path, line, f"not TOML: {found['what']}{column}") from None
    except RecursionError:
        raise DataError(f"{path}: brackets are nested too deeply; a space has tables of plain values") from None


def _line_of(text: str, table: str, key: str | None) -> int:
    """The line where a table, or a key of it, is set: the one after the longest beginning that does not have it."""
    lines, start = text.split("\n"), 1
    for end in range(1, len(lines) + 1):
        try:
            beginning = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:  # within a value of several lines
            continue
        if table in beginning and (key is None or key in beginning[table]):
            break
        start = end + 1
    return start
