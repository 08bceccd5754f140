"""The errors that speak to a person. They are caught once, in `tagger.commands`."""

from pathlib import Path


class TaggerError(Exception):
    """Something the user can mend; its text is one line and says what was found and what to do."""


class DataError(TaggerError):
    """A file's content is not what it should be."""

    @classmethod
    def at(cls, path: str | Path, line: int, message: str) -> "DataError":
        """An error at a line of a file, the first line being 1."""
        return cls(f"{path}:{line}: {message}")


class ConfigError(TaggerError):
    """An option has a value that cannot be."""


class BundleError(TaggerError):
    """A model directory is missing, damaged or of another kind."""
