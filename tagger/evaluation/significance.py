"""Whether two taggings of the same sentences differ by more than chance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.evaluation.counts import Counts, f1_of, precision_of, recall_of
from tagger.evaluation.intervals import Floats, bootstrap_bounds

SHUFFLES = 9999
_BATCH_PLACES = 2**21  # places of sentences shuffled at once


def measures_of(counts: Counts) -> Floats:
    """Precision, recall and F1 of counts, [..., 3] to [..., 3]."""
    return np.stack([measure(counts) for measure in (precision_of, recall_of, f1_of)], axis=-1)


def p_values(a: Counts, b: Counts, *, shuffles: int = SHUFFLES, seed: int = 0) -> Floats:
    """How often a difference of precision, recall and F1 as large comes of chance alone, [K, 3].

    Paired approximate randomisation, two-sided (Noreen 1989; Yeh 2000): both taggings of a sentence change places, or
    do not, at random; of few sentences, in every way there is.

    Args:
        a, b: the counts of the same sentences, [K, S, 3].
    """
    from scipy.stats import permutation_test

    totals_a, totals_b = a.sum(axis=1), b.sum(axis=1)  # [K, 3]
    differing = np.flatnonzero((a != b).any(axis=(0, 2)))  # the others change nothing by changing places
    if len(differing) < 2:  # then there is one way alone, but for the sign
        return np.ones((len(a), 3))
    change = (b - a)[:, differing]  # [K, D, 3]

    def difference(first: NDArray[np.integer], _: Any, axis: int) -> Floats:
        """Of labels 0 and 1 [..., D]: which tagging a sentence's first is."""
        moved = _summed(change, first)  # [..., K, 3]
        return measures_of(totals_a + moved) - measures_of(totals_b - moved)

    labels = np.zeros(len(differing), np.int64), np.ones(len(differing), np.int64)
    found = permutation_test(
        labels,
        difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=shuffles,
        batch=max(1, _BATCH_PLACES // len(differing)),
        rng=np.random.default_rng(seed),
    )
    return np.asarray(found.pvalue)


def _summed(change: Counts, chosen: NDArray[np.integer]) -> Counts:
    """The sum of what changes [K, D, 3] with chosen sentences [..., D]: [..., K, 3]."""
    kinds, sentences, _ = change.shape
    flat = change.transpose(1, 0, 2).reshape(sentences, -1).astype(np.float64)
    sums = np.rint(chosen.astype(np.float64) @ flat).astype(np.int64)  # whole numbers, so exact
    return sums.reshape(*chosen.shape[:-1], kinds, 3)


def difference_bounds(a: Counts, b: Counts, *, seed: int = 0) -> Floats:
    """Of the difference of precision, recall and F1 by a paired bootstrap over sentences, [K, 3, 2]: low and high.

    Args:
        a, b: the counts of the same sentences, [K, S, 3].
    """
    kinds, sentences, _ = a.shape
    if sentences < 2:
        return np.tile([-1.0, 1.0], (kinds, 3, 1))

    def difference(totals: Counts) -> Floats:
        """Of totals [2K, R, 3]: [K, 3, R]."""
        measures = measures_of(totals)
        return (measures[:kinds] - measures[kinds:]).swapaxes(1, 2)

    return bootstrap_bounds(difference, np.concatenate([a, b]), seed=seed)
