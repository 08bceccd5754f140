"""A language model on disk: a directory of readable parts, each with its checksum. See docs/bundle-format.md."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from tagger.config import LanguageConfig
from tagger.errors import BundleError, ConfigError
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import Vocabulary
from tagger.inference.bundle import CARD, CHARACTERS, EXTRAS, SPELLING, SPELLING_PARTS, WEIGHTS, WORDS, read_lines
from tagger.inference.manifest import (
    LANGUAGE_MODEL,
    check_files,
    check_names,
    is_described,
    read_manifest,
    write_manifest_values,
)

LANGUAGE_FORMAT_VERSION = 1
UNITS = "units.json"
FORWARD, BACKWARD = "forward", "backward"
GRAPHS = {FORWARD: "forward.onnx", BACKWARD: "backward.onnx"}


@dataclass(frozen=True, slots=True)
class LanguageManifest:
    """What language_model.json says, checksums apart.

    Args:
        learned_rows: rows of the matrix below this come from the text (or are special); the others from a vectors file.
        singleton_rows: rows from here to `learned_rows` were seen once.
        data: how many words (or characters) and sentences it has learned from. history: one row a pass.
        perplexity: on the part of the text that was held out.
    """

    tagger_version: str
    config: LanguageConfig
    learned_rows: int
    singleton_rows: int
    data: dict[str, Any]
    history: list[dict[str, Any]]
    perplexity: float


@dataclass(frozen=True, slots=True)
class LanguageBundle:
    """A language model's directory that has been found whole."""

    path: Path
    manifest: LanguageManifest

    @classmethod
    def open(cls, path: str | Path) -> "LanguageBundle":
        """Read the manifest and check every file against it.

        Raises:
            BundleError: no language model there, another format, or a file that is missing, cut or altered.
        """
        path = Path(path)
        values = read_manifest(path, LANGUAGE_MODEL, LANGUAGE_FORMAT_VERSION)
        manifest = _manifest_from(values, path)
        check_files(path, values["files"])
        return cls(path, manifest)

    @property
    def config(self) -> LanguageConfig:
        """All that shapes it."""
        return self.manifest.config

    @property
    def reads_words(self) -> bool:
        """Whether it reads and predicts words, not characters."""
        return self.config.pretraining.unit == "word"

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which it reads."""
        return directions_of(self.config)

    @property
    def spelling_path(self) -> Path | None:
        """The graph that reads the characters of words, if it has one."""
        return self.path / SPELLING if _spells(self.config) else None

    @property
    def classes(self) -> int:
        """Words or characters that it tells apart; class c is row c + 1 of the matrix."""
        with safe_open(self.path / WEIGHTS, framework="numpy") as stored:
            return int(stored.get_slice(f"language_model.{FORWARD}.bias").get_shape()[0])

    def weights(self, names: Sequence[str] | None = None) -> dict[str, NDArray[np.float32]]:
        """Weights by their names; all of them unless some are named."""
        with safe_open(self.path / WEIGHTS, framework="numpy") as stored:
            return {name: stored.get_tensor(name) for name in names or stored.keys()}

    def vocabulary(self) -> Vocabulary:
        """The words, or characters, of the embedding matrix."""
        manifest, words = self.manifest, self.config.words
        rows = manifest.learned_rows, manifest.singleton_rows
        if self.reads_words:
            return Vocabulary(read_lines(self.path / WORDS), *rows, words.lowercase, words.fold_digits)
        return Vocabulary(read_units(self.path / UNITS), *rows, lowercase=False, fold_digits=False)

    def characters(self) -> CharacterVocabulary | None:
        """The characters of words that it tells apart, if it reads any beside a word's row."""
        return CharacterVocabulary(read_lines(self.path / CHARACTERS)) if _spells(self.config) else None


def directions_of(config: LanguageConfig) -> tuple[str, ...]:
    """The directions in which a language model reads."""
    return (FORWARD,) if config.pretraining.directions == "forward" else (FORWARD, BACKWARD)


def is_language_bundle(path: Path) -> bool:
    """Whether a language model, of any format version, stands there and nothing else, so that it may be replaced."""
    return is_described(path, LANGUAGE_MODEL)


def write_language_manifest(directory: Path, manifest: LanguageManifest) -> None:
    """Write language_model.json last, over parts that are all in place."""
    values = {"format_version": LANGUAGE_FORMAT_VERSION} | asdict(manifest)
    extras = [name for name in EXTRAS if (directory / name).exists()]
    write_manifest_values(directory, LANGUAGE_MODEL, values, (*parts_of(manifest.config), *extras))


def write_units(path: Path, units: Sequence[str]) -> None:
    """Characters as a JSON array, since a line end is one of them."""
    path.write_text(json.dumps(units) + "\n", encoding="utf-8")


def read_units(path: Path) -> tuple[str, ...]:
    """The inverse of `write_units`."""
    return tuple(json.loads(path.read_bytes()))


def parts_of(config: LanguageConfig) -> tuple[str, ...]:
    """The files that such a model has in any case."""
    units = WORDS if config.pretraining.unit == "word" else UNITS
    graphs = [GRAPHS[direction] for direction in directions_of(config)]
    return (*graphs, WEIGHTS, units, *(SPELLING_PARTS if _spells(config) else ()), CARD)


def _spells(config: LanguageConfig) -> bool:
    return not config.is_stream and config.characters.characters != "none"


def _manifest_from(values: dict[str, Any], path: Path) -> LanguageManifest:
    try:
        config = LanguageConfig.from_json(values["config"])
        manifest = LanguageManifest(**{name: values[name] for name in LanguageManifest.__slots__} | {"config": config})
        check_names(values["files"], parts_of(config), EXTRAS)
        if not manifest.perplexity > 0.0:
            raise ValueError("a perplexity that is none")
        return manifest
    except (KeyError, TypeError, ValueError, AttributeError, ConfigError) as error:
        raise BundleError(f"{path / LANGUAGE_MODEL}: not a description this program can read: {error}") from None
