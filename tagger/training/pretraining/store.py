"""Writes a language model's directory."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tagger import __version__
from tagger.inference.bundle import CARD, CHARACTERS, HISTORY, WORDS, write_lines
from tagger.language_models.bundle import UNITS, LanguageManifest, write_language_manifest, write_units
from tagger.training.export_language_model import export_language_model
from tagger.training.pretraining.loop import Measured
from tagger.training.pretraining.prepare import PreparedText
from tagger.training.saving import saving

_CARD = """\
# Language model

A {directions} language model of {unit}s, trained with `tagger` {version} on {units:,} {unit}s.
Perplexity on text that was held out: {perplexity:.2f}.

    tagger perplexity MODEL text.txt
    tagger generate MODEL --seed-text "The"
    {use}

where MODEL is this directory. Words of the text stand in it as readable text: share it only where they may be known.
The whole configuration is in `language_model.json`.
"""
_USES = {"word": "tagger train TRAIN --init-from MODEL ...", "character": "tagger train TRAIN --character-lm MODEL ..."}


def write_weights(prepared: PreparedText, directory: Path) -> None:
    """Write the network as it is now.

    Raises:
        TaggerError: a weight is no longer a finite number. DataError: it cannot be written.
    """
    weights = {name: np.asarray(variable.value) for name, variable in prepared.network.weights().items()}
    with saving(directory):
        directory.mkdir(exist_ok=True)
        export_language_model(weights, directory, prepared.network.head.classes)


def complete_language_model(directory: Path, prepared: PreparedText, history: Sequence[Measured]) -> None:
    """Put a model together in a directory where the best weights are.

    Raises:
        DataError: it cannot be written.
    """
    config, vocabulary = prepared.config, prepared.vocabulary
    best = min(measured.perplexity for measured in history)
    unit = config.pretraining.unit
    with saving(directory):
        if unit == "word":
            write_lines(directory / WORDS, vocabulary.words)
        else:
            write_units(directory / UNITS, vocabulary.words)
        if prepared.characters is not None:
            write_lines(directory / CHARACTERS, prepared.characters.characters)
        rows = [_row(measured) for measured in history]
        (directory / HISTORY).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        directions = "forward" if config.pretraining.directions == "forward" else "forward and backward"
        card = _CARD.format(
            directions=directions,
            unit=unit,
            version=__version__,
            units=prepared.units,
            perplexity=best,
            use=_USES[unit],
        )
        (directory / CARD).write_text(card, encoding="utf-8")
        rows_of = vocabulary.train_rows, vocabulary.singleton_rows
        data = {f"{unit}s": prepared.units} | ({"sentences": prepared.sentences} if unit == "word" else {})
        write_language_manifest(directory, LanguageManifest(__version__, config, *rows_of, data, rows, best))


def _row(measured: Measured) -> dict[str, Any]:
    """What the model remembers of a measure: no clock, so that the same seed gives the same bytes."""
    return {name: getattr(measured, name) for name in ("passes", "steps", "loss", "perplexity")}
