"""How weights are learned, and how runs are kept."""

from dataclasses import dataclass
from typing import Literal

from tagger.config.options import Checked, option

OptimizerName = Literal["nadam", "adam"]
ScheduleName = Literal["constant", "linear", "cosine"]


@dataclass(frozen=True, slots=True)
class TrainingConfig(Checked):
    """How the weights are learned."""

    optimizer: OptimizerName = option("nadam", "Optimizer.", panel="Training")
    learning_rate: float = option(0.004, "Learning rate at its highest.", panel="Training", minimum=0.0, maximum=100.0)
    embedding_rate: float = option(
        1.0,
        "Learning rate of the word matrix, as a share of the others'; 0: it stays as it begins.",
        panel="Training",
        minimum=0.0,
        maximum=1.0,
    )
    schedule: ScheduleName = option(
        "cosine", "How the learning rate changes over the epochs; linear and cosine end at 0.", panel="Training"
    )
    clip_norm: float = option(1.0, "Largest norm of a step's gradient; 0: unclipped.", panel="Training", minimum=0.0)
    average_decay: float = option(
        0.998,
        "Decay a step of the weights' running average, which is scored and kept; 0: the weights themselves.",
        panel="Training",
        minimum=0.0,
        below=1.0,
    )
    batch_size: int = option(32, "Sentences a batch.", panel="Training", minimum=1)
    sort_pool: int = option(
        1,
        "Batches among which sentences are sorted by length; 1: none, which learns best. More pad less.",
        panel="Training",
        minimum=1,
        maximum=100_000,
    )
    epochs: int = option(20, "Most epochs.", panel="Training", minimum=1)
    patience: int = option(10, "Epochs without a better dev F1 before training stops.", panel="Training", minimum=1)
    seed: int = option(1, "Seed of everything random; same seed, same model.", panel="Training", minimum=0)


@dataclass(frozen=True, slots=True)
class RunConfig(Checked):
    """How a run is watched and kept; nothing here changes what is learned, and no model remembers it."""

    checkpoint_minutes: float = option(
        10.0, "Minutes between checkpoints within an epoch; 0: none, not even after an epoch.", panel="Run", minimum=0.0
    )
    tensorboard: bool = option(False, "Write logs for TensorBoard beside the model, in MODEL.tensorboard.", panel="Run")


@dataclass(frozen=True, slots=True)
class SeedsConfig(Checked):
    """How many runs compete. A file of options may say it, but not the one in a model, which repeats the best alone."""

    seeds: int = option(
        1,
        "Runs with seeds that follow each other; the best on dev becomes the model, and their mean is told.",
        panel="Training",
        minimum=1,
        maximum=1000,
    )
