import math
from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest
from builders import small_config

from tagger.errors import TaggerError
from tagger.evaluation.scores import Score
from tagger.features.batching import Batch, EncodedSentences
from tagger.training.learner import StepLosses
from tagger.training.loop import EpochDone, Progress, StepDone, train_epochs

LENGTHS = [3, 1, 4, 1, 5, 9, 2]
TOKENS = sum(LENGTHS)


class Recorder:
    """A learner that learns nothing and remembers what it was given."""

    def __init__(self, losses=lambda batch: StepLosses(1.0, 2.0), surprise=0.0):
        self.losses, self.token_surprise, self.calls = losses, surprise, []
        self.is_averaged, self.read_averaged = False, []

    def step(self, batch, number, rate):
        assert not self.is_averaged
        self.calls.append((batch, number, rate))
        return self.losses(batch)

    @contextmanager
    def averaged(self):
        self.is_averaged = True
        yield
        self.is_averaged = False

    def surprise(self, batch):
        self.read_averaged.append(self.is_averaged)
        return 2 * self.token_surprise * int(batch.lengths.sum())

    def orders(self, steps):
        """The sentences in the order read, one list an epoch of `steps`."""
        rows = [batch.positions for batch, _, _ in self.calls]
        return [np.concatenate(rows[start : start + steps]).tolist() for start in range(0, len(rows), steps)]


def events(learner, f1s=(), **options):
    """What a run yields whose dev F1 goes as in `f1s`, at last 0."""
    offsets = np.cumsum([0, *LENGTHS])
    data = EncodedSentences(np.arange(TOKENS, dtype=np.int32), offsets, np.zeros(TOKENS, np.int32))
    scripted = iter(f1s)
    config = small_config(**({"batch_size": 3, "epochs": 3} | options))
    return list(train_epochs(learner, data, data, config, lambda: Score(0.0, 0.0, next(scripted, 0.0), 1)))


def epochs_of(found):
    return [event for event in found if isinstance(event, EpochDone)]


def test_every_epoch_reads_every_sentence_once_in_an_order_of_its_own():
    learner = Recorder()
    events(learner, epochs=4)
    orders = learner.orders(steps=3)
    assert [sorted(order) for order in orders] == [list(range(7))] * 4
    assert len({tuple(order) for order in orders}) > 1


def test_the_order_is_a_function_of_the_seed():
    learners = [Recorder() for _ in range(3)]
    for learner, seed in zip(learners, (1, 1, 2), strict=True):
        events(learner, seed=seed, epochs=4)
    first, again, other = (learner.orders(steps=3) for learner in learners)
    assert first == again != other


@pytest.mark.parametrize(
    ("schedule", "share"),
    [
        ("constant", lambda done: 1.0),
        ("linear", lambda done: 1.0 - done),
        ("cosine", lambda done: 0.5 + 0.5 * math.cos(math.pi * done)),
    ],
)
def test_steps_are_numbered_through_and_the_rate_falls_over_all_of_them(schedule, share):
    learner = Recorder()
    events(learner, epochs=3, schedule=schedule, learning_rate=0.02)
    assert [number for _, number, _ in learner.calls] == list(range(9))
    assert [rate for _, _, rate in learner.calls] == pytest.approx([0.02 * share(step / 9) for step in range(9)])


def test_progress_counts_tokens_up_to_all_of_them():
    steps = [event for event in events(Recorder(), epochs=2) if isinstance(event, StepDone)]
    assert [event.epoch for event in steps] == [1, 1, 1, 2, 2, 2]
    assert {event.all_tokens for event in steps} == {TOKENS}
    for epoch in (steps[:3], steps[3:]):
        counts = [event.tokens for event in epoch]
        assert counts == sorted(set(counts))
        assert counts[-1] == TOKENS


def test_an_epochs_losses_are_means_over_its_tokens_not_over_its_batches():
    learner = Recorder(lambda batch: StepLosses(float(batch.lengths.max()), float(len(batch.lengths))))
    (epoch,) = epochs_of(events(learner, epochs=1))
    batches = [batch for batch, _, _ in learner.calls]
    tags = sum(max(batch.lengths) * sum(batch.lengths) for batch in batches) / TOKENS
    language_model = sum(len(batch.lengths) * sum(batch.lengths) for batch in batches) / TOKENS
    assert (epoch.tag_loss, epoch.lm_loss) == pytest.approx((tags, language_model))
    assert epoch.tokens == TOKENS


def test_perplexity_is_that_of_a_mean_neighbour_and_absent_without_the_language_model():
    assert epochs_of(events(Recorder(surprise=math.log(7.0))))[0].perplexity == pytest.approx(7.0)
    assert epochs_of(events(Recorder(surprise=math.log(7.0)), lm_weight=0.0))[0].perplexity is None


def test_an_epoch_is_measured_with_the_averaged_weights_and_no_step_is_taken_with_them():
    learner, scored = Recorder(), []
    offsets = np.cumsum([0, *LENGTHS])
    data = EncodedSentences(np.arange(TOKENS, dtype=np.int32), offsets, np.zeros(TOKENS, np.int32))

    def score_dev():
        scored.append(learner.is_averaged)
        return Score(0.0, 0.0, 0.0, 1)

    for event in train_epochs(learner, data, data, small_config(batch_size=3, epochs=2), score_dev):
        assert not learner.is_averaged, event
    assert scored == [True, True]
    assert learner.read_averaged
    assert all(learner.read_averaged)


def test_a_hopeless_perplexity_is_a_finite_number():
    assert math.isfinite(epochs_of(events(Recorder(surprise=1e6)))[0].perplexity)


@pytest.mark.parametrize(
    ("patience", "f1s", "last", "best"),
    [
        (1, [0.1, 0.2, 0.2, 0.9], 3, [1, 2]),
        (2, [0.5, 0.4, 0.3, 0.9], 3, [1]),
        (2, [0.5, 0.4, 0.6, 0.5, 0.5, 0.9], 5, [1, 3]),
        (2, [], 8, [1, 2, 3, 4, 5, 6, 7, 8]),  # while nothing is found, who has learned longest is best
        (2, [0.0, 0.0, 0.0, 0.1], 6, [1, 2, 3, 4]),
        (3, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 8, [1, 2, 3, 4, 5, 6, 7, 8]),
        (9, [0.5], 8, [1]),
    ],
)
def test_training_stops_after_that_many_epochs_in_a_row_without_a_better_f1(patience, f1s, last, best):
    found = epochs_of(events(Recorder(), f1s, patience=patience, epochs=8))
    assert [event.epoch for event in found] == list(range(1, last + 1))
    assert [event.epoch for event in found if event.is_best] == best
    assert [event.dev.f1 for event in found] == [*f1s, *[0.0] * 8][:last]


@pytest.mark.parametrize("losses", [StepLosses(math.nan, 0.0), StepLosses(0.0, math.inf)])
def test_a_loss_that_is_no_number_ends_the_run(losses):
    learner = Recorder(lambda batch: losses)
    with pytest.raises(TaggerError, match=r"^epoch 1: .*--learning-rate$"):
        events(learner)
    assert len(learner.calls) == 1


class Numbered:
    """Text of which the nth batch is a sentence of n + 1 tokens; two sentences of four are held out."""

    def __init__(self):
        self.firsts = []

    def held_out(self):
        return EncodedSentences(np.zeros(8, np.int32), np.array([0, 4, 8]))

    def batches(self, first):
        self.firsts.append(first)
        for number in count(first):
            ids = np.full((1, number + 1), number, np.int32)
            yield Batch(np.zeros(1, np.int64), np.array([number + 1], np.int32), ids, np.zeros_like(ids))


def mixed_events(learner, text, progress=None):
    """What a run yields of two epochs of three steps, each with its own batch of the text."""
    offsets = np.cumsum([0, *LENGTHS])
    data = EncodedSentences(np.arange(TOKENS, dtype=np.int32), offsets, np.zeros(TOKENS, np.int32))
    config, score = small_config(batch_size=3, epochs=2), Score(0.0, 0.0, 0.0, 1)
    return list(
        train_epochs(learner, data, data, config, lambda: score, progress=progress or Progress(), unlabelled=text)
    )


def beside(learner):
    """The text that each step has read, and the rows that it had tags for."""
    return [(batch.word_ids[batch.labelled :].max(), batch.labelled) for batch, _, _ in learner.calls]


def test_each_step_reads_the_next_batch_of_the_text_beside_its_own():
    learner, text = Recorder(), Numbered()
    found = mixed_events(learner, text)
    assert beside(learner) == [(0, 3), (1, 3), (2, 1), (3, 3), (4, 3), (5, 1)]
    assert text.firsts == [0]
    steps = [event for event in found if isinstance(event, StepDone)]
    assert [event.unlabelled_tokens for event in steps] == [1, 3, 6, 4, 9, 15]
    assert [event.tokens for event in steps if event.number in {2, 5}] == [TOKENS, TOKENS]
    assert [epoch.tokens for epoch in epochs_of(found)] == [TOKENS, TOKENS]


def test_a_run_that_goes_on_goes_on_in_the_text():
    learner, text = Recorder(), Numbered()
    whole = mixed_events(Recorder(), Numbered())
    position = next(event.position for event in whole if isinstance(event, StepDone) and event.number == 1)
    rest = mixed_events(learner, text, Progress(position))
    assert text.firsts == [2]
    assert beside(learner) == [(2, 1), (3, 3), (4, 3), (5, 1)]
    assert [event.unlabelled_tokens for event in rest if isinstance(event, StepDone)] == [6, 4, 9, 15]


def test_the_held_out_text_has_a_perplexity_of_its_own_under_the_averaged_weights():
    learner = Recorder()
    of_dev = learner.surprise

    def surprise(batch):
        learner.token_surprise = math.log(9.0 if batch.lengths.sum() == 8 else 5.0)
        return of_dev(batch)

    learner.surprise = surprise
    found = epochs_of(mixed_events(learner, Numbered()))
    assert [epoch.perplexity for epoch in found] == pytest.approx([5.0, 5.0])
    assert [epoch.unlabelled_perplexity for epoch in found] == pytest.approx([9.0, 9.0])
    assert learner.read_averaged == [True] * 4


def test_a_loss_of_the_text_that_is_no_number_ends_the_run():
    learner = Recorder(lambda batch: StepLosses(1.0, 1.0, math.nan))
    with pytest.raises(TaggerError, match=r"^epoch 1: .*--learning-rate$"):
        mixed_events(learner, Numbered())
