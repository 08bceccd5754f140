"""What an option is: a field that carries its default, its limits and its help, and is checked when it is made."""

import sys
from dataclasses import field, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

from tagger.errors import ConfigError

Value = TypeVar("Value")


def option(
    default: Value,
    text: str,
    *,
    panel: str,
    minimum: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
) -> Value:
    """A dataclass field that carries what a command line needs to offer it.

    Args:
        minimum, maximum: inclusive limits. below: an exclusive upper limit.
    """
    limits = {"minimum": minimum, "maximum": maximum, "below": below}
    made: Value = field(default=default, metadata={"help": text, "panel": panel, **limits})
    return made


class Checked:
    """Validates every field of a dataclass against the limits in its metadata."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            _check(item.name, getattr(self, item.name), item.type, item.metadata)


def _check(name: str, value: Any, kind: Any, limits: Any) -> None:
    flag = "--" + name.replace("_", "-")
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ConfigError(f"{flag}: {value!r} is not one of {', '.join(get_args(kind))}")
        return
    if not _is_of(value, kind):
        raise ConfigError(f"{flag}: {value!r} is not a value of type {getattr(kind, '__name__', kind)}")
    if value is None:
        return
    low, high, below = limits.get("minimum"), limits.get("maximum"), limits.get("below")
    if low is not None and not value >= low:
        raise ConfigError(f"{flag}: {value} is less than {low}")
    if high is not None and not value <= high:
        raise ConfigError(f"{flag}: {value} is more than {high}")
    if below is not None and not value < below:
        raise ConfigError(f"{flag}: {value} is not below {below}")


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a field's type; whole numbers pass for finite fractions, truth values for neither."""
    if get_origin(kind) is UnionType:
        return any(_is_of(value, one) for one in get_args(kind))
    if kind is float:
        return type(value) in {int, float} and -sys.float_info.max <= value <= sys.float_info.max
    return value is None if kind is NoneType else type(value) is kind
