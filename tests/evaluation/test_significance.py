"""Chance, against all its ways counted by hand, SciPy's bootstrap, and how often it errs where nothing differs."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import bootstrap

from tagger.evaluation.significance import difference_bounds, measures_of, p_values


def tagging(generator, gold, right):
    found = generator.binomial(gold, right)
    return np.stack([found, found + generator.poisson(0.2, len(gold)), gold], axis=1)


def taggings(sentences, seed, *rights):
    generator = np.random.default_rng(seed)
    gold = generator.poisson(1.5, sentences)
    return [tagging(generator, gold, right)[None] for right in rights]


def every_way(a, b):
    """The p of each measure, each sentence's taggings in both orders: 2 ** S ways, the smaller tail twice."""
    observed = measures_of(a.sum(axis=0)) - measures_of(b.sum(axis=0))
    null = []
    for swapped in product([False, True], repeat=len(a)):
        chosen = np.array(swapped)[:, None]
        first, second = np.where(chosen, b, a), np.where(chosen, a, b)
        null.append(measures_of(first.sum(axis=0)) - measures_of(second.sum(axis=0)))
    above, below = (np.mean(tail, axis=0) for tail in (null >= observed - 1e-12, null <= observed + 1e-12))
    return np.minimum(1.0, 2.0 * np.minimum(above, below))


@pytest.mark.parametrize("seed", range(4))
def test_of_few_sentences_every_way_is_counted(seed):
    a, b = taggings(9, seed, 0.9, 0.5)
    assert p_values(a, b)[0] == pytest.approx(every_way(a[0], b[0]))


def test_sentences_without_a_difference_change_no_p():
    a, b = taggings(8, 1, 0.9, 0.5)
    same = taggings(500, 2, 0.7)[0]
    found = p_values(np.concatenate([a, same], axis=1), np.concatenate([b, same], axis=1))[0]
    assert found[1] == pytest.approx(every_way(a[0], b[0])[1])  # recall, whose divisor is the same all the way


def test_drawn_ways_are_near_those_of_every_way():
    a, b = taggings(14, 3, 0.9, 0.6)
    assert ((a != b).any(axis=2)).sum() < 14
    assert p_values(a, b, shuffles=2000)[0] == pytest.approx(every_way(a[0], b[0]), abs=0.04)


def test_by_hand_two_of_three_for_all_of_one_side():
    """Three sentences that A alone has right: of eight ways one is as large, and one on the other side."""
    right, wrong = np.array([[[1, 1, 1]] * 3]), np.array([[[0, 1, 1]] * 3])
    assert p_values(right, wrong).tolist() == [[0.25] * 3]


def test_chance_is_found_significant_as_often_as_it_says():
    """Both taggings are of the same quality: p is below 0.05 in about 5 of 100, with a standard deviation of 2.2."""
    low = 0
    for seed in range(100):
        a, b = taggings(60, seed, 0.7, 0.7)
        low += p_values(a, b, shuffles=200)[0, 2] < 0.05
    assert low <= 12


def test_a_true_difference_is_found():
    a, b = taggings(200, 5, 0.9, 0.7)
    assert p_values(a, b)[0, 2] == pytest.approx(2 / 10_000)  # none of 9,999 shufflings came near


def test_a_tagging_against_itself_is_all_chance():
    (a,) = taggings(20, 1, 0.7)
    assert p_values(a, a).tolist() == [[1.0] * 3]
    assert difference_bounds(a, a).tolist() == [[[0.0, 0.0]] * 3]


def test_each_kind_has_its_own_p():
    a, b = taggings(60, 7, 0.9, 0.6)
    same = taggings(60, 8, 0.7)[0]
    both = p_values(np.concatenate([a, same]), np.concatenate([b, same]), seed=2)
    assert both[0] == pytest.approx(p_values(a, b, seed=2)[0])
    assert both[1].tolist() == [1.0] * 3


def test_bounds_of_the_difference_are_those_of_scipy():
    a, b = taggings(80, 4, 0.8, 0.7)

    def difference(places, axis):
        first, second = (measures_of(counts[0][places].sum(axis=-2)) for counts in (a, b))
        return np.moveaxis(first - second, -1, 0)

    expected = bootstrap(
        (np.arange(80),), difference, vectorized=True, n_resamples=2000, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    found = difference_bounds(a, b)[0]
    assert found[:, 0] == pytest.approx(expected.low, abs=1e-12)
    assert found[:, 1] == pytest.approx(expected.high, abs=1e-12)


def test_pairs_are_drawn_together():
    """Both err in the same sentences but for a few, so the difference is known better than either score."""
    (a,) = taggings(300, 6, 0.6)
    b = a.copy()
    b[0, :3, 0] = 0
    low, high = difference_bounds(a, b)[0, 2]
    assert 0.0 <= low < high < 0.05


def test_one_sentence_says_nothing():
    a, b = np.array([[[1, 1, 1]]]), np.array([[[0, 1, 1]]])
    assert p_values(a, b).tolist() == [[1.0] * 3]
    assert difference_bounds(a, b).tolist() == [[[-1.0, 1.0]] * 3]


def test_the_same_seed_gives_the_same_numbers():
    a, b = taggings(60, 9, 0.8, 0.7)
    assert p_values(a, b, seed=1).tolist() == p_values(a, b, seed=1).tolist() != p_values(a, b, seed=2).tolist()
    assert difference_bounds(a, b, seed=1).tolist() == difference_bounds(a, b, seed=1).tolist()
