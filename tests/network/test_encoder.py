import itertools

import numpy as np
import pytest
import tensorflow as tf
from builders import noise, random_floats, small_config, textbook_lstm, unpacked, values

from tagger.network.encoder import LSTM, Encoder, States, pack
from tagger.network.packing import packing_of
from tagger.network.recurrence import Carried

LENGTHS = np.array([5, 1, 3], np.int32)
INPUTS = random_floats(0, 3, 5, 6)  # [B, T, E]


def read(encoder, noise=None, inputs=INPUTS):
    """The states of every layer, [B, T, H]."""
    packing = pack(LENGTHS)
    layers = encoder(packing.pack(inputs), packing, noise)
    return [States(*(unpacked(side.numpy(), LENGTHS) for side in (layer.forward, layer.backward))) for layer in layers]


def shaken_encoder(layers=1, **options):
    encoder = Encoder(6, small_config(layers=layers, **options).encoder, seed=1)
    for place, weight in enumerate(encoder.weights().values()):
        weight.assign(random_floats(place, *weight.shape))
    return encoder


def one_direction(encoder, layer, direction, inputs):
    weights = values(encoder)
    return textbook_lstm(inputs, *(weights[f"{layer}.{direction}.{name}"] for name in ("kernel", "recurrent", "bias")))


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_layer_and_direction_follows_the_textbook_equations(layers):
    encoder = shaken_encoder(layers)
    found = read(encoder)
    assert len(found) == layers
    for row, length in enumerate(LENGTHS):
        states = INPUTS[row, :length]
        for layer in range(layers):
            forward = one_direction(encoder, layer, "forward", states)
            backward = one_direction(encoder, layer, "backward", states[::-1])[::-1]
            np.testing.assert_allclose(found[layer].forward[row, :length], forward, atol=1e-5)
            np.testing.assert_allclose(found[layer].backward[row, :length], backward, atol=1e-5)
            states = np.concatenate([forward, backward], axis=1)
            np.testing.assert_allclose(found[layer].joined()[row, :length], states, atol=1e-5)


def composed(options):
    """A shared encoder of three layers, and one whose layers are all its own and compute the same."""
    shared, own = shaken_encoder(layers=3, share_layers=True, **options), shaken_encoder(layers=3, **options)
    weights = values(shared)
    for name, weight in own.weights().items():
        layer, direction, part = name.split(".")
        value = weights[f"0.{direction}.{part}"]
        weight.assign(weights[f"{layer}.projection"] @ value if part == "kernel" and layer != "0" else value)
    return shared, own


def test_shared_layers_follow_the_textbook_equations_with_the_firsts_weights_after_a_projection():
    encoder = shaken_encoder(layers=3, share_layers=True)
    found, weights = read(encoder), values(encoder)
    assert len(found) == 3
    for row, length in enumerate(LENGTHS):
        states = INPUTS[row, :length]
        for layer in range(3):
            if layer:
                states = states @ weights[f"{layer}.projection"]
            forward = one_direction(encoder, 0, "forward", states)
            backward = one_direction(encoder, 0, "backward", states[::-1])[::-1]
            states = np.concatenate([forward, backward], axis=1)
            np.testing.assert_allclose(found[layer].joined()[row, :length], states, atol=1e-5)


def test_shared_layers_have_one_cell_a_direction_and_a_projection_a_further_layer():
    shapes = {name: tuple(weight.shape) for name, weight in shaken_encoder(3, share_layers=True).weights().items()}
    cell = {"kernel": (6, 16), "recurrent": (4, 16), "bias": (16,)}
    expected = {f"0.{direction}.{part}": shape for direction in ("forward", "backward") for part, shape in cell.items()}
    assert shapes == expected | {"1.projection": (8, 6), "2.projection": (8, 6)}


def test_the_gradient_of_a_shared_cell_is_the_sum_over_its_layers():
    """Layers of their own that compute the same have kernels that are products, whose slopes follow from theirs."""
    slopes = []
    for encoder in composed({}):
        variables = {name: weight.value for name, weight in encoder.weights().items()}
        packing = pack(LENGTHS)
        with tf.GradientTape() as tape:
            layers = encoder(packing.pack(INPUTS), packing, None)
            total = tf.add_n([tf.reduce_sum(states.joined()[:5] ** 2) for states in layers])
        slopes.append({name: slope.numpy() for name, slope in tape.gradient(total, variables).items()})
    (shared, own), weights = slopes, values(composed({})[0])
    for direction in ("forward", "backward"):
        for part in ("recurrent", "bias"):
            expected = sum(own[f"{layer}.{direction}.{part}"] for layer in range(3))
            np.testing.assert_allclose(shared[f"0.{direction}.{part}"], expected, rtol=1e-4, atol=1e-4)
        kernel = own[f"0.{direction}.kernel"] + sum(
            weights[f"{layer}.projection"].T @ own[f"{layer}.{direction}.kernel"] for layer in (1, 2)
        )
        np.testing.assert_allclose(shared[f"0.{direction}.kernel"], kernel, rtol=1e-4, atol=1e-4)
    for layer in (1, 2):
        projection = sum(
            own[f"{layer}.{direction}.kernel"] @ weights[f"0.{direction}.kernel"].T
            for direction in ("forward", "backward")
        )
        np.testing.assert_allclose(shared[f"{layer}.projection"], projection, rtol=1e-4, atol=1e-4)
        assert np.abs(projection).max() > 1e-2


def test_layers_that_share_a_cell_have_masks_of_their_own():
    """With one input for both, a layer whose mask were the first's would give the first's states."""
    encoder = shaken_encoder(layers=2, share_layers=True, output_dropout=0.5)
    first, second = read(encoder, noise())
    assert not np.array_equal(np.array(first.forward) == 0.0, np.array(second.forward) == 0.0)


def test_one_layer_has_nothing_to_share():
    plain, shared = shaken_encoder(), shaken_encoder(share_layers=True)
    assert plain.weights().keys() == shared.weights().keys()
    np.testing.assert_array_equal(*(read(encoder)[0].joined() for encoder in (plain, shared)))


def test_no_state_of_a_token_has_seen_padding_in_any_layer():
    encoder = shaken_encoder(layers=2)
    poisoned = INPUTS.copy()
    for row, length in enumerate(LENGTHS):
        poisoned[row, length:] = np.nan
    clean, seen = read(encoder)[-1], read(encoder, inputs=poisoned)[-1]
    for row, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(seen.joined()[row, :length], clean.joined()[row, :length])


@pytest.mark.parametrize("forget_bias", [0.0, 1.0, 3.0, -2.5])
def test_the_forget_gates_alone_begin_with_the_bias_asked_for(forget_bias):
    weights = values(Encoder(6, small_config(layers=2, forget_bias=forget_bias).encoder, seed=1))
    biases = [weight for name, weight in weights.items() if name.endswith(".bias")]
    assert len(biases) == 4
    for bias in biases:
        i, f, c, o = np.split(bias, 4)
        np.testing.assert_array_equal(f, np.full(4, forget_bias, np.float32))
        assert not np.concatenate([i, c, o]).any()


def test_an_untrained_cell_forgets_as_its_bias_says():
    """Where all weights are 0 but the candidate's bias, c_t = sigmoid(forget_bias) c_t-1 + 1/2 tanh(bias)."""
    encoder = Encoder(6, small_config(forget_bias=3.0).encoder, seed=1)
    weights = encoder.weights()
    for name in ("0.forward.kernel", "0.forward.recurrent"):
        weights[name].assign(np.zeros(weights[name].shape, np.float32))
    weights["0.forward.bias"].assign(values(encoder)["0.forward.bias"] + np.repeat([0, 0, 1, 0], 4))
    found = np.array(read(encoder)[0].forward)[0, :, 0]
    cell, expected = 0.0, []
    for _ in range(5):
        cell = cell / (1.0 + np.exp(-3.0)) + 0.5 * np.tanh(1.0)
        expected.append(0.5 * np.tanh(cell))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_initial_weights_are_a_function_of_the_seed_and_no_two_are_alike():
    def matrices(seed, **options):
        weights = values(Encoder(6, small_config(layers=3, **options).encoder, seed))
        return {name: weight for name, weight in weights.items() if not name.endswith(".bias")}

    first, again, other = matrices(1), matrices(1), matrices(2)
    seen = set()
    for name, matrix in first.items():
        np.testing.assert_array_equal(matrix, again[name])
        assert not np.array_equal(matrix, other[name])
        seen.add(matrix.tobytes())
    assert len(seen) == len(first) == 12
    shared, other = matrices(1, share_layers=True), matrices(2, share_layers=True)
    assert len({matrix.tobytes() for matrix in (*shared.values(), *other.values())}) == 2 * len(shared) == 12


@pytest.mark.parametrize("seed", [0, 2**31, 2**32, 2**63, 10**30])
def test_any_seed_will_do(seed):
    weights = values(Encoder(6, small_config().encoder, seed))
    assert all(np.isfinite(weight).all() for weight in weights.values())


def test_noise_without_any_rate_changes_nothing():
    encoder = shaken_encoder()
    calm, noisy = read(encoder)[0], read(encoder, noise())[0]
    np.testing.assert_array_equal(noisy.joined(), calm.joined())


def windowed(layer, inputs, edges, noise=None):
    """What a layer makes of streams [B, T, D] in windows with these bounds, [B, T, H]."""
    rows = inputs.shape[0]
    carried = Carried(*(np.zeros((rows, 4), np.float32) for _ in range(2)))
    found = []
    for start, end in itertools.pairwise(edges):
        lengths = [end - start] * rows
        packing = packing_of(np.array(lengths, np.int32), 1)
        states, carried = layer.going_on(carried, packing.pack(inputs[:, start:end]), packing, noise)
        found.append(unpacked(states.numpy(), lengths))
    return np.concatenate(found, axis=1)


def stream_layer(**options):
    layer = LSTM(6, small_config(**options).encoder, 1, "layer")
    for place, weight in enumerate(layer.weights().values()):
        weight.assign(random_floats(place, *weight.shape))
    return layer


@pytest.mark.parametrize("edges", [(0, 5), (0, 1, 5), (0, 2, 3, 5)])
def test_windows_of_a_stream_go_on_where_the_last_was_left(edges):
    layer = stream_layer()
    found, weights = windowed(layer, INPUTS, edges), [weight.numpy() for weight in layer.weights().values()]
    for row in range(3):
        np.testing.assert_allclose(found[row], textbook_lstm(INPUTS[row], *weights), atol=1e-5)


@pytest.mark.parametrize("variational", [True, False])
@pytest.mark.parametrize("rate", ["input_dropout", "output_dropout", "state_dropout"])
def test_a_window_has_the_dropout_that_a_batch_of_sentences_has(rate, variational):
    """From zero states the two are the same reading; without that dropout they would differ."""
    layer, full = stream_layer(**{rate: 0.5}, variational=variational), [5, 5, 5]
    packing = packing_of(np.array(full, np.int32), 1)
    expected = unpacked(layer(packing.pack(INPUTS), packing, noise()).numpy(), full)
    np.testing.assert_allclose(windowed(layer, INPUTS, (0, 5), noise()), expected, atol=1e-6)
    assert np.abs(expected - windowed(layer, INPUTS, (0, 5))).max() > 1e-3
