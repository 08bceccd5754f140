"""The training loop. It yields what happens; who runs it prints and saves."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tagger.config import Config
from tagger.errors import TaggerError
from tagger.evaluation.scores import Score
from tagger.features.batching import Batch, EncodedSentences, batches_by_length, shuffled_batches
from tagger.features.mixing import mixed
from tagger.training.learner import Learner, StepLosses
from tagger.training.raw_batches import RawBatches
from tagger.training.schedule import SCHEDULES

_PERPLEXITY_TOKENS = 10_000  # of dev; every sentence would cost as much as half an epoch of CoNLL-2003
_SURPRISE_SENTENCES, _SURPRISE_TOKENS = 128, 1024  # logits of more would be fresh pages from the system each time


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: in `epoch`, from 1, `steps` are done.

    Args:
        losses: sums over the epoch's tokens so far: of the tags, of the language model, and of the tokens themselves.
        seconds: what those steps took. unlabelled_tokens: those of unlabelled text that were read beside.
    """

    epoch: int = 1
    steps: int = 0
    losses: tuple[float, float, float] = (0.0, 0.0, 0.0)
    seconds: float = 0.0
    unlabelled_tokens: int = 0


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of an epoch is over, the run's `number` from 0: `tokens` of the epoch's `all_tokens` are read.

    Args:
        tag_loss, lm_loss: means over those tokens. rate: the step's learning rate. is_last: the run stops here.
        unlabelled_tokens: of unlabelled text, read in the epoch beside those.
    """

    epoch: int
    tokens: int
    all_tokens: int
    number: int
    tag_loss: float
    lm_loss: float
    rate: float
    position: Position
    is_last: bool = False
    unlabelled_tokens: int = 0


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch is over.

    Args:
        tag_loss, lm_loss: means over its tokens. perplexity: of dev under the full softmax (of a large dev every nth
            sentence), None without the head.
        dev: strict scores. is_best: no earlier epoch was as good, or all were at 0.
        seconds: all of it; train_seconds: the steps alone.
        tokens: those read. steps: of the run so far. complete: False where the run was asked to stop within it.
        unlabelled_perplexity: as `perplexity`, of unlabelled text that is held out, where the run has any.
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
    steps: int = 0
    complete: bool = True
    unlabelled_perplexity: float | None = None


@dataclass(frozen=True, slots=True)
class Collapsed:
    """In this epoch the loss became no finite number, which ends the run; an earlier epoch is good and is kept."""

    epoch: int

    @property
    def reason(self) -> str:
        """What happened and what to do."""
        return f"epoch {self.epoch}: the loss is no longer a finite number; try a lower --learning-rate"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run has behind it: the epochs that are over, and where it stands in the next."""

    position: Position = Position()
    history: tuple[EpochDone, ...] = ()

    def after(self, epoch: EpochDone) -> "Progress":
        """One epoch on."""
        return Progress(Position(epoch.epoch + 1), (*self.history, epoch))

    @property
    def best(self) -> EpochDone | None:
        """The last epoch that no earlier one was as good as; while all are at 0, the last, which has learned most."""
        return next((epoch for epoch in reversed(self.history) if epoch.is_best), None)


def train_epochs(
    learner: Learner,
    train: EncodedSentences,
    dev: EncodedSentences,
    config: Config,
    score_dev: Callable[[], Score],
    *,
    progress: Progress = Progress(),
    stopping: Callable[[], bool] = lambda: False,
    unlabelled: RawBatches | None = None,
) -> Iterator[StepDone | EpochDone | Collapsed]:
    """Train until the epochs are over or dev has not been better for `patience` of them.

    Args:
        progress: what is done already; the learner is where that left it.
        stopping: asked after each step; once it says so, the epoch ends there and with it the run.
        unlabelled: text of which each step reads a batch as well.

    Raises:
        TaggerError: the loss is no longer a finite number, and no epoch before has found an entity.
    """
    training, steps = config.training, math.ceil(len(train.lengths) / config.training.batch_size)
    begun = (progress.position.epoch - 1) * steps + progress.position.steps
    others = unlabelled.batches(first=begun) if unlabelled is not None else None
    held_out = unlabelled.held_out() if unlabelled is not None else None
    while progress.position.epoch <= training.epochs and not _out_of_patience(progress, training.patience):
        position = progress.position
        for event in _epoch(learner, train, config, position, stopping, others=others):
            if isinstance(event, Collapsed):
                yield _survived(event, progress)
                return
            position = event.position
            yield event
        started = time.perf_counter()
        with learner.averaged():
            perplexity = _perplexity(learner, dev) if config.language_model.lm_weight > 0.0 else None
            of_others = _perplexity(learner, held_out) if held_out is not None else None
            if not all(value is None or math.isfinite(value) for value in (perplexity, of_others)):  # by the last step
                yield _survived(Collapsed(position.epoch), progress)
                return
            score, best = score_dev(), progress.best
        done = EpochDone(
            epoch=position.epoch,
            tag_loss=position.losses[0] / position.losses[2],
            lm_loss=position.losses[1] / position.losses[2],
            perplexity=perplexity,
            dev=score,
            is_best=best is None or score.f1 > best.dev.f1 or best.dev.f1 == 0.0,
            seconds=position.seconds + time.perf_counter() - started,
            train_seconds=position.seconds,
            tokens=int(position.losses[2]),
            steps=(position.epoch - 1) * steps + position.steps,
            complete=position.steps == steps,
            unlabelled_perplexity=of_others,
        )
        progress = progress.after(done)
        yield done
        if not done.complete or stopping():
            return


def _survived(collapse: Collapsed, progress: Progress) -> Collapsed:
    """The collapse, if something good is left after it."""
    if progress.best is None or progress.best.dev.f1 == 0.0:
        raise TaggerError(collapse.reason)
    return collapse


def has_diverged(error: TaggerError) -> bool:
    """Whether an error is that of a run whose weights have gone astray."""
    return type(error) is TaggerError and "finite number" in str(error)


def _out_of_patience(progress: Progress, patience: int) -> bool:
    return progress.best is not None and progress.position.epoch - 1 - progress.best.epoch >= patience


def _epoch(
    learner: Learner,
    train: EncodedSentences,
    config: Config,
    position: Position,
    stopping: Callable[[], bool],
    *,
    others: Iterator[Batch] | None,
) -> Iterator[StepDone | Collapsed]:
    """The steps of an epoch that are still to be taken, up to one whose loss is no finite number.

    Args:
        others: batches without tags, one for each step.
    """
    training, epoch = config.training, position.epoch
    steps = math.ceil(len(train.lengths) / training.batch_size)
    generator = np.random.default_rng([training.seed, 2, epoch])
    losses, all_tokens, beside = np.array(position.losses), len(train.word_ids), position.unlabelled_tokens
    begun = time.perf_counter() - position.seconds
    batches = shuffled_batches(train, training.batch_size, generator, pool=training.sort_pool, first=position.steps)
    for place, batch in enumerate(batches, start=position.steps):
        number = (epoch - 1) * steps + place
        rate = training.learning_rate * SCHEDULES[training.schedule](number / (steps * training.epochs))
        other = next(others) if others is not None else None
        means = learner.step(batch if other is None else mixed(batch, other), number, rate)
        if not means.are_finite:
            yield Collapsed(epoch)
            return
        losses += _weighed(means, int(batch.lengths.sum()))
        beside += int(other.lengths.sum()) if other is not None else 0
        tags, language_model, tokens = losses.tolist()
        position = Position(epoch, place + 1, (tags, language_model, tokens), time.perf_counter() - begun, beside)
        epoch_means, stops = (tags / tokens, language_model / tokens), stopping()  # asked before it is shown and saved
        yield StepDone(epoch, int(tokens), all_tokens, number, *epoch_means, rate, position, stops, beside)
        if stops:
            return


def _weighed(losses: StepLosses, tokens: int) -> list[float]:
    return [losses.tags * tokens, losses.language_model * tokens, tokens]


def _perplexity(learner: Learner, sentences: EncodedSentences) -> float:
    """The exponential of the mean -log p of a token's neighbour, over both directions."""
    sentences = sentences.every(math.ceil(len(sentences.word_ids) / _PERPLEXITY_TOKENS))
    batches = batches_by_length(sentences, _SURPRISE_SENTENCES, _SURPRISE_TOKENS)
    total = sum(learner.surprise(batch) for batch in batches)
    return math.exp(min(total / (2 * len(sentences.word_ids)), 700.0))
