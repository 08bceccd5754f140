"""The running average of the weights, held against a sum by hand in float64."""

import keras
import numpy as np
import pytest
from builders import NOISY, TRAIN_ROWS, legal, random_batch, random_floats, small_config, small_network, spelled, values

from tagger.training.averaging import WeightAverages
from tagger.training.learner import Learner

ALL_PARTS = NOISY | {"characters": "cnn", "head": "crf", "layers": 2, "share_layers": True, "character_dropout": 0.2}
BATCHES = [legal(spelled(random_batch(lengths, rows=TRAIN_ROWS))) for lengths in ([3, 1, 4], [6])]


def by_hand(start, trail, decay):
    """The average after each step, of weights as they were after each: it moves up to the 64th, then each eighth."""
    average, averages = np.float64(start), []
    for number, weight in enumerate(trail, start=1):
        if number <= 64:
            keep = min(decay, (1 + number) / (10 + number))
            average = keep * average + (1.0 - keep) * np.float64(weight)
        elif number % 8 == 0:
            move = number // 8
            keep = min(decay**8, (1 + move) / (10 + move))
            average = keep * average + (1.0 - keep) * np.float64(weight)
        averages.append(average)
    return averages


def moving(decay, steps):
    """Two weights that a walk moves, what the walk was, and their averages; the third row of `matrix` never moves."""
    weights = {"matrix": keras.Variable(random_floats(0, 3, 2)), "bias": keras.Variable(random_floats(1, 4))}
    averages, trail = WeightAverages(weights, {"matrix": 2}, decay), {name: [] for name in weights}
    starts = {name: weight.value.numpy() for name, weight in weights.items()}
    for number in range(steps):
        for place, (name, weight) in enumerate(weights.items()):
            shift = random_floats([number, place], *weight.shape)
            shift[2:] *= name == "bias"
            weight.assign(weight.value + shift)
            trail[name].append(weight.value.numpy())
        averages.after_step(number)
    return weights, averages, {name: by_hand(starts[name], trail[name], decay) for name in weights}


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.98, 0.9999])
@pytest.mark.parametrize("steps", [0, 1, 8, 15, 63, 64, 65, 71, 72, 150])
def test_the_average_is_the_sum_by_hand(decay, steps):
    weights, averages, expected = moving(decay, steps)
    found = averages.values()
    for name, weight in weights.items():
        hand = expected[name][-1] if steps else weight.value.numpy()
        rows = found[f"average.{name}"].shape[0]
        np.testing.assert_allclose(found[f"average.{name}"], hand[:rows], rtol=1e-5, atol=1e-5)
    assert found.keys() == {"average.matrix", "average.bias"}


def test_no_more_is_kept_than_is_learned():
    _, averages, _ = moving(0.9, 1)
    assert {name: tuple(average.shape) for name, average in averages.values().items()} == {
        "average.matrix": (2, 2),
        "average.bias": (4,),
    }


class TroubleError(Exception):
    pass


@pytest.mark.parametrize("raises", [False, True])
def test_in_a_block_the_weights_are_their_averages_and_after_it_what_they_were(raises):
    weights, averages, expected = moving(0.9, 24)
    before = {name: weight.value.numpy() for name, weight in weights.items()}
    mark = before["matrix"].copy()
    mark[2] = 7.0  # a row that is not learned, and stays whatever it is
    weights["matrix"].assign(mark)
    seen = {}
    try:
        with averages.in_place():
            seen = {name: weight.value.numpy() for name, weight in weights.items()}
            if raises:
                raise TroubleError
    except TroubleError:
        assert raises
    np.testing.assert_allclose(seen["bias"], expected["bias"][-1], atol=1e-5)
    np.testing.assert_allclose(seen["matrix"][:2], expected["matrix"][-1][:2], atol=1e-5)
    np.testing.assert_array_equal(seen["matrix"][2], [7.0, 7.0])
    assert not np.allclose(seen["bias"], before["bias"])
    np.testing.assert_array_equal(weights["matrix"].value, mark)
    np.testing.assert_array_equal(weights["bias"].value, before["bias"])


def test_a_block_leaves_the_averages_as_they_are():
    _, averages, _ = moving(0.9, 24)
    before = {name: average.numpy() for name, average in averages.values().items()}
    with averages.in_place():
        pass
    for name, average in averages.values().items():
        np.testing.assert_array_equal(average, before[name])


STEPS = 24


@pytest.fixture(scope="module")
def learned():
    """A network with all its parts, its learner, how its weights began, and the learner's state after every step."""
    network, learner = learning(0.9)
    return network, learner, values(network), list(steps(learner, *range(STEPS)))


def learning(decay):
    options = ALL_PARTS | {"average_decay": decay}
    network = small_network(**options)
    return network, Learner(network, small_config(**options))


def steps(learner, *numbers):
    for number in numbers:
        learner.step(BATCHES[number % 2], number, 0.01)
        with learner.averaged():  # which changes nothing
            pass
        yield {name: value.copy() for name, value in learner.state().items()}


def test_a_learner_averages_every_weight_it_moves(learned):
    network, learner, starts, states = learned
    after = values(network)
    with learner.averaged():
        found = values(network)
    for name, start in starts.items():
        rows = len(states[0][name])
        expected = by_hand(start[:rows], [state[name] for state in states], 0.9)[-1]
        np.testing.assert_allclose(found[name][:rows], expected, atol=1e-5, err_msg=name)
        np.testing.assert_array_equal(found[name][rows:], start[rows:])
        np.testing.assert_array_equal(values(network)[name], after[name])
        assert name == "crf.transitions" or not np.allclose(found[name], after[name]), name


def test_averages_change_nothing_that_is_learned(learned):
    *_, states = learned
    network, learner = learning(0.0)
    plain = list(steps(learner, *range(STEPS)))
    for name, value in plain[-1].items():
        np.testing.assert_array_equal(states[-1][name], value)
    assert not [name for name in plain[-1] if name.startswith("average.")]
    with learner.averaged():
        np.testing.assert_array_equal(values(network)["tag_head.bias"], plain[-1]["tag_head.bias"])


def test_perplexity_is_that_of_the_averaged_weights(learned):
    network, learner, *_ = learned
    plain = learner.surprise(BATCHES[0])
    with learner.averaged():
        found, averaged = learner.surprise(BATCHES[0]), values(network)
    other, its = learning(0.0)
    for name, weight in other.weights().items():
        weight.assign(averaged[name])
    assert found == pytest.approx(its.surprise(BATCHES[0]), rel=1e-6)
    assert found != pytest.approx(plain, rel=1e-4)
    assert learner.surprise(BATCHES[0]) == plain


def test_a_learner_that_goes_on_averages_to_the_same_bytes(learned):
    network, _, _, states = learned
    _, resumed = learning(0.9)
    averages = {name.removeprefix("average.") for name in states[0] if name.startswith("average.")}
    assert averages == values(network).keys()
    for done in (19, 3, 8, 13):
        resumed.restore(states[done - 1])
        *_, state = steps(resumed, *range(done, STEPS))
        assert state.keys() == states[-1].keys()
        for name, value in states[-1].items():
            assert state[name].tobytes() == value.tobytes(), (done, name)
