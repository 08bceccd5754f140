"""Half precision, on the path that a GPU takes; the path itself runs anywhere, its fused kernel apart."""

import numpy as np
import pytest
import tensorflow as tf
from builders import random_floats, small_config, values

from tagger.network import encoder as encoder_module
from tagger.network.encoder import Encoder, pack

LENGTHS = np.array([5, 1, 3], np.int32)
INPUTS = tf.constant(random_floats(0, 9, 6))  # [N, E]
FAINT = 1e-7 * tf.constant(random_floats(1, 9, 8))  # slopes that half precision would round to nothing


def states_and_slopes(precision, has_gpu, monkeypatch):
    """Of an encoder of two layers: its states, their dtype, and slopes of a faint sum of them, by name."""
    monkeypatch.setattr(encoder_module, "has_gpu", lambda: has_gpu)
    encoder = Encoder(6, small_config(layers=2, precision=precision).encoder, seed=1)
    sources = {"inputs": INPUTS} | {name: weight.value for name, weight in encoder.weights().items()}
    with tf.GradientTape() as tape:
        tape.watch(INPUTS)
        states = encoder(INPUTS, pack(LENGTHS), None)[-1].joined()
        total = tf.reduce_sum(states * FAINT)
    assert all(weight.dtype == np.float32 for weight in values(encoder).values())
    return states, {name: slope.numpy() for name, slope in tape.gradient(total, sources).items()}


def test_half_precision_is_near_to_float32_there_and_back(monkeypatch):
    plain, slopes = states_and_slopes("float32", True, monkeypatch)
    halved, half_slopes = states_and_slopes("mixed", True, monkeypatch)
    assert halved.dtype == tf.float32
    assert np.abs(halved - plain).max() > 1e-6
    np.testing.assert_allclose(halved, plain, atol=2e-3)
    for name, slope in slopes.items():
        np.testing.assert_allclose(half_slopes[name], slope, atol=0.03 * np.abs(slope).max(), err_msg=name)


@pytest.mark.parametrize("has_gpu", [True, False])
def test_the_path_of_a_gpu_and_that_of_a_cpu_agree(monkeypatch, has_gpu):
    ours, slopes = states_and_slopes("float32", False, monkeypatch)
    other, other_slopes = states_and_slopes("float32" if has_gpu else "mixed", has_gpu, monkeypatch)
    np.testing.assert_allclose(other, ours, atol=1e-5 if has_gpu else 0.0)
    for name, slope in slopes.items():
        tolerance = 1e-4 * np.abs(slope).max() if has_gpu else 0.0
        np.testing.assert_allclose(other_slopes[name], slope, rtol=0.0, atol=tolerance, err_msg=name)
