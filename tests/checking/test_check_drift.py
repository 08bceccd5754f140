import numpy as np
import pytest

from tagger.checking.drift import chance_of_difference, distance_of_shares


def test_the_chance_is_that_of_the_chi_square_test_by_hand():
    """20, 30 against 30, 20: every cell is 5 from its expected 25, less Yates's half: 4 * 4.5^2 / 25 = 3.24."""
    from math import erfc, sqrt

    chance = chance_of_difference(np.array([[20, 30], [30, 20]]))
    assert chance == pytest.approx(erfc(sqrt(3.24 / 2)))


def test_rare_types_are_pooled():
    """Of the two last neither is expected five times; together they are."""
    table = np.array([[50, 40, 4, 5], [60, 50, 0, 4]])
    assert chance_of_difference(table) == chance_of_difference(np.array([[50, 40, 9], [60, 50, 4]]))
    assert chance_of_difference(np.array([[3, 1], [2, 1]])) == 1.0


def test_the_distance_is_that_of_the_definition():
    table = np.array([[3, 1, 0], [1, 1, 2]])
    one, other = table / 4
    mean = (one + other) / 2

    def divergence(shares):
        return sum(share * np.log2(share / middle) for share, middle in zip(shares, mean, strict=True) if share)

    assert distance_of_shares(table) == pytest.approx(((divergence(one) + divergence(other)) / 2) ** 0.5)
    assert distance_of_shares(np.array([[5, 0], [0, 7]])) == pytest.approx(1.0)
