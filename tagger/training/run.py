"""A whole training run: files in, a model directory out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from pathlib import Path

import numpy as np
import tensorflow as tf

from tagger.config import ColumnFormat, Config
from tagger.evaluation.scores import Scores
from tagger.features.batching import encode
from tagger.features.vectors import WordVectors, initial_matrix, read_vectors
from tagger.features.vocabulary import build_vocabulary
from tagger.files import draft_directory, swap_directory
from tagger.inference.decoding import bioes_labels
from tagger.network.network import Network
from tagger.training.data import load_data
from tagger.training.judge import Judge
from tagger.training.learner import Learner
from tagger.training.loop import EpochDone, StepDone, train_epochs
from tagger.training.plan import Plan
from tagger.training.store import best_epoch, check_output, complete_model

_DEFAULT_EMBEDDING = 100


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What a run needs. Without `dev`, a tenth of train serves."""

    train: Path
    output: Path
    dev: Path | None = None
    vectors: Path | None = None
    columns: ColumnFormat = field(default_factory=ColumnFormat)
    config: Config = field(default_factory=Config)


@dataclass(frozen=True, slots=True)
class Started:
    """The data is read and the network built; `parameters` and `pretrained` vectors are counted."""

    plan: Plan
    parameters: int
    pretrained: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The model stands on disk."""

    output: Path
    best_epoch: int
    scores: Scores


Event = Started | StepDone | EpochDone | Finished


def train_model(request: TrainRequest) -> Iterator[Event]:
    """Train a model and write it to `request.output`, yielding what happens on the way.

    Raises:
        TaggerError: a file or an option that is not as it should be. What stood at the output stays.
    """
    check_output(request.output)
    tf.config.experimental.enable_op_determinism()
    vectors = read_vectors(request.vectors, request.config.words.embedding_size) if request.vectors else None
    plan = _plan(request, vectors)
    network = _network(plan, vectors)
    parameters = sum(int(np.prod(weight.shape)) for weight in network.weights().values())
    yield Started(plan, parameters, len(vectors.words) if vectors else 0)

    with draft_directory(request.output) as draft:
        judge = Judge(network, plan, draft)
        history: list[EpochDone] = []
        train = encode(plan.data.train, plan.vocabulary, plan.labels)
        dev = encode(plan.data.dev, plan.vocabulary)
        learner = Learner(network, plan.config)
        for event in train_epochs(learner, train, dev, plan.config, judge.score_dev):
            if isinstance(event, EpochDone):
                history.append(event)
                if event.is_best:
                    judge.keep()
            yield event
        scores = judge.best_scores()
        complete_model(judge.best, plan, history, scores, (request.train, request.dev))
        swap_directory(judge.best, request.output)
    yield Finished(request.output, best_epoch(history), scores)


def _plan(request: TrainRequest, vectors: WordVectors | None) -> Plan:
    data = load_data(request.train, request.dev, request.columns, request.config.training.seed)
    words = request.config.words
    size = vectors.size if vectors else words.embedding_size or _DEFAULT_EMBEDDING
    config = replace_fields(request.config, words=replace_fields(words, embedding_size=size))
    vocabulary = build_vocabulary(data.train, words, vectors.words if vectors else ())
    return Plan(config, data, vocabulary, bioes_labels(data.types()))


def _network(plan: Plan, vectors: WordVectors | None) -> Network:
    generator = np.random.default_rng([plan.config.training.seed, 0])
    size = plan.config.words.embedding_size or _DEFAULT_EMBEDDING
    matrix = initial_matrix(plan.vocabulary, size, vectors, generator)
    return Network(matrix, plan.vocabulary, len(plan.labels), plan.config)
