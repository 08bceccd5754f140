"""The network's weights, out of TensorFlow: safetensors, and an ONNX graph written operator by operator."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tagger.inference.bundle import NETWORK
from tagger.network.network import Network
from tagger.training.export_characters import gather_tokens_node
from tagger.training.export_parts import embedding_at, features_inputs, reads_characters, store_weights
from tagger.training.graph_parts import (
    EMBEDDING,
    Weights,
    constant,
    count_layers,
    lstm_constants,
    make_model,
    whole_numbers,
    write_graph,
)

_DIRECTIONS = ("forward", "backward")


def export_network(network: Network, directory: Path) -> None:
    """Write the weights and the graph that reads them into a directory.

    Raises:
        TaggerError: a weight is no longer a finite number.
    """
    weights = {name: np.asarray(variable.value) for name, variable in network.weights().items()}
    write_graph(build_graph(weights, store_weights(weights, directory), network.context), directory / NETWORK)


def build_graph(weights: Weights, embedding_place: tuple[int, int], context: int = 0) -> onnx.ModelProto:
    """The network as ONNX: word_ids [B, T] and lengths [B] in, logits [B, T, K] out.

    Where it reads characters, two more come in: the features of distinct words, word_features [W, F], which a graph of
    its own makes, and which of them each token is, type_ids [B, T].

    Args:
        embedding_place: offset and length in bytes of the embedding matrix in the weights file. The graph points there
            rather than holding a second copy of what is by far the largest weight.
        context: features D of a token that come in besides, as `context` [B, T, D].
    """
    initializers = [embedding_at(weights[EMBEDDING].shape, embedding_place)]
    nodes = [helper.make_node("Gather", [EMBEDDING, "word_ids"], ["words"])]  # [B, T, E]
    inputs = [whole_numbers("word_ids", ["B", "T"]), whole_numbers("lengths", ["B"])]
    parts = ["words"]
    if reads_characters(weights):
        nodes.append(gather_tokens_node("type_ids", "spelled"))  # [B, T, F]
        inputs += features_inputs(["B", "T"])
        parts.append("spelled")
    if context:
        inputs.append(helper.make_tensor_value_info("context", TensorProto.FLOAT, ["B", "T", context]))
        parts.append("context")
    if len(parts) > 1:
        nodes.append(helper.make_node("Concat", parts, ["described"], axis=2))  # [B, T, E + F + D]
    words = "described" if len(parts) > 1 else "words"
    nodes.append(helper.make_node("Transpose", [words], ["states"], perm=[1, 0, 2]))  # [T, B, E + F + D]
    states = "states"
    cells, projections = count_layers(weights, "forward.kernel"), count_layers(weights, "projection")
    for cell in range(cells):
        initializers += _lstm_weights(weights, cell)
    for layer in range(cells + projections):
        cell = min(layer, cells - 1)
        if (projection := weights.get(f"encoder.{layer}.projection")) is not None:
            initializers.append(constant(f"projection_{layer}", projection))
            nodes.append(helper.make_node("MatMul", [states, f"projection_{layer}"], [f"projected_{layer}"]))
            states = f"projected_{layer}"
        nodes += _lstm_nodes(layer, f"lstm_{cell}", states, weights[f"encoder.{cell}.forward.recurrent"].shape[0])
        states = f"states_{layer}"
    initializers += [
        constant("tag_kernel", weights["tag_head.kernel"]),
        constant("tag_bias", weights["tag_head.bias"]),
    ]
    nodes += [
        helper.make_node("MatMul", [states, "tag_kernel"], ["products"]),
        helper.make_node("Add", ["products", "tag_bias"], ["logits_by_step"]),  # [T, B, K]
        helper.make_node("Transpose", ["logits_by_step"], ["logits"], perm=[1, 0, 2]),
    ]
    graph = helper.make_graph(
        nodes,
        "tagger",
        inputs=inputs,
        outputs=[
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", "T", weights["tag_head.bias"].shape[0]])
        ],
        initializer=initializers,
    )
    return make_model(graph)


def _lstm_nodes(layer: int, cell: str, states: str, units: int) -> list[onnx.NodeProto]:
    name = f"layer_{layer}"
    weights = [f"{cell}_W", f"{cell}_R", f"{cell}_B"]
    return [
        helper.make_node(
            "LSTM", [states, *weights, "lengths"], [f"{name}_Y"], hidden_size=units, direction="bidirectional"
        ),  # [T, 2, B, H]
        helper.make_node("Transpose", [f"{name}_Y"], [f"{name}_steps"], perm=[0, 2, 1, 3]),
        helper.make_node("Flatten", [f"{name}_steps"], [f"{name}_rows"], axis=2),  # [T * B, 2H]
        helper.make_node("Shape", [states], [f"{name}_T_B"], start=0, end=2),
        helper.make_node("Concat", [f"{name}_T_B", f"{cell}_width"], [f"{name}_shape"], axis=0),
        helper.make_node("Reshape", [f"{name}_rows", f"{name}_shape"], [f"states_{layer}"]),  # [T, B, 2H]
    ]


def _lstm_weights(weights: Weights, layer: int) -> list[onnx.TensorProto]:
    parts = lstm_constants(weights, [f"encoder.{layer}.{direction}" for direction in _DIRECTIONS])
    width = np.array([2 * parts["R"].shape[-1]], dtype=np.int64)
    return [constant(f"lstm_{layer}_{name}", part) for name, part in (parts | {"width": width}).items()]
