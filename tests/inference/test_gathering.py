import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagger.inference import gathering
from tagger.inference.gathering import gathered

SHAPES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 7)), max_size=12)  # sentences, steps


def batches_of(shapes):
    """Batches whose every score is another number, and lengths up to their steps."""
    generator, positions = np.random.default_rng(0), iter(range(1000))
    for sentences, steps in shapes:
        lengths = generator.integers(1, steps + 1, sentences)
        yield np.array([next(positions) for _ in range(sentences)]), generator.random((sentences, steps, 3)), lengths


@given(SHAPES, st.integers(1, 60))
def test_every_sentence_comes_back_once_with_its_scores_and_no_gathering_is_too_large(shapes, most):
    given_batches, before = list(batches_of(shapes)), gathering._TOKENS
    gathering._TOKENS = most
    try:
        found = list(gathered(iter(given_batches)))
    finally:
        gathering._TOKENS = before
    rows = [row for batch in given_batches for row in zip(*batch, strict=True)]
    again = [row for some in found for row in zip(some.positions, some.scores, some.lengths, strict=True)]
    assert len(again) == len(rows)
    for (place, scores, length), (found_place, found_scores, found_length) in zip(rows, again, strict=True):
        assert (found_place, found_length) == (place, length)
        np.testing.assert_array_equal(found_scores[:length], scores[:length])
    largest = max((scores.shape[0] * scores.shape[1] for _, scores, _ in given_batches), default=0)
    assert all(some.scores.shape[0] * some.scores.shape[1] <= max(most, largest) for some in found)


def test_small_batches_come_together():
    (one,) = gathered(batches_of([(2, 3), (4, 5), (1, 1)]))
    assert one.scores.shape == (7, 5, 3)


def test_a_batch_is_gathered_before_the_one_after_the_next_is_asked_for():
    """So that a long input is never held whole."""
    asked = []

    def batches():
        for number, batch in enumerate(batches_of([(100, 200)] * 3)):
            asked.append(number)
            yield batch

    stream = gathered(batches())
    next(stream)
    assert asked == [0, 1]
