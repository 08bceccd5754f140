"""spaCy, where it is installed."""

from importlib.util import find_spec

from tagger.errors import ConfigError


def require_spacy() -> None:
    """Check that spaCy is there, without importing it.

    Raises:
        ConfigError: it is not.
    """
    if find_spec("spacy") is None:
        raise ConfigError("spaCy's binary form needs spacy; in the checkout: pip install '.[spacy]'")
