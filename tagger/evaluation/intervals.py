"""How far a score could be another on other sentences of the same kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.evaluation.counts import Counts, SentenceCounts, f1_of

LEVEL = 0.95
FEW = 30  # below so many entities an interval can hold the truth in fewer than 90 of 100 cases
RESAMPLES = 2000
_BATCH_PLACES = 2**22  # places of sentences drawn at once

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval of level 0.95, in fractions of 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Those of the F1 of all entities together, and of each type."""

    micro: Interval
    types: dict[str, Interval]

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Intervals":
        """The inverse of `asdict`."""
        types = {type_: Interval(**bounds) for type_, bounds in values["types"].items()}
        return cls(Interval(**values["micro"]), types)


def f1_intervals(counts: SentenceCounts, *, resamples: int = RESAMPLES, seed: int = 0) -> Intervals:
    """The intervals of one tagging, all from the same resampled sentences."""
    totals = np.concatenate([counts.together[None], counts.by_type])
    micro, *types = _intervals(totals, resamples, seed)
    return Intervals(micro, dict(zip(counts.types, types, strict=True)))


def f1_interval(counts: Counts, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The interval of F1, of sentences whose entities are counted, [S, 3]."""
    return _intervals(counts[None], resamples, seed)[0]


def _intervals(counts: Counts, resamples: int, seed: int) -> list[Interval]:
    """Of counts [K, S, 3]; one sentence says nothing of how sentences differ, so that any F1 could be."""
    kinds, sentences, _ = counts.shape
    if sentences < 2:
        return [Interval(0.0, 1.0)] * kinds
    return [Interval(low, high) for low, high in bootstrap_bounds(f1_of, counts, resamples, seed).tolist()]


def bootstrap_bounds(
    statistic: Callable[[Counts], Floats], counts: Counts, resamples: int = RESAMPLES, seed: int = 0
) -> Floats:
    """Where a statistic lies with a confidence of 0.95, by a bootstrap over sentences, [..., 2].

    Bounds are corrected for bias and acceleration (BCa, Efron 1987); where that is not defined, as where all is right,
    they are the plain 2.5 % and 97.5 % points.

    Args:
        statistic: of totals [K, R, 3] to [..., R]. counts: [K, S, 3] of two sentences or more.
    """
    from scipy.stats import bootstrap

    sentences = counts.shape[1]
    drawn = bootstrap(
        (np.arange(sentences),),
        lambda places, axis: statistic(_totals_of(counts, places)),
        n_resamples=resamples,
        batch=max(1, _BATCH_PLACES // sentences),
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).bootstrap_distribution  # [..., R]
    totals = counts.sum(axis=1, keepdims=True)  # [K, 1, 3]
    levels = _levels(statistic(totals), drawn, statistic(totals - counts))
    rows = [np.quantile(row, at) for row, at in zip(drawn.reshape(-1, resamples), levels.reshape(-1, 2), strict=True)]
    return np.array(rows).reshape(*drawn.shape[:-1], 2)


def _totals_of(counts: Counts, drawn: NDArray[np.integer]) -> Counts:
    """Sums over drawn sentences.

    Args:
        counts: [K, S, 3]. drawn: places of sentences, a resample a row, [R, S].

    Returns:
        [K, R, 3].
    """
    kinds, sentences, _ = counts.shape
    resamples = len(drawn)
    cells = drawn + sentences * np.arange(resamples)[:, None]
    times = np.bincount(cells.ravel(), minlength=resamples * sentences)  # how often each sentence is drawn
    flat = counts.transpose(1, 0, 2).reshape(sentences, -1)  # [S, K * 3]
    totals = times.reshape(resamples, sentences).astype(np.float64) @ flat  # whole numbers, so exact
    return np.rint(totals).astype(np.int64).reshape(resamples, kinds, 3).swapaxes(0, 1)


def _levels(observed: Floats, drawn: Floats, left_out: Floats) -> Floats:
    """The shares of resamples below the two bounds, [..., 2] (Efron 1987).

    Args:
        observed: [..., 1]. drawn: [..., R]. left_out: without one sentence each, [..., S].
    """
    from scipy.special import ndtr, ndtri

    plain = np.array([(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    below = ((drawn < observed).mean(axis=-1) + (drawn <= observed).mean(axis=-1)) / 2.0
    gaps = left_out.mean(axis=-1, keepdims=True) - left_out
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = (gaps**3).sum(axis=-1) / (6.0 * (gaps**2).sum(axis=-1) ** 1.5)
        bias = ndtri(below)[..., None]
        shifted = bias + ndtri(plain)
        levels = ndtr(bias + shifted / (1.0 - acceleration[..., None] * shifted))
    return np.where(np.isfinite(levels).all(axis=-1, keepdims=True), levels, plain)
