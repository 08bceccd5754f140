"""What a tagger's network takes over from a language model: what is learned of words, characters and their order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from tagger.config import CharacterConfig
from tagger.errors import ConfigError
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import SPECIALS, Vocabulary
from tagger.language_models.bundle import LanguageBundle
from tagger.network.network import Network

Weights = Mapping[str, NDArray[np.float32]]
Rows = tuple[list[int], list[int]]  # of the network, and of the language model

_EMBEDDING, _LETTERS = "embedding", "characters.embedding"
_FIRST_CLASS_ROW = 1  # class c of the softmax is row c + 1


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What a network has of a language model.

    Args:
        words, characters: rows with what was learned of them there, and how many there are to learn.
        carried, new: names of other weights that it has from there, whole or in part, and that begin at random.
    """

    path: Path
    words: tuple[int, int]
    characters: tuple[int, int] | None
    carried: tuple[str, ...]
    new: tuple[str, ...]


def check_source(model: LanguageBundle, embedding_size: int) -> None:
    """See that a network can begin with a language model.

    Raises:
        ConfigError: it is one of characters, or its word rows have another width.
    """
    if not model.reads_words:
        raise ConfigError(f"--init-from {model.path}: reads characters, not words; name it with --character-lm")
    width = model.config.words.embedding_size
    if width != embedding_size:
        raise ConfigError(
            f"--init-from {model.path}: its words have {width} numbers each, here they have {embedding_size}"
        )


def carry_over(
    network: Network,
    vocabulary: Vocabulary,
    characters: CharacterVocabulary | None,
    config: CharacterConfig,
    model: LanguageBundle,
) -> CarriedOver:
    """Put what a language model has learned into a network. Words and characters are found by what they are.

    The kernel of an encoder that read words alone gives its rows for them; those for characters' features stay new.
    """
    weights, own = model.weights(), network.weights()
    words = _shared(vocabulary.words[: vocabulary.train_rows], model.vocabulary().words)
    _take_rows(own[_EMBEDDING], weights[_EMBEDDING], words)
    done, letters = {_EMBEDDING}, None
    spelled = model.characters()
    if characters is not None and spelled is not None and _fits(_LETTERS, own, weights):
        rows = _shared((*SPECIALS, *characters.characters), (*SPECIALS, *spelled.characters))
        _take_rows(own[_LETTERS], weights[_LETTERS], rows)
        letters = len(rows[0]) - len(SPECIALS), len(characters.characters)
        done.add(_LETTERS)
    widths = _known_widths(network, config, model)
    for name in own.keys() & weights.keys() - {_EMBEDDING, _LETTERS}:
        if _take(name, own[name], weights[name], words, widths):
            done.add(name)
    learned = len(words[0]) - len(SPECIALS), vocabulary.train_rows - len(SPECIALS)
    others = [name for name in own if name not in {_EMBEDDING, _LETTERS}]
    carried, new = ([name for name in others if (name in done) == is_done] for is_done in (True, False))
    return CarriedOver(model.path, learned, letters, tuple(carried), tuple(new))


def _known_widths(network: Network, config: CharacterConfig, model: LanguageBundle) -> set[int]:
    """Rows of a first kernel that mean the same here and there: those of words, and of letters read in the same way."""
    size, letters = int(network.embedding.matrix.shape[1]), network.characters
    theirs = model.config.characters
    reads_alike = (theirs.characters, theirs.character_features) == (config.characters, config.character_features)
    return {size} | ({size + letters.size} if reads_alike and letters is not None else set())


def _take(
    name: str, variable: keras.Variable, value: NDArray[np.float32], words: Rows, widths: Collection[int]
) -> bool:
    """Take one weight over, whole or in part, if it is of the same kind."""
    if name.startswith("language_model.") and name.endswith(".bias"):
        classes = [[row - _FIRST_CLASS_ROW for row in rows] for rows in words]
        both = [pair for pair in zip(*classes, strict=True) if pair[0] < variable.shape[0] and pair[1] < len(value)]
        kept = [pair for pair in both if min(pair) >= 0]
        _take_rows(variable, value, ([mine for mine, _ in kept], [theirs for _, theirs in kept]))
        return True
    if name.startswith("encoder.0.") and name.endswith(".kernel"):
        if len(value) not in widths or variable.shape[1] != value.shape[1]:
            return False
        _take_rows(variable, value, ([*range(len(value))], [*range(len(value))]))
        return True
    if tuple(variable.shape) == value.shape:
        variable.assign(value)
        return True
    return False


def _fits(name: str, own: Mapping[str, keras.Variable], weights: Weights) -> bool:
    return name in own and name in weights and own[name].shape[1] == weights[name].shape[1]


def _shared(mine: Sequence[str], theirs: Sequence[str]) -> Rows:
    """The rows of what stands in both; the special ones are first in each."""
    places = {item: row for row, item in enumerate(theirs)}
    rows = [row for row, item in enumerate(mine) if item in places]
    return rows, [places[mine[row]] for row in rows]


def _take_rows(variable: keras.Variable, value: NDArray[np.float32], rows: Rows) -> None:
    changed = np.asarray(variable.value).copy()
    changed[rows[0]] = value[rows[1]]
    variable.assign(changed)
