import numpy as np
import pytest
from textbook import Textbook

from tagger.language_models.session import LanguageSession, Steps

LENGTHS = [4, 1, 6]
EVERYWHERE = np.arange(6 * 3, dtype=np.int32)


@pytest.fixture(params=[1, 2])
def model(request, made):
    return made(layers=request.param)


def random_steps(lengths, seed=0, rows=17):
    """Beyond the ends stand random ids too."""
    ids = np.random.default_rng(seed).integers(0, rows, (max(lengths), len(lengths)))
    return Steps(ids.astype(np.int32), np.array(lengths, np.int32))


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_states_and_probabilities_are_those_of_the_equations(model, direction):
    session, steps = LanguageSession(model, direction), random_steps(LENGTHS)
    states, after = session.states(steps, session.zero(3))
    scores, same = session.log_probabilities(steps, session.zero(3), EVERYWHERE)
    by_step = scores.reshape(6, 3, -1)
    for sentence, length in enumerate(LENGTHS):
        textbook = Textbook(model, direction)
        for step in range(length):
            expected = textbook.read(steps.ids[step, sentence])
            np.testing.assert_allclose(states[step, sentence], expected, atol=1e-6)
            np.testing.assert_allclose(by_step[step, sentence], textbook.log_probabilities(expected), atol=1e-5)
        assert not states[length:, sentence].any()
        for layer, (state, cell) in enumerate(textbook.carried):
            np.testing.assert_allclose(after.states[layer][0, sentence], state, atol=1e-6)
            np.testing.assert_allclose(after.cells[layer][0, sentence], cell, atol=1e-6)
    for found, other in zip((*after.states, *after.cells), (*same.states, *same.cells), strict=True):
        np.testing.assert_array_equal(found, other)


def test_targets_are_scored_as_among_all_classes_and_only_where_asked(model):
    session, steps = LanguageSession(model, "forward"), random_steps(LENGTHS)
    scores, _ = session.log_probabilities(steps, session.zero(3), EVERYWHERE)
    places = np.array([17, 3, 0, 3], np.int32)
    targets = np.array([0, 13, 5, 2], np.int32)
    found, _ = session.target_log_probabilities(steps, session.zero(3), places, targets)
    np.testing.assert_allclose(found, scores[places, targets], rtol=1e-6)


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_what_is_carried_on_goes_on(model, cut):
    session = LanguageSession(model, "forward")
    steps = random_steps([6, 6])
    whole, _ = session.states(steps, session.zero(2))
    carried = session.zero(2)
    for start, end in ((0, cut), (cut, 6)):
        part = Steps(steps.ids[start:end], np.full(2, end - start, np.int32))
        states, carried = session.states(part, carried)
        np.testing.assert_allclose(states, whole[start:end], atol=1e-6)


def test_features_of_words_stand_behind_their_rows(made):
    model = made(characters="cnn")
    session, textbook = LanguageSession(model, "forward"), Textbook(model, "forward")
    features = np.random.default_rng(1).standard_normal((3, 6)).astype(np.float32)
    types = np.array([[2], [0], [2], [1]], np.int32)
    ids = np.array([[5], [6], [7], [8]], np.int32)
    states, _ = session.states(Steps(ids, np.array([4], np.int32), features, types), session.zero())
    for step in range(4):
        expected = textbook.read(ids[step, 0], features[types[step, 0]])
        np.testing.assert_allclose(states[step, 0], expected, atol=1e-6)
