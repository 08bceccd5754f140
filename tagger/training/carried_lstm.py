"""An LSTM of one direction in an ONNX graph that goes on from the states of the window before."""

from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper

from tagger.training.graph_parts import Weights, constant, lstm_constants


@dataclass(frozen=True, slots=True)
class CarriedLayer:
    """A layer's part of a graph, which gives `steps_0` [T, 1, B, H], of the first layer.

    Args:
        inputs: `state_0` and `cell_0` [1, B, H], which it starts from. outputs: those it is left with, `state_0_after`
            and `cell_0_after`.
    """

    node: onnx.NodeProto
    initializers: list[onnx.TensorProto]
    inputs: list[onnx.ValueInfoProto]
    outputs: list[onnx.ValueInfoProto]
    units: int


def carried_layer(weights: Weights, layer: int, direction: str, below: str) -> CarriedLayer:
    """The layer that reads `below` [T, B, D], and the graph's `lengths`."""
    parts = lstm_constants(weights, [f"encoder.{layer}.{direction}"])
    units = parts["R"].shape[-1]
    names = [f"{name}_{layer}" for name in parts]
    before = [f"state_{layer}", f"cell_{layer}"]
    after = [f"{name}_after" for name in before]
    return CarriedLayer(
        helper.make_node("LSTM", [below, *names, "lengths", *before], [f"steps_{layer}", *after], hidden_size=units),
        [constant(name, part) for name, part in zip(names, parts.values(), strict=True)],
        _states(before, units),
        _states(after, units),
        units,
    )


def squeeze_node(layer: int) -> onnx.NodeProto:
    """`states_0` [T, B, H] of what the layer gives; the constant `direction` is its axis."""
    return helper.make_node("Squeeze", [f"steps_{layer}", "direction"], [f"states_{layer}"])


def _states(names: list[str], units: int) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "B", units]) for name in names]
