"""Language models to load without training: random weights, written as `tagger pretrain` writes them."""

import numpy as np

from tagger.config import (
    CharacterConfig,
    EncoderConfig,
    LanguageConfig,
    LanguageModelConfig,
    PretrainingConfig,
    WordConfig,
)
from tagger.features.vocabulary import SPECIALS
from tagger.inference.bundle import CARD, CHARACTERS, WORDS, write_lines
from tagger.language_models.bundle import UNITS, LanguageManifest, write_language_manifest, write_units

WORD_LIST = ("the", "harbour", "opens", ".", "a", "boat", "0000", "Anna", "(", ")", "n't", "rare", "rarer")
LETTERS = "ehabor tn.\n\u00e9"  # the last is <unk> to the softmax
CHARACTER_LIST = tuple("abehnotrx0</s>")
LM_WORDS = 11
CLASSES = len(SPECIALS) + LM_WORDS - 1  # "rare" and "rarer" are <unk> to the softmax
SIZE, UNITS_OF = 6, (5, 7)  # of the embedding and of the layers


def write_language_model(
    directory, *, unit="word", layers=1, stream=False, directions="both", characters="none", scale=1.0
):
    """A model whose every weight is random, the biases too.

    Args:
        scale: of the softmax's projection; a large one has much depend on what was read.
    """
    from tagger.training.export_language_model import export_language_model

    config = LanguageConfig(
        pretraining=PretrainingConfig(unit=unit, stream=stream, directions=directions),
        words=WordConfig(embedding_size=SIZE),
        characters=CharacterConfig(characters=characters, character_size=4, character_features=6),
        encoder=EncoderConfig(units=UNITS_OF[0], layers=layers),
        language_model=LanguageModelConfig(lm_words=LM_WORDS),
    )
    units = (*SPECIALS, *(WORD_LIST if unit == "word" else LETTERS))
    classes = min(CLASSES, len(units) - 1)
    weights = random_weights(config, len(units), classes, scale)
    directory.mkdir()
    export_language_model(weights, directory, classes)
    if unit == "word":
        write_lines(directory / WORDS, units)
    else:
        write_units(directory / UNITS, units)
    if characters != "none" and unit == "word":
        write_lines(directory / CHARACTERS, CHARACTER_LIST)
    (directory / CARD).write_text("A model card.\n", encoding="utf-8")
    data, history = {"words": 123, "sentences": 12}, [{"pass": 1, "perplexity": 9.5}]
    write_language_manifest(
        directory, LanguageManifest("0.0.1", config, len(units), len(units), data, history, perplexity=9.5)
    )
    return directory


def random_weights(config, rows, classes, scale):
    """Layers of different widths, so that no layer passes for another."""
    random = np.random.default_rng(7)

    def floats(*shape, times=1.0):
        return (random.standard_normal(shape) * 0.7 * times).astype(np.float32)

    weights = {"embedding": floats(rows, SIZE)}
    if config.characters.characters == "cnn":
        weights |= {
            "characters.embedding": floats(len(SPECIALS) + len(CHARACTER_LIST), 4),
            "characters.width_3.kernel": floats(3, 4, 6),
            "characters.bias": floats(6),
        }
    for direction in ("forward", "backward") if config.pretraining.directions == "both" else ("forward",):
        below = SIZE + (6 if config.characters.characters == "cnn" else 0)
        for layer in range(config.encoder.layers):
            size, name = UNITS_OF[layer], f"encoder.{layer}.{direction}"
            weights |= {
                f"{name}.kernel": floats(below, 4 * size),
                f"{name}.recurrent": floats(size, 4 * size),
                f"{name}.bias": floats(4 * size),
            }
            below = size
        weights |= {
            f"language_model.{direction}.projection": floats(below, SIZE, times=scale),
            f"language_model.{direction}.bias": floats(classes),
        }
    return weights
