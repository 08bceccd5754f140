"""Reads the space of a search from a TOML file: a table for each option, errors with their line."""

import difflib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn, get_args

from tagger.errors import ConfigError
from tagger.search_space import FIXED, Choices, Domain, Range, SearchSpace, checked_value, searchable
from tagger.toml_file import TomlFile, read_toml

_KEYS = ("low", "high", "step", "log", "choices")
_LARGEST = 1e300  # distances between larger numbers can be beyond what a number can be


def read_space(path: Path) -> SearchSpace:
    """Read and check a space file.

    Raises:
        DataError: it is not TOML, names what is no option, or gives an option values that it cannot have.
    """
    file = read_toml(path)
    if not file.values:
        raise file.error("found no option to search; expected tables, as [units] with choices = [64, 128]")
    return {name: _domain(_Table(file, name), table) for name, table in file.values.items()}


@dataclass(frozen=True, slots=True)
class _Table:
    """The table of one option, for what is to be said of it."""

    file: TomlFile
    name: str

    def fail(self, message: str, *key: str) -> NoReturn:
        """Raise an error with the line of a key, or with that of the table."""
        raise self.file.error(message, self.name, *key)

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
