"""A whole training run: files in, a model directory out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from pathlib import Path

import numpy as np
import tensorflow as tf

from tagger.config import DEFAULT_EMBEDDING_SIZE, ColumnFormat, Config
from tagger.evaluation.scores import Scores
from tagger.features.batching import encode
from tagger.features.vectors import initial_matrix, read_vectors
from tagger.features.vocabulary import build_vocabulary
from tagger.files import draft_directory
from tagger.inference.decoding import bioes_labels
from tagger.network.network import Network
from tagger.training.data import load_data
from tagger.training.judge import Judge
from tagger.training.learner import Learner
from tagger.training.loop import EpochDone, StepDone, train_epochs
from tagger.training.plan import Plan
from tagger.training.store import best_epoch, check_output, complete_model, place_model


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
    plan, network, pretrained = _prepare(request)
    parameters = sum(int(np.prod(weight.shape)) for weight in network.weights().values())
    yield Started(plan, parameters, pretrained)

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
        place_model(judge.best, request.output)
    yield Finished(request.output, best_epoch(history), scores)


def _prepare(request: TrainRequest) -> tuple[Plan, Network, int]:
    """Read all files and build the network; the count is that of pretrained vectors, which are not kept."""
    words, seed = request.config.words, request.config.training.seed
    data = load_data(request.train, request.dev, request.columns, seed)
    vectors = read_vectors(request.vectors, words.embedding_size) if request.vectors else None
    size = vectors.size if vectors else words.embedding_size or DEFAULT_EMBEDDING_SIZE
    config = replace_fields(request.config, words=replace_fields(words, embedding_size=size))
    vocabulary = build_vocabulary(data.train, words, vectors.words if vectors else ())
    plan = Plan(config, data, vocabulary, bioes_labels(data.types()))
    matrix = initial_matrix(vocabulary, size, vectors, np.random.default_rng([seed, 0]))
    network = Network(matrix, vocabulary, len(plan.labels), config)
    return plan, network, len(vectors.words) if vectors else 0
