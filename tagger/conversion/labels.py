"""The names of tags that are numbers."""

from pathlib import Path

from tagger.conversion.lines import Lines
from tagger.corpus.entities import split_tag
from tagger.errors import ConfigError


def read_labels(given: str) -> tuple[str, ...]:
    """Names between commas, or those in a file, one a line.

    Raises:
        ConfigError: one is no tag, or one stands twice.
        DataError: the file cannot be read.
    """
    names = given.split(",")
    if "," not in given and given != "O":
        names = [line.strip() for line in Lines(Path(given)) if line.strip()]
    for name in names:
        try:
            split_tag(name)
        except ValueError:
            expected = "expected O or a prefix, a hyphen and a type, such as B-PER"
            raise ConfigError(f"--labels: {name!r} is no tag; {expected}") from None
        if names.count(name) > 1:
            raise ConfigError(f"--labels: {name!r} stands there twice")
    return tuple(names)
