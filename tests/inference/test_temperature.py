import numpy as np
import pytest
from legal_sequences import legal_paths, log_sum, no_moves, path_scores, random_moves

from tagger.inference.decoding import bioes_labels
from tagger.inference.temperature import HIGHEST, LOWEST, GoldBatch, fit_temperature

LABELS = bioes_labels(("X", "y-Z"))
LENGTHS = np.array([3, 1, 4, 2] * 4)


def drawn(temperature, moves, count=60, seed=0):
    """Batches whose right labels are drawn from the softmax, over all legal sequences, of scores by a temperature."""
    generator = np.random.default_rng(seed)
    batches = []
    for _ in range(count):
        scores = generator.normal(0.0, 3.0, (len(LENGTHS), 5, len(LABELS))).astype(np.float32)
        label_ids = generator.integers(0, len(LABELS), (len(LENGTHS), 5)).astype(np.int32)  # padding: anything
        for row, length in enumerate(LENGTHS):
            paths = legal_paths(LABELS, int(length))
            totals = path_scores(scores[row, :length], paths, moves) / temperature
            label_ids[row, :length] = generator.choice(paths, p=np.exp(totals - log_sum(totals)))
        batches.append(GoldBatch(scores, LENGTHS, label_ids))
    return batches


def surprise(batches, moves, temperature):
    """-log p of the right labels, every sequence tried."""
    total = 0.0
    for batch in batches:
        for scores, length, label_ids in zip(batch.scores, batch.lengths, batch.label_ids, strict=True):
            own = path_scores(scores[:length], label_ids[None, :length], moves)[0] / temperature
            total += log_sum(path_scores(scores[:length], legal_paths(LABELS, int(length)), moves) / temperature) - own
    return total


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("planted", [0.5, 1.0, 3.0])
def test_a_planted_temperature_is_found(planted, learned):
    moves = random_moves(len(LABELS), spread=2.0) if learned else None
    batches = drawn(planted, moves or no_moves(len(LABELS)))
    assert fit_temperature(LABELS, moves, batches) == pytest.approx(planted, rel=0.1)


@pytest.mark.parametrize("learned", [False, True])
def test_no_temperature_beside_it_is_better(learned):
    moves = random_moves(len(LABELS), spread=2.0) if learned else None
    batches = drawn(2.0, moves or no_moves(len(LABELS)), count=3)
    found = fit_temperature(LABELS, moves, batches)
    least = surprise(batches, moves or no_moves(len(LABELS)), found)
    for other in (0.98, 1.02, 0.5, 2.0):
        assert least < surprise(batches, moves or no_moves(len(LABELS)), found * other)


def test_what_stands_in_padding_does_not_count():
    batches = drawn(2.0, no_moves(len(LABELS)), count=3)
    expected = fit_temperature(LABELS, None, batches)
    for batch in batches:
        for row, length in enumerate(batch.lengths):
            batch.scores[row, length:] = [[np.nan, np.inf, 1e9][row % 3]]
            batch.label_ids[row, length:] = 3
    assert fit_temperature(LABELS, None, batches) == expected


def test_batches_do_not_matter():
    batches = drawn(2.0, no_moves(len(LABELS)), count=3)
    one = GoldBatch(*(np.concatenate([getattr(b, name) for b in batches]) for name in GoldBatch.__slots__))
    assert fit_temperature(LABELS, None, [one]) == pytest.approx(fit_temperature(LABELS, None, batches), rel=1e-6)


@pytest.mark.parametrize(
    "batches",
    [
        [],
        [GoldBatch(np.zeros((0, 0, 9), np.float32), np.zeros(0, np.int32), np.zeros((0, 0), np.int32))],
        [GoldBatch(np.zeros((2, 3, 9), np.float32), np.array([3, 2]), np.zeros((2, 3), np.int32))],
        [GoldBatch(np.zeros((2, 3, 9), np.float32), np.array([0, 0]), np.zeros((2, 3), np.int32))],
    ],
)
def test_where_none_is_better_it_is_one(batches):
    assert fit_temperature(LABELS, None, batches) == 1.0


@pytest.mark.parametrize(("sign", "limit"), [(1.0, LOWEST), (-1.0, HIGHEST)])
def test_what_is_always_right_or_never_meets_a_limit(sign, limit):
    scores = np.zeros((1, 2, 9), np.float32)
    scores[..., 0] = sign
    found = fit_temperature(LABELS, None, [GoldBatch(scores, np.array([2]), np.zeros((1, 2), np.int32))])
    assert found == pytest.approx(limit, rel=0.01)
    assert LOWEST <= found <= HIGHEST
