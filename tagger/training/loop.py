"""The training loop. It yields what happens; who runs it prints and saves."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tagger.config import Config
from tagger.errors import TaggerError
from tagger.evaluation.scores import Score
from tagger.features.batching import EncodedSentences, batches_by_length, shuffled_batches
from tagger.training.learner import Learner, StepLosses
from tagger.training.schedule import SCHEDULES

_PERPLEXITY_TOKENS = 10_000  # of dev; every sentence would cost as much as half an epoch of CoNLL-2003
_SURPRISE_SENTENCES, _SURPRISE_TOKENS = 128, 1024  # logits of more would be fresh pages from the system each time


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of an epoch is over: `tokens` of the epoch's `all_tokens` are read."""

    epoch: int
    tokens: int
    all_tokens: int


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch is over.

    Args:
        tag_loss, lm_loss: means over its tokens. perplexity: of dev under the full softmax (a large dev's every nth sentence), None without
            the head.
        dev: strict scores. is_best: no earlier epoch was as good. seconds: all of it; train_seconds: the steps alone.
    """

    epoch: int
    tag_loss: float
    lm_loss: float
    perplexity: float | None
    dev: Score
    is_best: bool
    seconds: float
    train_seconds: float
    tokens: int


def train_epochs(
    learner: Learner,
    train: EncodedSentences,
    dev: EncodedSentences,
    config: Config,
    score_dev: Callable[[], Score],
) -> Iterator[StepDone | EpochDone]:
    """Train until the epochs are over or dev has not been better for `patience` of them."""
    training = config.training
    steps = math.ceil(len(train.lengths) / training.batch_size)
    best, best_epoch = -1.0, 0
    for epoch in range(1, training.epochs + 1):
        started = time.perf_counter()
        generator = np.random.default_rng([training.seed, 2, epoch])
        losses = np.zeros(3)  # tags, language model, tokens
        for place, batch in enumerate(shuffled_batches(train, training.batch_size, generator)):
            number = (epoch - 1) * steps + place
            rate = training.learning_rate * SCHEDULES[training.schedule](number / (steps * training.epochs))
            tokens = int(batch.lengths.sum())
            losses += _weighed(learner.step(batch, number, rate), tokens, epoch)
            yield StepDone(epoch, int(losses[2]), len(train.word_ids))
        trained = time.perf_counter()
        perplexity = _perplexity(learner, dev) if config.language_model.lm_weight > 0.0 else None
        score = score_dev()
        is_best = score.f1 > best
        best, best_epoch = (score.f1, epoch) if is_best else (best, best_epoch)
        tag_loss, lm_loss = (losses[:2] / losses[2]).tolist()
        seconds = time.perf_counter() - started
        yield EpochDone(
            epoch, tag_loss, lm_loss, perplexity, score, is_best, seconds, trained - started, len(train.word_ids)
        )
        if epoch - best_epoch >= training.patience:
            return


def _weighed(losses: StepLosses, tokens: int, epoch: int) -> list[float]:
    if not math.isfinite(losses.tags + losses.language_model):
        raise TaggerError(f"epoch {epoch}: the loss is no longer a finite number; try a lower --learning-rate")
    return [losses.tags * tokens, losses.language_model * tokens, tokens]


def _perplexity(learner: Learner, sentences: EncodedSentences) -> float:
    """The exponential of the mean -log p of a token's neighbour, over both directions."""
    sentences = sentences.every(math.ceil(len(sentences.word_ids) / _PERPLEXITY_TOKENS))
    batches = batches_by_length(sentences, _SURPRISE_SENTENCES, _SURPRISE_TOKENS)
    total = sum(learner.surprise(batch) for batch in batches)
    return math.exp(min(total / (2 * len(sentences.word_ids)), 700.0))
