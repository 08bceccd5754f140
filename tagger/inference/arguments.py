"""What callers from Python give, checked; what is wrong is said of the argument by its name."""

from collections.abc import Sequence
from numbers import Integral, Real

from tagger.corpus.sentence import Sentence
from tagger.errors import ConfigError, DataError


def as_sentence(given: Sentence | Sequence[str]) -> Sentence:
    """A sentence, or a list of tokens as one.

    Raises:
        DataError: it is neither.
    """
    if isinstance(given, Sentence):
        return given
    if isinstance(given, str):
        raise DataError(f"expected a sentence as a list of tokens, found the string {given[:40]!r}; split it first")
    tokens = tuple(given)
    for token in tokens:
        if not isinstance(token, str):
            raise DataError(f"expected a sentence as a list of tokens, found {token!r} among them, which is no string")
    return Sentence(tokens)


def as_tagged(given: Sentence, number: int) -> Sentence:
    """A sentence that has tags, or nothing to tag; the `number`th, from 1.

    Raises:
        DataError: it is none.
    """
    if not isinstance(given, Sentence):
        raise DataError(f"sentence {number}: expected a Sentence with its right tags, found a {type(given).__name__}")
    if given.tokens and given.tags is None:
        raise DataError(f"sentence {number}: it has no tags: {' '.join(given.tokens)[:40]!r}")
    return given


def as_text(given: str, number: int) -> str:
    """A text; the `number`th, from 1.

    Raises:
        DataError: it is none.
    """
    if not isinstance(given, str):
        raise DataError(f"text {number}: expected a string, found a {type(given).__name__}")
    return given


def as_probability(name: str, given: float) -> float:
    """A number of any kind from 0 to 1.

    Raises:
        ConfigError: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, Real) or not 0.0 <= given <= 1.0:
        raise ConfigError(f"{name}: {given!r} is not a number from 0 to 1")
    return float(given)


def as_count(name: str, given: int) -> int:
    """A whole number of any kind from 1 on.

    Raises:
        ConfigError: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise ConfigError(f"{name}: {given!r} is not a whole number")
    if given < 1:
        raise ConfigError(f"{name}: {given} is less than 1")
    return int(given)
