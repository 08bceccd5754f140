"""A language model of characters as a tagger's model carries it: its states at words, without its softmax."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from tagger.inference.context import CONTEXT_BACKWARD, CONTEXT_FORWARD, CONTEXT_UNITS
from tagger.language_models.bundle import BACKWARD, FORWARD, UNITS, LanguageBundle
from tagger.training.export_parts import EMBEDDING, Weights, constant, lstm_constants, make_model

_GRAPHS = {FORWARD: CONTEXT_FORWARD, BACKWARD: CONTEXT_BACKWARD}


def context_files(model: LanguageBundle) -> dict[str, bytes]:
    """The graphs and the characters, by the names of their files; a graph holds its weights itself."""
    weights = model.weights()
    graphs = {_GRAPHS[direction]: build_context_graph(weights, direction) for direction in model.directions}
    files = {name: graph.SerializeToString(deterministic=True) for name, graph in graphs.items()}
    return files | {CONTEXT_UNITS: (model.path / UNITS).read_bytes()}


def build_context_graph(weights: Weights, direction: str) -> onnx.ModelProto:
    """One direction as ONNX: ids [T, B], as they are read, and lengths [B] in.

    `places` [N], each a step times B plus a sentence, say after which steps the last layer's states, `features` [N, H],
    are wanted. `state_0`, `cell_0` and so on, [1, B, H] a layer, are what it starts from; `state_0_after` and so on,
    in the same order, what it is left with.
    """
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT32, shape)
        for name, shape in (("ids", ["T", "B"]), ("lengths", ["B"]), ("places", ["N"]))
    ]
    nodes = [helper.make_node("Gather", [EMBEDDING, "ids"], ["tokens"])]  # [T, B, E]
    initializers = [constant(EMBEDDING, weights[EMBEDDING])]
    layers = sum(name.startswith("encoder.") and name.endswith(f".{direction}.kernel") for name in weights)
    outputs, states, units = list[onnx.ValueInfoProto](), "tokens", 0
    for layer in range(layers):
        parts = lstm_constants(weights, layer, [direction])
        units = parts["R"].shape[-1]
        initializers += [constant(f"{name}_{layer}", part) for name, part in parts.items()]
        nodes.append(_lstm_node(layer, states, units))
        states = f"steps_{layer}"  # [T, 1, B, H]
        if layer < layers - 1:
            nodes.append(helper.make_node("Squeeze", [states, "direction"], [f"states_{layer}"]))  # [T, B, H]
            states = f"states_{layer}"
        inputs += _carried(layer, units)
        outputs += _carried(layer, units, "_after")
    initializers += [constant("direction", np.array([1])), constant("width", np.array([-1, units]))]
    nodes += [
        helper.make_node("Reshape", [states, "width"], ["states_by_place"]),  # [T * B, H]
        helper.make_node("Gather", ["states_by_place", "places"], ["features"]),  # [N, H]
    ]
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", units])
    return make_model(helper.make_graph(nodes, f"{direction}_context", inputs, [features, *outputs], initializers))


def _lstm_node(layer: int, below: str, units: int) -> onnx.NodeProto:
    weights = [f"{name}_{layer}" for name in ("W", "R", "B")]
    before = [f"state_{layer}", f"cell_{layer}"]
    outputs = [f"steps_{layer}", f"state_{layer}_after", f"cell_{layer}_after"]
    return helper.make_node("LSTM", [below, *weights, "lengths", *before], outputs, hidden_size=units)


def _carried(layer: int, units: int, suffix: str = "") -> list[onnx.ValueInfoProto]:
    """What is carried from one window to the next."""
    names = (f"{name}_{layer}{suffix}" for name in ("state", "cell"))
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "B", units]) for name in names]
