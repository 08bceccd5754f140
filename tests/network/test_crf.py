from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from builders import values
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from legal_sequences import is_legal, legal_paths, log_sum, path_scores, random_moves

from tagger.features.labels import MoveScores, legal_moves
from tagger.network.crf import CRF

TWO_TYPES = ("O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y")
LABELS = TWO_TYPES[:5]


def crf_of(labels, moves):
    crf = CRF(labels)
    for name, weight in crf.weights().items():
        weight.assign(getattr(moves, name))
    return crf


def random_logits(*shape, seed=0, spread=2.0):
    return np.random.default_rng(seed).normal(0.0, spread, shape).astype(np.float32)


def random_gold(labels, lengths, steps, seed=0):
    """Legal tags, and in padding tags of any kind."""
    generator, legal = np.random.default_rng(seed), legal_moves(labels)
    tags = generator.integers(0, len(labels), (len(lengths), steps)).astype(np.int32)
    for row, length in zip(tags, lengths, strict=True):
        for step in range(length):
            allowed = legal.follows[row[step - 1]] if step else legal.starts
            row[step] = generator.choice(np.flatnonzero(allowed & (legal.ends | (step < length - 1))))
    return tags


def ones(paths, size):
    return np.eye(size)[paths]


def by_brute_force(logits, gold, moves, labels):
    """Of one sentence, log p(gold) and its gradients: what gold has, less what a sequence has on average."""
    paths, size = legal_paths(labels, len(logits)), len(labels)
    scores = path_scores(logits, paths, moves)
    log_z = log_sum(scores)
    chances = np.append(-np.exp(scores - log_z), 1.0)
    tags = ones(np.concatenate([paths, gold[None]]), size)  # [paths + 1, T, K]
    gradients = (
        np.einsum("p,ptk->tk", chances, tags),
        np.einsum("p,pti,ptj->ij", chances, tags[:, :-1], tags[:, 1:]),
        chances @ tags[:, 0],
        chances @ tags[:, -1],
    )
    return path_scores(logits, gold[None], moves)[0] - log_z, gradients


def with_gradients(crf, logits, gold, lengths):
    """Log-likelihoods, and the gradients of their sum for the logits and every weight."""
    logits = tf.constant(logits)
    variables = [weight.value for weight in crf.weights().values()]
    with tf.GradientTape() as tape:
        tape.watch(logits)
        found = crf.log_likelihood(logits, gold, np.int32(lengths))
    slopes = tape.gradient(found, [logits, *variables])
    return found.numpy(), [slope.numpy() for slope in slopes]


@st.composite
def cases(draw):
    labels = draw(st.sampled_from([("O",), LABELS, TWO_TYPES]))
    length = draw(st.integers(1, 3 if labels is TWO_TYPES else 4))
    finite = st.floats(-100.0, 100.0, width=32)
    logits = draw(arrays(np.float32, (length, len(labels)), elements=finite))
    seed = draw(st.integers(0, 1000))
    gold = legal_paths(labels, length)
    return (
        labels,
        logits,
        gold[seed % len(gold)],
        random_moves(len(labels), seed, draw(st.sampled_from([0.0, 1.0, 5.0]))),
    )


@settings(deadline=None, max_examples=80)
@given(cases())
def test_likelihood_and_every_gradient_are_those_of_all_legal_sequences_tried_out(case):
    labels, logits, gold, moves = case
    expected, slopes = by_brute_force(logits, gold, moves, labels)
    found, ours = with_gradients(crf_of(labels, moves), logits[None], np.int32(gold[None]), [len(logits)])
    np.testing.assert_allclose(found, [expected], rtol=1e-9, atol=1e-9)
    assert found[0] <= 1e-9
    for slope, theirs in zip((ours[0][0], *ours[1:]), slopes, strict=True):
        np.testing.assert_allclose(slope, theirs, rtol=1e-5, atol=1e-6)


def test_the_gradient_is_the_slope_between_two_near_points():
    logits, moves = random_logits(4, len(LABELS)), random_moves(len(LABELS))
    gold = legal_paths(LABELS, 4)[20]
    _, slopes = with_gradients(crf_of(LABELS, moves), logits[None], np.int32(gold[None]), [4])
    points = [np.float64(value) for value in (logits, moves.transitions, moves.starts, moves.ends)]

    def likelihood(logits, *moves):
        scores = path_scores(logits, legal_paths(LABELS, 4), MoveScores(*moves))
        return path_scores(logits, gold[None], MoveScores(*moves))[0] - log_sum(scores)

    for place, slope in enumerate((slopes[0][0], *slopes[1:])):
        for index in np.ndindex(slope.shape):
            near = []
            for shift in (1e-5, -1e-5):
                moved = [point.copy() for point in points]
                moved[place][index] += shift
                near.append(likelihood(*moved))
            assert slope[index] == pytest.approx((near[0] - near[1]) / 2e-5, abs=1e-6)


@pytest.mark.parametrize(("labels", "length"), [(("O",), 3), (LABELS, 1), (LABELS, 4), (TWO_TYPES, 3)])
def test_the_probabilities_of_all_legal_sequences_sum_to_one(labels, length):
    crf, paths = crf_of(labels, random_moves(len(labels))), np.int32(legal_paths(labels, length))
    logits = np.repeat(random_logits(1, length, len(labels)), len(paths), axis=0)
    likelihoods = crf.log_likelihood(logits, paths, np.full(len(paths), length, np.int32)).numpy()
    assert np.exp(likelihoods).sum() == pytest.approx(1.0, abs=1e-12)


def test_at_first_a_sequence_is_as_likely_as_independent_tags_make_it_among_legal_ones():
    logits = random_logits(1, 3, len(LABELS))
    chances = np.exp(np.float64(logits[0]))
    products = [np.prod(chances[range(3), path]) for path in legal_paths(LABELS, 3)]
    found = CRF(LABELS).log_likelihood(logits, np.int32(legal_paths(LABELS, 3)[:1]), np.array([3], np.int32))
    assert float(np.exp(found[0])) == pytest.approx(products[0] / sum(products), rel=1e-9)


def test_padding_and_the_other_sentences_of_a_batch_do_not_matter():
    lengths, crf = [4, 1, 0, 7, 2], crf_of(TWO_TYPES, random_moves(len(TWO_TYPES)))
    logits, gold = random_logits(5, 9, len(TWO_TYPES)), random_gold(TWO_TYPES, lengths, 9)
    for row, length in zip(logits, lengths, strict=True):
        row[length:] = np.random.default_rng(length).choice([np.nan, np.inf, -np.inf, 1e30], size=row[length:].shape)
    together, slopes = with_gradients(crf, logits, gold, lengths)
    sums = [np.zeros_like(slope) for slope in slopes[1:]]
    for place, length in enumerate(lengths):
        if not length:
            assert together[place] == 0.0
            assert not slopes[0][place].any()
            continue
        alone, own = with_gradients(crf, logits[place : place + 1, :length], gold[place : place + 1, :length], [length])
        assert together[place] == pytest.approx(alone[0], rel=1e-12)
        np.testing.assert_allclose(slopes[0][place, :length], own[0][0], rtol=1e-6, atol=1e-9)
        assert not slopes[0][place, length:].any()
        sums = [total + slope for total, slope in zip(sums, own[1:], strict=True)]
    for found, expected in zip(slopes[1:], sums, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_loss_is_the_sum_of_minus_log_likelihoods_over_tokens_and_shares_add_up():
    lengths, crf = np.array([3, 1, 4, 2], np.int32), crf_of(LABELS, random_moves(len(LABELS)))
    logits, gold = random_logits(4, 4, len(LABELS)), random_gold(LABELS, lengths, 4)
    expected = 0.0
    for row, tags, length in zip(logits, gold, lengths, strict=True):
        expected -= by_brute_force(row[:length], tags[:length], random_moves(len(LABELS)), LABELS)[0] / 10
    loss = crf.loss(logits, gold, lengths)
    assert loss.dtype == tf.float32
    assert float(loss) == pytest.approx(expected, rel=1e-6)
    shares = [crf.loss(logits[part], gold[part], lengths[part], np.int32(10)) for part in (slice(1), slice(1, 4))]
    assert float(shares[0] + shares[1]) == pytest.approx(expected, rel=1e-6)


def test_without_types_the_only_sequence_is_certain():
    logits, crf = random_logits(2, 3, 1, spread=50.0), crf_of(("O",), random_moves(1))
    found, slopes = with_gradients(crf, logits, np.zeros((2, 3), np.int32), [3, 2])
    np.testing.assert_allclose(found, 0.0, atol=1e-12)
    for slope in slopes:
        np.testing.assert_allclose(slope, 0.0, atol=1e-6)


def in_log_space(logits, moves, labels):
    """Log Z by the forward algorithm, a logarithm of a sum for every tag of every token; float64."""
    legal = legal_moves(labels)
    transitions = np.where(legal.follows, np.float64(moves.transitions), -np.inf)
    reached = np.where(legal.starts, np.float64(moves.starts) + logits[0], -np.inf)
    for scores in np.float64(logits[1:]):
        reached = np.logaddexp.reduce(reached[:, None] + transitions, axis=0) + scores
    return np.logaddexp.reduce(reached + np.where(legal.ends, np.float64(moves.ends), -np.inf))


@pytest.mark.parametrize("spread", [1.0, 50.0])
def test_long_sentences_stay_exact(spread):
    lengths, moves = [500, 1, 313], random_moves(len(TWO_TYPES), spread=3.0)
    logits = np.clip(random_logits(3, 500, len(TWO_TYPES), spread=spread), -100.0, 100.0)
    gold = random_gold(TWO_TYPES, lengths, 500)
    found, slopes = with_gradients(crf_of(TWO_TYPES, moves), logits, gold, lengths)
    for place, length in enumerate(lengths):
        row, tags = logits[place, :length], gold[place, :length]
        expected = path_scores(row, np.intp(tags[None]), moves)[0] - in_log_space(row, moves, TWO_TYPES)
        assert found[place] == pytest.approx(expected, rel=1e-10, abs=1e-9)
        np.testing.assert_allclose(slopes[0][place].sum(axis=-1), 0.0, atol=1e-5)
    assert all(np.isfinite(slope).all() for slope in slopes)


@pytest.mark.parametrize("best", range(len(TWO_TYPES)))
def test_a_token_whose_best_tag_by_far_is_forbidden_there_keeps_the_order_of_the_others(best):
    """Every token wants `best` by 200, at the start and the end too, where it may not stand."""
    rows = np.maximum(random_logits(4, 5, len(TWO_TYPES)) - 96.0, np.float32(-100.0))
    rows[..., best] = 100.0
    moves = random_moves(len(TWO_TYPES), spread=5.0)
    gold = random_gold(TWO_TYPES, [5, 4, 3, 1], 5)
    found, slopes = with_gradients(crf_of(TWO_TYPES, moves), rows, gold, [5, 4, 3, 1])
    for place, length in enumerate([5, 4, 3, 1]):
        row = rows[place, :length]
        expected = path_scores(row, np.intp(gold[place : place + 1, :length]), moves)[0]
        assert found[place] == pytest.approx(expected - in_log_space(row, moves, TWO_TYPES), rel=1e-10, abs=1e-10)
    assert all(np.isfinite(slope).all() for slope in slopes)


@settings(deadline=None, max_examples=40)
@given(
    arrays(np.float32, (2, 6, 9), elements=st.sampled_from([0, 1e4, -1e4, 1e20, -3e38, 3e38])),
    st.sampled_from([1.0, 1e3, 1e6]),
)
def test_whatever_finite_numbers_come_loss_and_gradients_are_finite(logits, spread):
    moves = random_moves(len(TWO_TYPES), spread=spread)
    found, slopes = with_gradients(crf_of(TWO_TYPES, moves), logits, random_gold(TWO_TYPES, [6, 3], 6), [6, 3])
    assert np.isfinite(found).all()
    assert all(np.isfinite(slope).all() for slope in slopes)
    assert all((np.abs(slope) <= 12.0).all() for slope in slopes)  # no more than the tokens and moves there are


def test_forbidden_tags_are_thousands_of_times_less_likely_than_the_least_likely_legal_ones():
    logits, crf = random_logits(1, 3, len(LABELS)), crf_of(LABELS, random_moves(len(LABELS)))
    lengths = np.array([3], np.int32)
    for path in product(range(len(LABELS)), repeat=3):
        likelihood = float(crf.log_likelihood(logits, np.int32([path]), lengths)[0])
        assert (likelihood > -100.0) == is_legal([LABELS[place] for place in path])
        assert likelihood > -50_000.0


def test_scores_of_forbidden_moves_neither_count_nor_learn():
    logits, gold = random_logits(3, 4, len(LABELS)), random_gold(LABELS, [4, 3, 1], 4)
    moves, legal = random_moves(len(LABELS)), legal_moves(LABELS)
    allowed = legal.follows, legal.starts, legal.ends
    parts = moves.transitions, moves.starts, moves.ends
    other = MoveScores(*(np.where(kept, part, 77.0) for kept, part in zip(allowed, parts, strict=True)))
    ours, theirs = (with_gradients(crf_of(LABELS, some), logits, gold, [4, 3, 1]) for some in (moves, other))
    np.testing.assert_array_equal(ours[0], theirs[0])
    for slope, kept in zip(ours[1][1:], allowed, strict=True):
        assert not slope[~kept].any()
        assert slope[kept].any()


def test_the_same_input_gives_the_same_bytes():
    crf = crf_of(TWO_TYPES, random_moves(len(TWO_TYPES)))
    logits, gold = random_logits(8, 20, len(TWO_TYPES)), random_gold(TWO_TYPES, [20] * 8, 20)
    step = tf.function(lambda logits: with_slopes(crf, logits, gold, [20] * 8), autograph=False)
    first, second = step(tf.constant(logits)), step(tf.constant(logits))
    assert [part.numpy().tobytes() for part in first] == [part.numpy().tobytes() for part in second]
    in_turn, slopes = with_gradients(crf, logits, gold, [20] * 8)
    for compiled, eager in zip(first, [in_turn, *slopes], strict=True):
        np.testing.assert_allclose(compiled, eager, rtol=1e-6, atol=1e-7)


def with_slopes(crf, logits, gold, lengths):
    with tf.GradientTape() as tape:
        tape.watch(logits)
        found = crf.log_likelihood(logits, gold, np.int32(lengths))
    return found, *tape.gradient(found, [logits, *(weight.value for weight in crf.weights().values())])


def test_scores_begin_at_zero():
    assert {name: weight.shape for name, weight in values(CRF(LABELS)).items()} == {
        "transitions": (5, 5),
        "starts": (5,),
        "ends": (5,),
    }
    assert not any(weight.any() for weight in values(CRF(LABELS)).values())


def test_a_batch_of_empty_sentences_has_no_surprise():
    found = CRF(LABELS).log_likelihood(
        np.zeros((2, 0, 5), np.float32), np.zeros((2, 0), np.int32), np.zeros(2, np.int32)
    )
    np.testing.assert_array_equal(found, [0.0, 0.0])
