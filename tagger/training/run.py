"""A whole training run: files in, a model directory out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tagger import __version__
from tagger.config import ColumnFormat, Config
from tagger.errors import DataError
from tagger.evaluation.scores import Score, Scores, score, score_strict
from tagger.features.batching import encode
from tagger.features.vectors import WordVectors, initial_matrix, read_vectors
from tagger.features.vocabulary import Vocabulary, build_vocabulary
from tagger.files import draft_directory, swap_directory
from tagger.inference.bundle import (
    CARD,
    LABELS,
    NETWORK,
    SURFACES,
    WEIGHTS,
    WORDS,
    Manifest,
    is_bundle,
    write_lines,
    write_manifest,
)
from tagger.inference.decoding import bioes_labels
from tagger.inference.session import Session
from tagger.inference.tagger import Tagger
from tagger.network.network import Network
from tagger.training.card import model_card
from tagger.training.data import LabelledData, describe, load_data
from tagger.training.export import export_network
from tagger.training.learner import Learner
from tagger.training.loop import EpochDone, StepDone, train_epochs

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
    """The data is read and the network built; `config` is the resolved one."""

    data: LabelledData
    vocabulary: Vocabulary
    parameters: int
    pretrained: int
    config: Config


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
    _check_output(request.output)
    tf.config.experimental.enable_op_determinism()
    seed = request.config.training.seed
    data = load_data(request.train, request.dev, request.columns, seed)
    vectors = read_vectors(request.vectors, request.config.words.embedding_size) if request.vectors else None
    config = _resolved(request.config, vectors)
    vocabulary = build_vocabulary(data.train, config.words, vectors.words if vectors else ())
    labels = bioes_labels(data.types())
    size = config.words.embedding_size or _DEFAULT_EMBEDDING
    matrix = initial_matrix(vocabulary, size, vectors, np.random.default_rng([seed, 0]))
    network = Network(matrix, vocabulary, len(labels), config)
    parameters = sum(int(np.prod(weight.shape)) for weight in network.weights().values())
    yield Started(data, vocabulary, parameters, len(vectors.words) if vectors else 0, config)

    with draft_directory(request.output) as draft:
        judge = _Judge(network, data, vocabulary, labels, draft)
        history: list[EpochDone] = []
        encoded = encode(data.train, vocabulary, labels)
        for event in train_epochs(
            Learner(network, config), encoded, encode(data.dev, vocabulary), config, judge.score_dev
        ):
            if isinstance(event, EpochDone):
                history.append(event)
                if event.is_best:
                    judge.keep()
            yield event
        finished = Finished(request.output, _best_epoch(history), judge.best_scores())
        model = judge.best
        write_lines(model / WORDS, vocabulary.words)
        write_lines(model / LABELS, labels)
        write_lines(model / SURFACES, data.surfaces())
        manifest = _manifest(config, data, vocabulary, history, finished.scores)
        (model / CARD).write_text(
            model_card(manifest, request.train, request.dev, finished.best_epoch), encoding="utf-8"
        )
        write_manifest(model, manifest)
        swap_directory(model, request.output)
    yield finished


class _Judge:
    """Scores the network as users will run it: exported, in ONNX Runtime, through the same `Tagger`."""

    def __init__(
        self, network: Network, data: LabelledData, vocabulary: Vocabulary, labels: tuple[str, ...], draft: Path
    ) -> None:
        self._network, self._data, self._vocabulary, self._labels = network, data, vocabulary, labels
        self._candidate = draft / "candidate"
        self.best = draft / "best"
        self._candidate.mkdir()
        self.best.mkdir()

    def score_dev(self) -> Score:
        export_network(self._network, self._candidate)
        predicted = self._tagger(self._candidate).tag(self._data.dev)
        return score_strict(self._data.dev, predicted, self._data.dev_scheme).micro

    def keep(self) -> None:
        for name in (WEIGHTS, NETWORK):
            (self._candidate / name).replace(self.best / name)

    def best_scores(self) -> Scores:
        predicted = self._tagger(self.best).tag(self._data.dev)
        return score(self._data.dev, predicted, self._data.dev_scheme, frozenset(self._data.surfaces()))

    def _tagger(self, directory: Path) -> Tagger:
        return Tagger(self._vocabulary, self._labels, self._data.dev_scheme, Session(directory / NETWORK))


def _check_output(output: Path) -> None:
    if output.resolve() == Path.cwd():
        raise DataError(f"{output}: the current directory cannot be replaced; name another with --output")
    if output.is_mount():
        raise DataError(f"{output}: a mount point cannot be replaced; name a directory below it with --output")
    if output.exists() and not is_bundle(output) and (not output.is_dir() or any(output.iterdir())):
        raise DataError(f"{output}: not only a model stands there; name another directory with --output")
    with draft_directory(output):
        pass  # a place that cannot be written is better known before anything is learned


def _resolved(config: Config, vectors: WordVectors | None) -> Config:
    """The configuration with the embedding's width settled."""
    size = vectors.size if vectors else config.words.embedding_size or _DEFAULT_EMBEDDING
    return replace_fields(config, words=replace_fields(config.words, embedding_size=size))


def _best_epoch(history: list[EpochDone]) -> int:
    return max(event.epoch for event in history if event.is_best)


def _manifest(
    config: Config, data: LabelledData, vocabulary: Vocabulary, history: list[EpochDone], scores: Scores
) -> Manifest:
    dev = describe(data.dev) | {"held_out_of_train": data.dev_is_held_out}
    return Manifest(
        tagger_version=__version__,
        config=config,
        scheme=data.scheme.name,
        train_rows=vocabulary.train_rows,
        singleton_rows=vocabulary.singleton_rows,
        data={"train": describe(data.train), "dev": dev},
        scores=scores.to_json(),
        history=[_row(event) for event in history],
    )


def _row(event: EpochDone) -> dict[str, Any]:
    """What the model remembers of an epoch: no clock, so that the same seed gives the same bytes."""
    return {
        "epoch": event.epoch,
        "tag_loss": event.tag_loss,
        "lm_loss": event.lm_loss,
        "perplexity": event.perplexity,
        "dev": asdict(event.dev),
    }
