"""Small networks and batches for the tests of `network` and `training`; their conftest brings TensorFlow in."""

from dataclasses import fields, replace

import numpy as np
import tensorflow as tf

from tagger.config import SECTIONS, Config
from tagger.features.batching import Batch
from tagger.features.characters import CharacterVocabulary, Types
from tagger.features.vocabulary import SPECIALS, Vocabulary
from tagger.network.encoder import pack
from tagger.network.network import Network
from tagger.network.noise import Noise

LABELS = ("O", "B-X", "I-X", "E-X", "S-X")
TAGS = len(LABELS)
TRAIN_ROWS, SINGLETON_ROWS, ROWS = 16, 12, 19  # special rows 0-3, words seen often 4-11, once 12-15, of vectors 16-18

_CALM = {
    "embedding_size": 5,
    "units": 4,
    "input_dropout": 0.0,
    "output_dropout": 0.0,
    "state_dropout": 0.0,
    "singleton_rate": 0.0,
    "lm_samples": 6,
    "characters": "none",
    "average_decay": 0.0,
}
NOISY = {"input_dropout": 0.3, "output_dropout": 0.3, "state_dropout": 0.3, "singleton_rate": 0.5}


def small_config(**options) -> Config:
    """Options by their names, wherever they belong; without any, a tiny network in which nothing is random."""
    left = _CALM | options
    made = {}
    for section, kind in zip((item.name for item in fields(Config)), SECTIONS, strict=True):
        names = [item.name for item in fields(kind)]
        made[section] = kind(**{name: left.pop(name) for name in names if name in left})
    assert not left, f"no such options: {left}"
    return Config(**made)


def small_vocabulary() -> Vocabulary:
    words = (*SPECIALS, *(f"word{row}" for row in range(len(SPECIALS), ROWS)))
    return Vocabulary(words, TRAIN_ROWS, SINGLETON_ROWS, lowercase=True, fold_digits=True)


def small_characters() -> CharacterVocabulary:
    """Six characters, the last two of which were seen once."""
    return CharacterVocabulary(tuple("abcdef"), len(SPECIALS) + 4)


def small_network(context=0, **options) -> Network:
    """A network whose every weight is random, the biases too, so that none of them hides behind a zero."""
    config = small_config(**options)
    matrix = random_floats(0, ROWS, config.words.embedding_size)
    characters = small_characters() if config.characters.characters != "none" else None
    network = Network(matrix, small_vocabulary(), LABELS, config, characters, context=context)
    for place, weight in enumerate(network.weights().values()):
        weight.assign(random_floats(place + 1, *weight.shape))
    return network


def random_floats(seed, *shape) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.7, shape).astype(np.float32)


def random_batch(lengths, seed=0, padding=0, rows=ROWS) -> Batch:
    """Sentences of random words and tags; beyond their ends stand random words and tags too."""
    generator = np.random.default_rng(seed)
    shape = len(lengths), max(lengths) + padding
    word_ids = generator.integers(len(SPECIALS), rows, shape).astype(np.int32)
    tag_ids = generator.integers(0, TAGS, shape).astype(np.int32)
    return Batch(np.arange(len(lengths)), np.array(lengths, np.int32), word_ids, tag_ids)


def spelled(batch, seed=0, rows=ROWS) -> Batch:
    """The batch with characters: each row of the vocabulary is a word of up to seven of them, some unknown."""
    generator = np.random.default_rng(seed)
    words = ["".join(generator.choice([*"abcdefz"], size=size)) for size in generator.integers(1, 8, rows)]
    return replace(batch, types=Types(batch.word_ids, small_characters().encode(words)))


def legal(batch) -> Batch:
    """The batch with tags that BIOES allows: singles and outside."""
    return replace(batch, tag_ids=np.where(batch.tag_ids % 2 == 0, 0, TAGS - 1).astype(np.int32))


def noise(seed=0) -> Noise:
    return Noise(tf.constant([seed, 7], tf.int32))


def unpacked(tokens, lengths) -> np.ndarray:
    """Tokens [N, D], sentence after sentence, as [B, T, D] with zeros for padding."""
    ends = np.cumsum(lengths)
    found = np.zeros((len(lengths), max(lengths), tokens.shape[-1]), np.float32)
    for row, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        found[row, :length] = tokens[end - length : end]
    return found


def states_by_sentence(layer, inputs, lengths, noise=None) -> np.ndarray:
    """What a layer of [N, D] to [N, H] makes of sentences [B, T, D]: [B, T, H], zeros for padding."""
    packing = pack(np.array(lengths, np.int32))
    return unpacked(np.array(layer(packing.pack(inputs), packing, noise)), lengths)


def values(part) -> dict[str, np.ndarray]:
    """What the weights of a network, or of a part of one, are now."""
    return {name: weight.value.numpy() for name, weight in part.weights().items()}


def compiled_logits(network: Network):
    """The network's logits, word_ids and lengths in, traced once."""
    signature = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32))
    return tf.function(lambda word_ids, lengths: network(word_ids, lengths).logits, input_signature=signature)


def textbook_lstm(inputs, kernel, recurrent, bias) -> np.ndarray:
    """One direction over one sentence, [T, D] to [T, H], gate by gate in float64 (Hochreiter and Schmidhuber 1997)."""
    w = dict(zip("ifgo", np.split(np.float64(kernel), 4, axis=1), strict=True))
    r = dict(zip("ifgo", np.split(np.float64(recurrent), 4, axis=1), strict=True))
    b = dict(zip("ifgo", np.split(np.float64(bias), 4), strict=True))
    h = c = np.zeros(recurrent.shape[0])
    states = []
    for x in inputs:
        before = {gate: x @ w[gate] + h @ r[gate] + b[gate] for gate in "ifgo"}
        i, f, o = (1.0 / (1.0 + np.exp(-before[gate])) for gate in "ifo")
        c = f * c + i * np.tanh(before["g"])
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states)


def log_softmax(logits) -> np.ndarray:
    shifted = np.float64(logits) - np.max(logits, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
