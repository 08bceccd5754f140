"""What a language model writes of itself: words or characters drawn one after the other."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tagger.errors import ConfigError
from tagger.features.vocabulary import UNK
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.writers import CharacterWriter, WordWriter, Writer

_LOWEST = -math.inf


def sample(
    bundle: LanguageBundle,
    seed_text: str = "",
    *,
    temperature: float = 1.0,
    length: int = 200,
    seed: int = 1,
    threads: int = 1,
) -> Iterator[str]:
    """Go on with a text, forward, in pieces as they are drawn; the first is the given text itself.

    The same seed gives the same text. `<unk>` is never drawn unless nothing else could be, and no sentence is empty.

    Args:
        temperature: log-probabilities are divided by it: below 1 likely ones are likelier still, at 0 the likeliest is
            always taken.
        length: words, with ends of sentences, or characters to draw.
        threads: ONNX Runtime's; one word at a time is best read by one.

    Raises:
        ConfigError: a temperature that is no number of 0 or more, or a length or seed below 0.
    """
    if not 0.0 <= temperature < math.inf:
        raise ConfigError(f"--temperature: {temperature} is not a number of 0 or more")
    for flag, value in (("--length", length), ("--seed", seed)):
        if value < 0:
            raise ConfigError(f"{flag}: {value} is less than 0")
    writer = WordWriter(bundle, threads) if bundle.reads_words else CharacterWriter(bundle, threads)
    return _pieces(writer, seed_text, temperature, length, np.random.default_rng(seed))


def _pieces(
    writer: Writer, seed_text: str, temperature: float, length: int, generator: np.random.Generator
) -> Iterator[str]:
    if given := writer.begin(seed_text):
        yield given
    for _ in range(length):
        yield writer.write(draw_row(writer.log_probabilities(), writer.barred(), temperature, generator))


def draw_row(
    log_probabilities: NDArray[np.float32], barred: tuple[int, ...], temperature: float, generator: np.random.Generator
) -> int:
    """A row of the matrix that is not barred, or that of `<unk>` if no other can be.

    Args:
        log_probabilities: of the classes, [C]; class c is row c + 1.
    """
    scores = log_probabilities.astype(np.float64)
    scores[[row - 1 for row in barred]] = _LOWEST
    highest = scores.max()
    if highest == _LOWEST:
        return UNK
    if temperature == 0.0:
        return int(scores.argmax()) + 1
    with np.errstate(over="ignore"):
        weights = np.exp((scores - highest) / temperature).cumsum()
    return int(np.searchsorted(weights, generator.random() * weights[-1], side="right")) + 1
