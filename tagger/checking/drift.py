"""Findings about files whose labels are not those of train: other shares of types, more entities or fewer."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile

_SURE = 0.001  # the p-value of a chi-square test, below which a difference is no chance
_FAR = 0.1  # the Jensen-Shannon distance of shares of types, in base 2, above which it matters
_TIMES = 1.25  # how many times as dense entities are
_LEAST_EXPECTED = 5.0  # entities of a type, for the test to hold


def drift(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """Findings about each file that is far from the first."""
    counts = [_type_counts(file) for file in files]
    for file, found in zip(files[1:], counts[1:], strict=True):
        if found and counts[0]:
            yield from _shares(file, found, files[0], counts[0])
            yield from _density(file, found, files[0], counts[0])


def chance_of_difference(table: NDArray[np.int_]) -> float:
    """The p-value of a chi-square test that two rows of counts come from one distribution; rare columns are pooled."""
    from scipy.stats import chi2_contingency

    sums = table.sum(axis=0)
    rare = sums * table.sum(axis=1).min() / table.sum() < _LEAST_EXPECTED
    pooled = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    return float(chi2_contingency(pooled).pvalue) if pooled.shape[1] > 1 else 1.0


def distance_of_shares(table: NDArray[np.int_]) -> float:
    """The Jensen-Shannon distance of two rows of counts, from 0 to 1."""
    from scipy.spatial.distance import jensenshannon

    return float(jensenshannon(*table, base=2))


def _shares(file: LabelledFile, found: Counter[str], train: LabelledFile, known: Counter[str]) -> Iterator[Finding]:
    types = sorted(found.keys() | known.keys())
    table = np.array([[counts[type_] for type_ in types] for counts in (known, found)])
    chance, distance = chance_of_difference(table), distance_of_shares(table)
    if chance < _SURE and distance > _FAR:
        shares = table / table.sum(axis=1, keepdims=True)
        most = int(np.abs(shares[1] - shares[0]).argmax())
        change = f"{types[most]} is {shares[1, most]:.1%} of entities here and {shares[0, most]:.1%} in {train.path}"
        message = f"shares of types differ (Jensen-Shannon distance {distance:.2f}, {_p_value(chance)}): {change}"
        yield file.finding(1, Kind.DRIFT, f"{message}; see whether both were drawn and labelled alike")


def _density(file: LabelledFile, found: Counter[str], train: LabelledFile, known: Counter[str]) -> Iterator[Finding]:
    pairs = ((known.total(), _tokens(train)), (found.total(), _tokens(file)))
    rates = [entities / tokens for entities, tokens in pairs]
    chance = chance_of_difference(np.array([[entities, tokens - entities] for entities, tokens in pairs]))
    if chance < _SURE and max(rates) > _TIMES * min(rates):
        change = f"{100 * rates[1]:.1f} entities in 100 tokens here and {100 * rates[0]:.1f} in {train.path}"
        message = f"{change} ({_p_value(chance)}); see whether both were drawn and labelled alike"
        yield file.finding(1, Kind.DRIFT, message)


def _p_value(chance: float) -> str:
    return f"p {chance:.1g}" if chance > 0 else "p < 1e-300"


def _type_counts(file: LabelledFile) -> Counter[str]:
    return Counter(entity.type for sentence in file.sentences for entity in sentence.entities)


def _tokens(file: LabelledFile) -> int:
    return sum(len(sentence.tokens) for sentence in file.sentences)
