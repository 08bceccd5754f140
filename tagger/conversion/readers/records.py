"""JSON objects, one a line."""

import json
from collections.abc import Iterator
from typing import TypeGuard

from tagger.conversion.lines import Lines
from tagger.errors import DataError


def json_lines(lines: Lines) -> Iterator[tuple[str, object]]:
    """What stands in each line that is not blank, after its path and line.

    Raises:
        DataError: a line is no JSON.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield f"{lines.name}:{number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataError.at(lines.name, number, f"expected JSON, an object a line; {error}") from None


def as_object(value: object, place: str) -> dict[str, object]:
    """A JSON value that must be an object.

    Raises:
        DataError: it is none.
    """
    if not isinstance(value, dict):
        raise DataError(f"{place}: expected a JSON object, found {found(value)}")
    return value


def found(value: object) -> str:
    """A JSON value for a message, not too long."""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."


def string_of(value: object) -> str | None:
    """A string or a whole number as a string."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
