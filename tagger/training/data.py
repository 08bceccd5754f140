"""The labelled sentences of a run, and what is said of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_conll, scheme_of
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError

_HELD_OUT = 10  # without a dev file, one sentence of ten


@dataclass(frozen=True, slots=True)
class LabelledData:
    """Train and dev; `dev_is_held_out` says that dev was taken from train."""

    train: Sequence[Sentence]
    dev: Sequence[Sentence]
    scheme: Scheme
    dev_scheme: Scheme
    dev_is_held_out: bool

    def types(self) -> list[str]:
        """Entity types of train, in alphabetical order."""
        return sorted({entity.type for sentence in self.train for entity in sentence.entities})

    def surfaces(self) -> list[str]:
        """Surfaces of train's entities, in alphabetical order."""
        return sorted({sentence.surface(entity) for sentence in self.train for entity in sentence.entities})


def load_data(train_path: Path, dev_path: Path | None, columns: ColumnFormat, seed: int) -> LabelledData:
    """Read train and dev; without a dev file, hold out a seeded tenth of train's sentences.

    Raises:
        DataError: a file that cannot be read as columns, or a train file with no entity or too small to part.
    """
    train = read_conll(train_path, columns)
    scheme = scheme_of(train, train_path, columns)
    if not _has_entity(train):
        raise DataError.at(train_path, 1, "found no entity, every tag is O; expected tags such as B-PER to learn from")
    if dev_path is None:
        train, dev = _hold_out(train, train_path, seed)
        dev_scheme = scheme
    else:
        dev = read_conll(dev_path, columns)
        dev_scheme = scheme_of(dev, dev_path, columns)
        if not _has_entity(dev):
            raise DataError.at(dev_path, 1, "found no entity, every tag is O; the best epoch could not be chosen by it")
    return LabelledData(train, dev, scheme, dev_scheme, dev_path is None)


def describe(sentences: Sequence[Sentence]) -> dict[str, Any]:
    """Counts of sentences, tokens and entities by type."""
    entities = Counter(entity.type for sentence in sentences for entity in sentence.entities)
    return {
        "sentences": len(sentences),
        "tokens": sum(len(sentence.tokens) for sentence in sentences),
        "entities": dict(sorted(entities.items())),
    }


def _has_entity(sentences: Sequence[Sentence]) -> bool:
    return any(sentence.entities for sentence in sentences)


def _hold_out(sentences: Sequence[Sentence], path: Path, seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Part a tenth from the others, so that both have an entity to learn from or to score."""
    with_entities = [place for place, sentence in enumerate(sentences) if sentence.entities]
    if len(with_entities) < 2:
        raise DataError.at(path, 1, "found entities in too few sentences to hold a tenth out; name a file with --dev")
    generator = np.random.default_rng([seed, 1])
    first = int(generator.choice(with_entities))
    kept = int(generator.choice([place for place in with_entities if place != first]))
    others = generator.permutation([place for place in range(len(sentences)) if place not in {first, kept}])
    held = {first, *others[: max(1, len(sentences) // _HELD_OUT) - 1].tolist()}
    train = [sentence for place, sentence in enumerate(sentences) if place not in held]
    return train, [sentence for place, sentence in enumerate(sentences) if place in held]
