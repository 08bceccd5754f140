import numpy as np
import pytest
from builders import random_batch, random_floats, small_network

from tagger.inference.bundle import NETWORK
from tagger.inference.session import Session
from tagger.training.export import build_graph
from tagger.training.export_parts import store_weights
from tagger.training.fixed_ranges import EXTREMES, largest_inputs, with_extreme_units
from tagger.training.graph_parts import write_graph

DEPTHS = [{"layers": 1}, {"layers": 3}, {"layers": 3, "share_layers": True}]


def weights_of(**options):
    return {name: np.asarray(variable.value) for name, variable in small_network(**options).weights().items()}


def scores(weights, directory, batch):
    directory.mkdir()
    write_graph(build_graph(weights, store_weights(weights, directory)), directory / NETWORK)
    return Session(directory / NETWORK).scores(batch)


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def lstm_states(weights, name, inputs):
    """[T, H], by the equations of an LSTM, gates in Keras's order."""
    kernel, recurrent, bias = (np.float64(weights[f"{name}.{part}"]) for part in ("kernel", "recurrent", "bias"))
    state = memory = np.zeros(len(recurrent))
    found = []
    for step in inputs:
        i, f, c, o = np.split(step @ kernel + state @ recurrent + bias, 4)
        memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(c)
        state = sigmoid(o) * np.tanh(memory)
        found.append(state)
    return np.array(found)


@pytest.mark.parametrize("options", DEPTHS, ids=str)
def test_a_network_computes_the_same_with_units_that_nothing_reads(tmp_path, options):
    weights, batch = weights_of(**options), random_batch((6, 1, 4))
    before = scores(weights, tmp_path / "before", batch)
    after = scores(with_extreme_units(weights), tmp_path / "after", batch)
    for row, length in enumerate(batch.lengths):
        np.testing.assert_allclose(after[row, :length], before[row, :length], rtol=0, atol=1e-6)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("loudness", [0.1, 100.0])
def test_two_units_are_the_largest_and_the_least_at_every_step_whatever_is_read(direction, loudness):
    weights = with_extreme_units(weights_of())
    name = f"encoder.0.{direction}"
    inputs = loudness * random_floats(1, 30, len(weights[f"{name}.kernel"]))
    others, extremes = np.split(lstm_states(weights, name, inputs), [-EXTREMES], axis=1)
    largest = np.abs(others).max(axis=1)
    assert (extremes[:, 0] >= largest).all()
    assert (extremes[:, 1] <= -largest).all()
    without = lstm_states(weights, name, np.zeros_like(inputs))[:, -EXTREMES:]
    np.testing.assert_array_equal(extremes, without)


@pytest.mark.parametrize("options", DEPTHS, ids=str)
def test_nothing_that_comes_into_a_layer_is_larger_than_its_bound(options):
    weights = weights_of(**options)
    first, *others = largest_inputs(weights, options["layers"])
    words = weights["embedding"]
    projection = weights.get("encoder.0.projection")
    assert np.abs(words if projection is None else words @ projection).max() <= first
    for layer, bound in enumerate(others, 1):
        projection = weights.get(f"encoder.{layer}.projection")
        most = 1.0 if projection is None else np.abs(np.sign(projection).T @ projection).max()
        assert bound == pytest.approx(most)


def test_small_word_rows_leave_room_for_what_else_is_read():
    weights = weights_of()
    weights["embedding"] = weights["embedding"] * 1e-3
    assert largest_inputs(weights, 1) == [1.0]
