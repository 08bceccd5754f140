import pytest
from legal_sequences import legal_paths

from tagger.features.labels import legal_moves
from tagger.inference.decoding import bioes_labels
from tagger.inference.n_best import count_sequences

ONE_TYPE, TWO_TYPES = bioes_labels(("X",)), bioes_labels(("X", "y-Z"))


@pytest.mark.parametrize(("labels", "length"), [(ONE_TYPE, 1), (ONE_TYPE, 2), (ONE_TYPE, 6), (TWO_TYPES, 4)])
def test_as_many_sequences_are_counted_as_there_are_when_all_are_tried(labels, length):
    legal, every = legal_moves(labels), len(legal_paths(labels, length))
    for most in (1, 2, every - 1, every, every + 1, 10**40):
        assert count_sequences(legal, length, most) == min(every, most)


def test_sequences_beyond_what_a_machine_counts_are_counted():
    """With one type the sequences of n tokens are those that end in O, as many in S-X, and those that end in an entity
    of m tokens, m from 2 on: a(n) = 2 a(n - 1) + a(n - 2) + a(n - 3) + ... + a(0), so a(n) = 3 a(n - 1) - a(n - 2).
    """
    counts = [1, 2]
    while len(counts) <= 200:
        counts.append(2 * counts[-1] + sum(counts[:-1]))
    assert counts[200] > 2**200
    for length in (0, 1, 2, 3, 70, 200):
        assert count_sequences(legal_moves(ONE_TYPE), length, 10**100) == counts[length]
