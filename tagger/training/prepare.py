"""Reads a run's files and builds its network."""

from dataclasses import dataclass, replace

import numpy as np

from tagger.config import DEFAULT_EMBEDDING_SIZE
from tagger.features.batching import EncodedSentences, encode
from tagger.features.characters import build_character_vocabulary
from tagger.features.vectors import initial_matrix, read_vectors
from tagger.features.vocabulary import build_vocabulary
from tagger.inference.decoding import bioes_labels
from tagger.network.network import Network
from tagger.training.data import load_data
from tagger.training.plan import Plan
from tagger.training.request import TrainRequest


@dataclass(frozen=True, slots=True)
class Prepared:
    """What training begins with; `pretrained` counts the vectors, which are not kept. Text is encoded once, here."""

    plan: Plan
    network: Network
    train: EncodedSentences
    dev: EncodedSentences
    pretrained: int

    @property
    def parameters(self) -> int:
        """Numbers in the network."""
        return sum(int(np.prod(weight.shape)) for weight in self.network.weights().values())


def prepare(request: TrainRequest) -> Prepared:
    """Read all files and build the network.

    Raises:
        DataError: a file that is not as it should be.
    """
    words, seed = request.config.words, request.config.training.seed
    data = load_data(request.train, request.dev, request.columns, seed)
    vectors = read_vectors(request.vectors, words.embedding_size) if request.vectors else None
    size = vectors.size if vectors else words.embedding_size or DEFAULT_EMBEDDING_SIZE
    config = replace(request.config, words=replace(words, embedding_size=size))
    vocabulary = build_vocabulary(data.train, words, vectors.words if vectors else ())
    characters = build_character_vocabulary(data.train) if config.characters.characters != "none" else None
    plan = Plan(config, data, vocabulary, bioes_labels(data.types()), characters)
    train = encode(data.train, vocabulary, plan.labels, characters)
    dev = encode(data.dev, vocabulary, characters=characters)
    matrix = initial_matrix(vocabulary, size, vectors, np.random.default_rng([seed, 0]))
    network = Network(matrix, vocabulary, plan.labels, config, characters)
    return Prepared(plan, network, train, dev, len(vectors.words) if vectors else 0)
