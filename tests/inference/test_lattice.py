import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from legal_sequences import legal_paths, log_sum, no_moves, path_scores, random_moves

from tagger.corpus.entities import Entity, entities_of
from tagger.features.labels import MoveScores
from tagger.inference.decoding import Decoder, bioes_labels
from tagger.inference.lattice import Lattice

TWO_TYPES = bioes_labels(("X", "y-Z"))
ONE_TYPE = bioes_labels(("X",))
NO_TYPE = bioes_labels(())
WITHIN_A_HUNDRED = st.floats(-100.0, 100.0, width=32)


def distribution_of(scores, labels, moves=None, temperature=1.0):
    """That of one sentence."""
    return Lattice(labels, moves, temperature).distribution(scores[None], np.array([len(scores)]))


def all_of(scores, labels, moves=None, temperature=1.0):
    """All legal sequences of a sentence and their log-probabilities, and log Z; every sequence tried."""
    paths = legal_paths(labels, len(scores))
    totals = path_scores(scores, paths, moves or no_moves(len(labels))) / temperature
    return paths, totals - log_sum(totals), log_sum(totals)


def all_entities(labels, length):
    """Every entity a sentence of a length may have."""
    types = sorted({label[2:] for label in labels if label != "O"})
    return [
        Entity(start, end, type_) for start in range(length) for end in range(start + 1, length + 1) for type_ in types
    ]


@st.composite
def cases(draw, elements=WITHIN_A_HUNDRED):
    """Scores of a short sentence with their labels, learned moves or none, and a temperature."""
    labels = draw(st.sampled_from([NO_TYPE, ONE_TYPE, TWO_TYPES]))
    length = draw(st.integers(1, 3 if labels is TWO_TYPES else 5))
    scores = draw(arrays(np.float32, (length, len(labels)), elements=elements))
    spread = draw(st.sampled_from([None, 1.0, 20.0, 300.0]))
    moves = None if spread is None else random_moves(len(labels), draw(st.integers(0, 99)), spread)
    return scores, labels, moves, draw(st.sampled_from([1.0, 0.5, 2.5, 0.01]))


@settings(deadline=None, max_examples=200)
@given(cases())
def test_the_sum_over_sequences_and_marginals_are_those_of_all_sequences_tried(case):
    _, labels, *_ = case
    paths, logs, log_z = all_of(*case)
    found = distribution_of(*case)
    np.testing.assert_allclose(found.log_partition, [log_z], rtol=1e-12, atol=1e-9)
    expected = np.einsum("p,ptk->tk", np.exp(logs), np.eye(len(labels))[paths])
    np.testing.assert_allclose(found.marginals()[0], expected, rtol=1e-7, atol=1e-30)


@settings(deadline=None, max_examples=150)
@given(cases())
def test_an_entity_is_as_likely_as_the_sequences_that_have_it(case):
    scores, labels, *_ = case
    paths, logs, _ = all_of(*case)
    entities = all_entities(labels, len(scores))
    having = [set(entities_of([labels[place] for place in path])) for path in paths]
    expected = [np.exp(logs[[entity in some for some in having]]).sum() for entity in entities]
    (found,) = distribution_of(*case).entity_probabilities([entities])
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-7, atol=1e-30)


@settings(deadline=None, max_examples=150)
@given(cases(), st.sampled_from([1, 2, 5, 1000]))
def test_the_n_best_are_the_first_of_all_sequences_in_order(case, count):
    scores, *_ = case
    paths, logs, _ = all_of(*case)
    (best,) = distribution_of(*case).n_best(count)
    expected = np.sort(logs)[::-1][:count]
    assert best.paths.shape == (min(count, len(paths)), len(scores))
    np.testing.assert_allclose(best.log_probabilities, expected, rtol=1e-9, atol=1e-8)
    assert (np.diff(best.log_probabilities) <= 0.0).all()
    by_path = {tuple(path): log for path, log in zip(paths.tolist(), logs, strict=True)}
    given_paths = [tuple(path) for path in best.paths.tolist()]
    assert len(set(given_paths)) == len(given_paths)
    for path, log in zip(given_paths, best.log_probabilities, strict=True):
        assert log == pytest.approx(by_path[path], rel=1e-9, abs=1e-8)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([ONE_TYPE, TWO_TYPES]).flatmap(
        lambda labels: st.tuples(
            arrays(np.float32, (3, len(labels)), elements=st.sampled_from([0.0, 1.0, 2.0])), st.just(labels)
        )
    )
)
def test_equals_come_in_the_order_of_their_labels_from_the_last(case):
    """Sums of small whole numbers are exact, so that equals are equal."""
    scores, labels = case
    paths = legal_paths(labels, 3)
    totals = path_scores(scores, paths, no_moves(len(labels)))
    order = sorted(range(len(paths)), key=lambda place: (-totals[place], *paths[place][::-1]))
    (best,) = distribution_of(scores, labels).n_best(20)
    assert best.paths.tolist() == paths[order[:20]].tolist()


def test_a_sentence_of_two_tokens_by_hand():
    """Weights, e to the scores, of O B I E S: legal are OO 6, OS 2, SO 3, SS 1 and BE 8."""
    weights = np.array([[2, 4, 9, 9, 1], [3, 9, 9, 2, 1]], np.float64)
    found = distribution_of(np.log(weights), ONE_TYPE)
    assert found.log_partition[0] == pytest.approx(np.log(6 + 2 + 3 + 1 + 8))
    np.testing.assert_allclose(found.marginals()[0] * 20, [[8, 8, 0, 0, 4], [9, 0, 0, 8, 3]], atol=1e-12)
    entities = [Entity(0, 2, "X"), Entity(0, 1, "X"), Entity(1, 2, "X")]
    np.testing.assert_allclose(found.entity_probabilities([entities])[0] * 20, [8, 4, 3])
    (best,) = found.n_best(2)
    assert best.paths.tolist() == [[1, 3], [0, 0]]
    np.testing.assert_allclose(np.exp(best.log_probabilities) * 20, [8, 6])


def test_without_learned_moves_legal_sequences_are_as_likely_as_independent_labels_make_them():
    scores = np.random.default_rng(0).normal(size=(4, len(ONE_TYPE)))
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    products = softmax[range(4), legal_paths(ONE_TYPE, 4)].prod(axis=1)
    (best,) = distribution_of(scores, ONE_TYPE).n_best(3)
    np.testing.assert_allclose(np.exp(best.log_probabilities), np.sort(products)[:-4:-1] / products.sum(), rtol=1e-12)


@pytest.mark.parametrize("labels", [NO_TYPE, ONE_TYPE, TWO_TYPES])
@pytest.mark.parametrize("moves", [False, True])
def test_all_sequences_together_are_certain(labels, moves):
    scores = np.random.default_rng(0).normal(0.0, 3.0, (4, len(labels))).astype(np.float32)
    found = distribution_of(scores, labels, random_moves(len(labels)) if moves else None)
    (best,) = found.n_best(10_000)
    assert len(best.paths) == len(legal_paths(labels, 4))
    assert np.exp(best.log_probabilities).sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(found.marginals().sum(axis=-1), 1.0, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=6), st.integers(0, 1000), st.booleans(), st.data())
def test_a_sentence_has_its_own_numbers_whatever_the_batch_its_order_and_padding(lengths, seed, learned, data):
    generator, steps = np.random.default_rng(seed), max(lengths) + seed % 2
    spreads = generator.choice([1.0, 300.0], size=(len(lengths), 1, 1))  # some too wide to be scaled
    scores = (generator.standard_normal((len(lengths), steps, len(TWO_TYPES))) * spreads).astype(np.float32)
    for row, length in zip(scores, lengths, strict=True):
        row[length:] = generator.choice([np.nan, np.inf, -np.inf, 1e9], size=(steps - length, 1))
    lattice = Lattice(TWO_TYPES, random_moves(len(TWO_TYPES)) if learned else None)
    order = data.draw(st.permutations(range(len(lengths))))
    entities = [all_entities(TWO_TYPES, length) for length in lengths]
    together = lattice.distribution(scores[order], np.array(lengths, np.int32)[order])
    likely = together.entity_probabilities([entities[place] for place in order])
    best = together.n_best(4)
    for row, place in enumerate(order):
        length = lengths[place]
        alone = lattice.distribution(scores[place : place + 1, :length], np.array([length]))
        np.testing.assert_allclose(together.log_partition[row], alone.log_partition[0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(together.marginals()[row, :length], alone.marginals()[0], rtol=1e-9, atol=1e-30)
        assert not together.marginals()[row, length:].any()
        np.testing.assert_allclose(likely[row], alone.entity_probabilities([entities[place]])[0], rtol=1e-9, atol=1e-30)
        (own,) = alone.n_best(4)
        assert best[row].paths.tolist() == own.paths.tolist()
        np.testing.assert_allclose(best[row].log_probabilities, own.log_probabilities, rtol=1e-9, atol=1e-9)


def test_a_sentence_without_tokens_has_one_sequence_which_is_certain():
    for steps in (0, 3):
        found = Lattice(ONE_TYPE).distribution(np.ones((2, steps, 5), np.float32), np.array([0, 0]))
        assert found.log_partition.tolist() == [0.0, 0.0]
        assert found.marginals().shape == (2, steps, 5)
        assert [part.tolist() for part in found.entity_probabilities([[], []])] == [[], []]
        for best in found.n_best(3):
            assert best.paths.shape == (1, 0)
            assert best.log_probabilities.tolist() == [0.0]


def test_an_empty_batch_has_nothing():
    found = Lattice(ONE_TYPE).distribution(np.zeros((0, 3, 5), np.float32), np.zeros(0, np.int32))
    assert found.marginals().shape == (0, 3, 5)
    assert found.entity_probabilities([]) == []
    assert found.n_best(2) == []


def test_entities_that_cannot_be_have_no_probability_and_do_not_disturb_the_others():
    scores = np.random.default_rng(0).normal(size=(2, 4, len(ONE_TYPE))).astype(np.float32)
    found = Lattice(ONE_TYPE).distribution(scores, np.array([4, 2]))
    strange = [Entity(0, 1, "unknown"), Entity(1, 3, "X"), Entity(0, 2, "X"), Entity(1, 1, "X"), Entity(-1, 1, "X")]
    first, second = found.entity_probabilities([[Entity(1, 3, "X")], strange])
    assert first[0] > 0.0
    assert second[2] == found.entity_probabilities([[], [Entity(0, 2, "X")]])[1][0] > 0.0
    assert second[[0, 1, 3, 4]].tolist() == [0.0] * 4


@settings(deadline=None, max_examples=150)
@given(cases(elements=st.sampled_from([0.0, 1.0, 2.0, -np.inf, 3e38, -3e38, np.inf, np.nan, 1e4])))
def test_whatever_scores_come_probabilities_are_probabilities(case):
    scores, labels, *_ = case
    found = distribution_of(*case)
    assert np.isfinite(found.log_partition).all()
    np.testing.assert_allclose(found.marginals().sum(axis=-1), 1.0, atol=1e-9)
    (likely,) = found.entity_probabilities([all_entities(labels, len(scores))])
    assert ((likely >= 0.0) & (likely <= 1.0)).all()
    (best,) = found.n_best(3)
    assert (best.log_probabilities <= 0.0).all()
    assert not np.isnan(best.log_probabilities).any()


def test_an_impossible_label_takes_its_sequences_out():
    scores = np.array([[0.0, 0.0, 0.0, 0.0, -np.inf], [0.0, 0.0, 0.0, 0.0, 0.0]], np.float32)  # OO, OS and BE are left
    found = distribution_of(scores, ONE_TYPE)
    assert found.log_partition[0] == pytest.approx(np.log(3))
    np.testing.assert_allclose(found.marginals()[0] * 3, [[2, 1, 0, 0, 0], [1, 0, 0, 1, 1]], atol=1e-12)
    np.testing.assert_allclose(found.entity_probabilities([[Entity(0, 1, "X"), Entity(0, 2, "X")]])[0] * 3, [0, 1])


@pytest.mark.parametrize("spread", [1.0, 30.0, 1000.0])
def test_long_sentences_stay_exact(spread):
    """Against the forward algorithm in log space; the last is too wide to be scaled."""
    scores = np.random.default_rng(0).normal(0.0, spread, (500, len(TWO_TYPES))).astype(np.float32)
    moves = random_moves(len(TWO_TYPES), spread=3.0)
    found = distribution_of(scores, TWO_TYPES, moves)
    paths = legal_paths(TWO_TYPES, 4)  # which have every legal move
    befores, afters, firsts = paths[:, :-1].ravel(), paths[:, 1:].ravel(), paths[:, 0]
    penalty, reached = np.full((len(TWO_TYPES),) * 2, -np.inf), np.full(len(TWO_TYPES), -np.inf)
    penalty[befores, afters] = moves.transitions[befores, afters]
    reached[firsts] = np.float64(moves.starts[firsts]) + scores[0, firsts]
    for row in np.float64(scores[1:]):
        reached = np.logaddexp.reduce(reached[:, None] + penalty, axis=0) + row
    expected = np.logaddexp.reduce((reached + moves.ends)[np.unique(paths[:, -1])])
    assert found.log_partition[0] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(found.marginals().sum(axis=-1), 1.0, atol=1e-12)
    spans = [
        Entity(start, start + width, "X") for start in range(400) for width in (1, 2, 3, 60)
    ]  # every fourth is S-X
    (likely,) = found.entity_probabilities([spans])
    single = found.marginals()[0, :400, TWO_TYPES.index("S-X")]
    np.testing.assert_allclose(likely[::4], single, rtol=1e-9, atol=1e-30)


def test_the_best_of_the_n_best_is_what_the_decoder_finds():
    generator = np.random.default_rng(0)
    scores, lengths = generator.normal(size=(20, 9, len(TWO_TYPES))).astype(np.float32), generator.integers(1, 10, 20)
    for moves in (None, random_moves(len(TWO_TYPES), spread=3.0)):
        paths = Decoder(TWO_TYPES, moves).decode(scores, lengths)
        best = Lattice(TWO_TYPES, moves).distribution(scores, lengths).n_best(2)
        assert [some.paths[0].tolist() for some in best] == [path.tolist() for path in paths]


def test_a_temperature_divides_the_scores_of_labels_and_of_moves():
    scores, moves = np.random.default_rng(0).normal(size=(3, 5)), random_moves(5)
    colder = MoveScores(moves.transitions / 0.25, moves.starts / 0.25, moves.ends / 0.25)
    found = distribution_of(scores, ONE_TYPE, moves, temperature=0.25).marginals()
    np.testing.assert_allclose(found, distribution_of(scores / 0.25, ONE_TYPE, colder).marginals(), rtol=1e-12)
