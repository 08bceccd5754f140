"""A language model of characters as a tagger's model carries it: its states at words, without its softmax."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from tagger.inference.context import CONTEXT_BACKWARD, CONTEXT_FORWARD, CONTEXT_UNITS
from tagger.language_models.bundle import BACKWARD, FORWARD, UNITS, LanguageBundle
from tagger.training.carried_lstm import carried_layer, squeeze_node
from tagger.training.graph_parts import (
    EMBEDDING,
    Weights,
    constant,
    count_layers,
    graph_bytes,
    make_model,
    whole_numbers,
)

_GRAPHS = {FORWARD: CONTEXT_FORWARD, BACKWARD: CONTEXT_BACKWARD}


def context_files(model: LanguageBundle) -> dict[str, bytes]:
    """The graphs and the characters, by the names of their files; a graph holds its weights itself."""
    weights = model.weights()
    graphs = {_GRAPHS[direction]: build_context_graph(weights, direction) for direction in model.directions}
    files = {name: graph_bytes(graph) for name, graph in graphs.items()}
    return files | {CONTEXT_UNITS: (model.path / UNITS).read_bytes()}


def build_context_graph(weights: Weights, direction: str) -> onnx.ModelProto:
    """One direction as ONNX: ids [T, B], as they are read, and lengths [B] in.

    `places` [N], each a step times B plus a sentence, say after which steps the last layer's states, `features` [N, H],
    are wanted. `state_0`, `cell_0` and so on, [1, B, H] a layer, are what it starts from; `state_0_after` and so on,
    in the same order, what it is left with.
    """
    inputs = [whole_numbers("ids", ["T", "B"]), whole_numbers("lengths", ["B"]), whole_numbers("places", ["N"])]
    nodes = [helper.make_node("Gather", [EMBEDDING, "ids"], ["tokens"])]  # [T, B, E]
    initializers = [constant(EMBEDDING, weights[EMBEDDING])]
    layers = count_layers(weights, f"{direction}.kernel")
    outputs, states, units = list[onnx.ValueInfoProto](), "tokens", 0
    for layer in range(layers):
        read = carried_layer(weights, layer, direction, states)
        nodes.append(read.node)
        initializers += read.initializers
        inputs += read.inputs
        outputs += read.outputs
        states, units = f"steps_{layer}", read.units  # [T, 1, B, H]
        if layer < layers - 1:
            nodes.append(squeeze_node(layer))  # [T, B, H]
            states = f"states_{layer}"
    initializers += [constant("direction", np.array([1])), constant("width", np.array([-1, units]))]
    nodes += [
        helper.make_node("Reshape", [states, "width"], ["states_by_place"]),  # [T * B, H]
        helper.make_node("Gather", ["states_by_place", "places"], ["features"]),  # [N, H]
    ]
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", units])
    return make_model(helper.make_graph(nodes, f"{direction}_context", inputs, [features, *outputs], initializers))
