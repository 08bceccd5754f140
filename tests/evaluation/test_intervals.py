"""Intervals against SciPy's own, and against how often they hold a truth that is known."""

import warnings

import numpy as np
import pytest
from scipy.stats import bootstrap

from tagger.evaluation.counts import SentenceCounts
from tagger.evaluation.intervals import Interval, Intervals, f1_interval, f1_intervals


def random_counts(sentences, seed=0, *, entities=1.0, right=0.8):
    """[S, 3]: right, predicted and gold entities of sentences."""
    generator = np.random.default_rng(seed)
    gold = generator.poisson(entities, sentences)
    found = generator.binomial(gold, right)
    return np.stack([found, found + generator.poisson(0.1, sentences), gold], axis=1)


def plain_f1(counts):
    right, predicted, gold = counts.sum(axis=-2).swapaxes(0, -1)
    return np.where(right > 0, 2 * right / np.maximum(predicted + gold, 1), 0.0).T


@pytest.mark.parametrize(("sentences", "seed"), [(8, 1), (40, 2), (300, 3)])
def test_bounds_are_those_of_scipy(sentences, seed):
    counts = random_counts(sentences, seed)
    expected = bootstrap(
        (np.arange(sentences),),
        lambda places, axis: plain_f1(counts[places]),
        vectorized=True,
        n_resamples=999,
        method="BCa",
        rng=np.random.default_rng(7),
    ).confidence_interval
    found = f1_interval(counts, resamples=999, seed=7)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-12)
    assert 0.0 < found.low < plain_f1(counts) < found.high <= 1.0


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Of 200 samples from a source of known F1; 0.95 of 200 is 190, with a standard deviation of 3.1."""
    truth = plain_f1(random_counts(200_000, 12345))
    held = 0
    for seed in range(200):
        found = f1_interval(random_counts(150, seed), resamples=400)
        held += found.low <= truth <= found.high
    assert 180 <= held <= 198


def test_sentences_are_drawn_and_not_entities():
    """The entities of a sentence are right or wrong together, so there is less to know than so many tell."""
    apart = np.array([[1, 1, 1]] * 90 + [[0, 1, 1]] * 30)
    together = np.array([[10, 10, 10]] * 9 + [[0, 10, 10]] * 3)
    narrow, wide = f1_interval(apart), f1_interval(together)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_intervals_of_all_and_of_types_are_their_own():
    counts = SentenceCounts(("A", "B"), np.stack([random_counts(50, 1), random_counts(50, 2, right=0.4)]))
    found = f1_intervals(counts, resamples=300, seed=5)
    assert found.micro == f1_interval(counts.together, resamples=300, seed=5)
    assert found.types == {
        name: f1_interval(rows, resamples=300, seed=5) for name, rows in zip("AB", counts.by_type, strict=True)
    }
    assert found.types["B"].high < found.types["A"].low


def test_the_same_seed_gives_the_same_bounds():
    counts = random_counts(60)
    assert f1_interval(counts, seed=3) == f1_interval(counts, seed=3) != f1_interval(counts, seed=4)


def test_memory_does_not_decide_what_is_drawn(monkeypatch):
    counts = random_counts(60)
    expected = f1_interval(counts)
    monkeypatch.setattr("tagger.evaluation.intervals._BATCH_PLACES", 100)
    assert f1_interval(counts) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[2, 2, 2]] * 5, Interval(1.0, 1.0)),
        ([[0, 1, 2]] * 5, Interval(0.0, 0.0)),
        ([[0, 0, 0]] * 5, Interval(0.0, 0.0)),
        ([[1, 1, 1]], Interval(0.0, 1.0)),
        (np.zeros((0, 3), int), Interval(0.0, 1.0)),
    ],
    ids=["all right", "all wrong", "no entity", "one sentence", "no sentence"],
)
def test_where_nothing_varies_there_is_an_interval_and_no_warning(counts, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f1_interval(np.asarray(counts)) == expected


def test_no_type_is_no_error():
    assert f1_intervals(SentenceCounts((), np.zeros((0, 4, 3), int))) == Intervals(Interval(0.0, 0.0), {})
