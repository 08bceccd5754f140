from itertools import chain

import numpy as np
import pytest
from legal_sequences import legal_paths, log_sum, no_moves, path_scores, random_moves

from tagger.corpus.entities import Entity, entities_of
from tagger.inference.decoding import bioes_labels
from tagger.inference.temperature import HIGHEST, LOWEST, JudgedBatch, fit_temperature

LABELS = bioes_labels(("X", "y-Z"))
LENGTHS = np.array([3, 1, 4, 2] * 4)


def entities_in(path):
    return entities_of([LABELS[place] for place in path])


def drawn(temperature, moves, count=60, seed=0):
    """Batches judged by right labels that are drawn, over all legal sequences, from the softmax by a temperature."""
    generator = np.random.default_rng(seed)
    batches = []
    for _ in range(count):
        scores = generator.normal(0.0, 3.0, (len(LENGTHS), 5, len(LABELS))).astype(np.float32)
        entities, right = [], []
        for row, length in enumerate(LENGTHS):
            paths = legal_paths(LABELS, int(length))
            totals = path_scores(scores[row, :length], paths, moves) / temperature
            gold = entities_in(generator.choice(paths, p=np.exp(totals - log_sum(totals))))
            entities.append(entities_in(paths[totals.argmax()]))
            right += [entity in gold for entity in entities[-1]]
        batches.append(JudgedBatch(scores, LENGTHS, entities, right))
    return batches


def surprise(batches, moves, temperature):
    """-log p of what is right and wrong, every sequence tried."""
    total = 0.0
    for batch in batches:
        right = iter(batch.right)
        for scores, length, entities in zip(batch.scores, batch.lengths, batch.entities, strict=True):
            paths = legal_paths(LABELS, int(length))
            logs = path_scores(scores[:length], paths, moves) / temperature
            shares = np.exp(logs - log_sum(logs))
            having = [set(entities_in(path)) for path in paths]
            for entity in entities:
                sure = shares[[entity in some for some in having]].sum()
                total -= np.log(sure if next(right) else 1.0 - sure)
    return total


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("planted", [0.5, 1.0, 3.0])
def test_a_planted_temperature_is_found(planted, learned):
    moves = random_moves(len(LABELS), spread=2.0) if learned else None
    batches = drawn(planted, moves or no_moves(len(LABELS)), count=100)
    assert fit_temperature(LABELS, moves, batches) == pytest.approx(planted, rel=0.15)


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
    assert fit_temperature(LABELS, None, batches) == expected


def test_batches_do_not_matter():
    batches = drawn(2.0, no_moves(len(LABELS)), count=3)
    scores, lengths = (np.concatenate([getattr(batch, name) for batch in batches]) for name in ("scores", "lengths"))
    entities, right = (list(chain(*(getattr(batch, name) for batch in batches))) for name in ("entities", "right"))
    one = JudgedBatch(scores, lengths, entities, right)
    assert fit_temperature(LABELS, None, [one]) == pytest.approx(fit_temperature(LABELS, None, batches), rel=1e-6)


@pytest.mark.parametrize(
    "batches",
    [
        [],
        [JudgedBatch(np.zeros((0, 0, 9), np.float32), np.zeros(0, np.int32), [], [])],
        [JudgedBatch(np.ones((2, 3, 9), np.float32), np.array([3, 2]), [[], []], [])],
    ],
)
def test_where_none_is_better_it_is_one(batches):
    assert fit_temperature(LABELS, None, batches) == 1.0


@pytest.mark.parametrize(("right", "limit"), [(True, LOWEST), (False, HIGHEST)])
def test_what_is_always_right_or_never_meets_a_limit(right, limit):
    scores = np.zeros((1, 1, 9), np.float32)
    scores[..., LABELS.index("S-X")] = 1.0
    found = fit_temperature(LABELS, None, [JudgedBatch(scores, np.array([1]), [[Entity(0, 1, "X")]], [right])])
    assert found == pytest.approx(limit, rel=0.01)
    assert LOWEST <= found <= HIGHEST


def test_one_wrong_entity_that_could_not_be_surer_does_not_outweigh_all_others():
    scores = np.zeros((40, 1, 9), np.float32)
    scores[:, 0, LABELS.index("S-X")] = [1e30, *[3.0] * 39]
    right = [False, *[True] * 39]
    found = fit_temperature(LABELS, None, [JudgedBatch(scores, np.ones(40, int), [[Entity(0, 1, "X")]] * 40, right)])
    assert found < 1.0
