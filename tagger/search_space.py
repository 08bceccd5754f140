"""What `tagger tune` searches: options of config, each with the values it may take."""

import json
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tagger.config import Config

FIXED = "seed"  # the best of many seeds would be luck


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included: in steps from `low`, or even on a logarithmic scale."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high and self._on_a_step(value)

    def _on_a_step(self, value: float) -> bool:
        return self.step is None or (Decimal(str(value)) - Decimal(str(self.low))) % Decimal(str(self.step)) == 0

    def to_json(self) -> dict[str, Any]:
        """What a space file says of it."""
        step = {} if self.step is None else {"step": self.step}
        return {"low": self.low, "high": self.high} | step | ({"log": True} if self.log else {})


@dataclass(frozen=True, slots=True)
class Choices:
    """A few values, in no order."""

    values: tuple[Any, ...]

    def __contains__(self, value: object) -> bool:
        return value in self.values

    def to_json(self) -> dict[str, Any]:
        """What a space file says of it."""
        return {"choices": list(self.values)}


Domain = Range | Choices
SearchSpace = Mapping[str, Domain]

DEFAULT_SPACE: SearchSpace = MappingProxyType(
    {
        "learning_rate": Range(0.001, 0.01, log=True),
        "input_dropout": Range(0.1, 0.6, step=0.05),
        "output_dropout": Range(0.2, 0.6, step=0.05),
        "units": Choices((64, 128, 200)),
        "batch_size": Choices((16, 32, 64)),
    }
)


def searchable() -> dict[str, Field[Any]]:
    """The options that a search may vary, by name."""
    return {item.name: item for kind in _sections().values() for item in fields(kind) if item.name != FIXED}


def values_of(config: Config) -> dict[str, Any]:
    """All options of a configuration by name."""
    return {name: value for section in config.to_json().values() for name, value in section.items()}


def with_values(config: Config, values: Mapping[str, Any]) -> Config:
    """The configuration with some options set to other values."""
    changed = {
        section: replace(
            getattr(config, section), **{item.name: values[item.name] for item in fields(kind) if item.name in values}
        )
        for section, kind in _sections().items()
    }
    return replace(config, **changed)


def checked_value(name: str, value: Any) -> Any:
    """A value as the option keeps it: a whole number for a fraction becomes one.

    Raises:
        ConfigError: the option cannot have it.
    """
    kind = next(kind for kind in _sections().values() if name in {item.name for item in fields(kind)})
    kept = getattr(kind(**{name: value}), name)
    return float(kept) if searchable()[name].type is float else kept


def value_text(value: Any) -> str:
    """A value for a person: four digits, and truth values as TOML has them."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def space_json(space: SearchSpace) -> dict[str, Any]:
    """Nested plain values, as in a space file."""
    return {name: domain.to_json() for name, domain in space.items()}


def space_from_json(tables: Mapping[str, Any]) -> SearchSpace:
    """The inverse of `space_json`, for what it has written."""
    return {
        name: Choices(tuple(table["choices"])) if "choices" in table else Range(**table)
        for name, table in tables.items()
    }


def space_toml(space: SearchSpace) -> str:
    """The text of a space file."""
    tables = (
        "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in domain.to_json().items())])
        for name, domain in space.items()
    )
    return "\n\n".join(tables) + "\n"


def _sections() -> dict[str, Any]:
    return {section.name: section.default_factory for section in fields(Config)}
