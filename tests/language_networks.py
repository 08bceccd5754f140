"""Small language models for the tests of `network` and `training`, and what they compute, written out in NumPy."""

from dataclasses import fields

import numpy as np
from builders import TRAIN_ROWS, log_softmax, random_floats, small_characters, small_vocabulary, textbook_lstm, values

from tagger.config import LanguageConfig
from tagger.features.vocabulary import UNK
from tagger.network.language_network import LanguageNetwork

CLASSES = 12  # rows 1 to 12; those from 13 on are <unk> to the softmax
_CALM = {
    "embedding_size": 5,
    "units": 4,
    "input_dropout": 0.0,
    "output_dropout": 0.0,
    "singleton_rate": 0.0,
    "lm_words": 9,
    "lm_samples": 6,
    "lm_softmax": "full",
    "characters": "none",
    "average_decay": 0.0,
    "least_count": 1,
    "batch_size": 2,
    "learning_rate": 0.05,
}


def language_config(**options) -> LanguageConfig:
    """Options by their names, wherever they belong; without any, a tiny network in which nothing is random."""
    left, made = _CALM | options, {}
    for section in fields(LanguageConfig):
        names = [item.name for item in fields(section.default_factory)]
        made[section.name] = section.default_factory(**{name: left.pop(name) for name in names if name in left})
    assert not left, f"no such options: {left}"
    return LanguageConfig(**made)


def language_network(**options) -> LanguageNetwork:
    """A network whose every weight is random, the biases too; all its rows are learned."""
    config = language_config(**options)
    vocabulary = small_vocabulary()
    characters = small_characters() if config.characters.characters != "none" else None
    matrix = random_floats(0, len(vocabulary), config.words.embedding_size)
    network = LanguageNetwork(matrix, vocabulary, config, characters)
    for place, weight in enumerate(network.weights().values()):
        weight.assign(random_floats(place + 1, *weight.shape))
    return network


def surprises(network, direction, read, following) -> np.ndarray:
    """-log p of each of the words that follow those that are read, in the order of reading, [T], from zero states."""
    weights = values(network)
    states, layer = weights["embedding"][read], 0
    while f"encoder.{layer}.{direction}.kernel" in weights:
        parts = (weights[f"encoder.{layer}.{direction}.{part}"] for part in ("kernel", "recurrent", "bias"))
        states, layer = textbook_lstm(states, *parts), layer + 1
    projected = states @ weights[f"language_model.{direction}.projection"]
    logits = projected @ weights["embedding"][1 : CLASSES + 1].T + weights[f"language_model.{direction}.bias"]
    assert logits.shape[1] == CLASSES < TRAIN_ROWS
    targets = [word if word <= CLASSES else UNK for word in following]
    return -log_softmax(logits)[range(len(targets)), np.array(targets) - 1]
