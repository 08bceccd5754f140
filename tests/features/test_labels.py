from itertools import product

import numpy as np
import pytest
from legal_sequences import is_legal, random_moves

from tagger.features.labels import legal_moves, legal_scores

LABELS = ("O", "B-X", "I-X", "E-X", "S-X", "B-y-Z", "I-y-Z", "E-y-Z", "S-y-Z")


OPENED = ([], ["B-X"], ["B-y-Z"])
CLOSED = ([], ["E-X"], ["E-y-Z"])


@pytest.mark.parametrize("labels", [LABELS, LABELS[::-1], ("O",)])
def test_a_move_is_legal_where_some_legal_sequence_has_it(labels):
    moves = legal_moves(labels)
    for place, label in enumerate(labels):
        assert moves.starts[place] == any(is_legal([label, *after]) for after in CLOSED)
        assert moves.ends[place] == any(is_legal([*before, label]) for before in OPENED)
    for first, second in product(range(len(labels)), repeat=2):
        pair = labels[first], labels[second]
        expected = any(is_legal([*before, *pair, *after]) for before, after in product(OPENED, CLOSED))
        assert moves.follows[first, second] == expected


def test_learned_scores_stand_where_moves_are_legal_and_minus_infinity_elsewhere():
    learned, legal = random_moves(len(LABELS)), legal_moves(LABELS)
    found = legal_scores(LABELS, learned)
    for scores, given, allowed in (
        (found.transitions, learned.transitions, legal.follows),
        (found.starts, learned.starts, legal.starts),
        (found.ends, learned.ends, legal.ends),
    ):
        assert scores.dtype == np.float64
        np.testing.assert_array_equal(scores[allowed], given[allowed])
        assert (scores[~allowed] == -np.inf).all()
    assert set(np.unique(legal_scores(LABELS).transitions)) == {-np.inf, 0.0}
