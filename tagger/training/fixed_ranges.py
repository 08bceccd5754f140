"""Quantisation whose steps never depend on the batch.

ONNX Runtime quantises what comes into an LSTM, and its states at each step, by the least and the largest value that it
finds there at that moment, in all sentences of the batch. So each LSTM is given two units more, which nothing reads and
nothing moves: at each step one has the largest value that a unit can have by then, the other the least. Two more inputs
do the same for what comes in. The range is then the same in every batch, and a tag depends on nothing but its sentence.
"""

import numpy as np
from numpy.typing import NDArray

from tagger.training.graph_parts import Weights, count_layers

EXTREMES = 2  # units or inputs: the largest, and the least
_OPEN = 30.0  # a gate's bias whose sigmoid is 1 in float32, and whose tanh is too
_DIRECTIONS = ("forward", "backward")


def with_extreme_units(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """The weights of a network that computes the same with two units more in each cell, its last ones."""
    cells = count_layers(weights, "forward.kernel")
    projections = sorted(name for name in weights if name.startswith("encoder.") and name.endswith(".projection"))
    widened = dict(weights)
    units = weights["encoder.0.forward.recurrent"].shape[0]
    for cell in range(cells):
        for direction in _DIRECTIONS:
            name = f"encoder.{cell}.{direction}"
            kernel, recurrent, bias = (widened[f"{name}.{part}"] for part in ("kernel", "recurrent", "bias"))
            if cell:
                kernel = _reading_states(kernel, units)
            widened[f"{name}.kernel"] = _more_units(kernel)
            widened[f"{name}.recurrent"] = np.pad(_more_units(recurrent), ((0, EXTREMES), (0, 0)))
            widened[f"{name}.bias"] = _more_units(bias, extreme=True)
    for name in projections:
        if name != "encoder.0.projection":
            widened[name] = _reading_states(weights[name], units)
    widened["tag_head.kernel"] = _reading_states(weights["tag_head.kernel"], units)
    return widened


def largest_inputs(weights: Weights, layers: int) -> list[float]:
    """A bound for the absolute values that come into each layer.

    Word rows have the matrix's largest; all else that is read comes out of a tanh, and so do states.
    """
    bounds = [max(1.0, float(np.abs(weights["embedding"]).max())), *[1.0] * (layers - 1)]
    for layer in range(layers):
        if (projection := weights.get(f"encoder.{layer}.projection")) is not None:
            bounds[layer] *= float(np.abs(projection).sum(axis=0).max())
    return bounds


def _more_units(weight: NDArray[np.float32], *, extreme: bool = False) -> NDArray[np.float32]:
    """[..., 4H] with two units more in each gate (i, f, c, o), whose values are 0 or those of extreme units' biases."""
    gates = weight.reshape(*weight.shape[:-1], 4, -1)
    added = np.zeros((*gates.shape[:-1], EXTREMES), np.float32)
    if extreme:
        added[...] = _OPEN
        added[2, 1] = -_OPEN
    joined = np.concatenate([gates, added], axis=-1)
    return joined.reshape(*weight.shape[:-1], -1)


def _reading_states(weight: NDArray[np.float32], units: int) -> NDArray[np.float32]:
    """[2H, ...] with rows of zeros for the two units more of each direction."""
    nothing = np.zeros((EXTREMES, *weight.shape[1:]), np.float32)
    return np.concatenate([weight[:units], nothing, weight[units:], nothing])
