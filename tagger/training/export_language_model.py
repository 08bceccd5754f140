"""A language model's weights as files: safetensors, and one ONNX graph a direction."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tagger.language_models.bundle import GRAPHS
from tagger.training.carried_lstm import carried_layer, squeeze_node
from tagger.training.export_characters import gather_tokens_node
from tagger.training.export_parts import embedding_at, features_inputs, reads_characters, store_weights
from tagger.training.graph_parts import (
    EMBEDDING,
    Weights,
    constant,
    count_layers,
    make_model,
    whole_numbers,
    write_graph,
)


def export_language_model(weights: Weights, directory: Path, classes: int) -> None:
    """Write `weights.safetensors`, a graph for each direction that has weights, and `spelling.onnx` if it is needed.

    Args:
        weights: by the names of docs/bundle-format.md. classes: words or characters that the softmax tells apart.

    Raises:
        TaggerError: a weight is no longer a finite number.
    """
    place = store_weights(weights, directory)
    for direction, name in GRAPHS.items():
        if f"language_model.{direction}.bias" in weights:
            write_graph(build_language_graph(weights, direction, classes, place), directory / name)


def build_language_graph(
    weights: Weights, direction: str, classes: int, embedding_place: tuple[int, int]
) -> onnx.ModelProto:
    """One direction as ONNX: ids [T, B], as they are read, and lengths [B] in, the last layer's states [T, B, H] out.

    `state_0`, `cell_0` and so on, [1, B, H] a layer, are what it starts from, and `state_0_after` and so on what it
    is left with. `places` [N], each a step times B plus a sentence, say after which steps what comes next is asked:
    `log_probabilities` [N, C], and `target_log_probabilities` [N] those of the classes `targets` [N]. Without any
    place the softmax, which costs most, costs nothing.
    """
    nodes, inputs = _read_tokens(weights)
    initializers = [embedding_at(weights[EMBEDDING].shape, embedding_place), constant("direction", np.array([1]))]
    outputs = [_floats("states", ["T", "B", "H"])]
    below = "tokens"
    for layer in range(count_layers(weights, f"{direction}.kernel")):
        read = carried_layer(weights, layer, direction, below)
        nodes += [read.node, squeeze_node(layer)]
        initializers += read.initializers
        inputs += read.inputs
        outputs += read.outputs
        below = f"states_{layer}"
    nodes.append(helper.make_node("Identity", [below], ["states"]))
    head_nodes, head_initializers = _predict(weights, direction, classes)
    inputs += [whole_numbers("places", ["N"]), whole_numbers("targets", ["N"])]
    outputs += [_floats("log_probabilities", ["N", classes]), _floats("target_log_probabilities", ["N"])]
    graph = helper.make_graph(
        nodes + head_nodes,
        f"{direction}_language_model",
        inputs=inputs,
        outputs=outputs,
        initializer=initializers + head_initializers,
    )
    return make_model(graph)


def _read_tokens(weights: Weights) -> tuple[list[onnx.NodeProto], list[onnx.ValueInfoProto]]:
    """`tokens` [T, B, E], or [T, B, E + F] with characters."""
    inputs = [whole_numbers("ids", ["T", "B"]), whole_numbers("lengths", ["B"])]
    if not reads_characters(weights):
        return [helper.make_node("Gather", [EMBEDDING, "ids"], ["tokens"])], inputs
    nodes = [
        helper.make_node("Gather", [EMBEDDING, "ids"], ["words"]),
        gather_tokens_node("type_ids", "spelled"),  # [T, B, F]
        helper.make_node("Concat", ["words", "spelled"], ["tokens"], axis=2),
    ]
    return nodes, inputs + features_inputs(["T", "B"])


def _predict(weights: Weights, direction: str, classes: int) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """The tied softmax at the places asked for: class c is row c + 1 of the embedding matrix."""
    projection = weights[f"language_model.{direction}.projection"]
    constants = {
        "projection": projection,
        "bias": weights[f"language_model.{direction}.bias"],
        "width": np.array([-1, projection.shape[0]]),
        "first_row": np.array([1]),
        "end_row": np.array([1 + classes]),
        "rows": np.array([0]),
        "last": np.array([-1]),
    }
    nodes = [
        helper.make_node("Reshape", ["states", "width"], ["states_by_place"]),  # [T * B, H]
        helper.make_node("Gather", ["states_by_place", "places"], ["asked"]),  # [N, H]
        helper.make_node("MatMul", ["asked", "projection"], ["projected"]),  # [N, E]
        helper.make_node("Slice", [EMBEDDING, "first_row", "end_row", "rows"], ["class_rows"]),
        helper.make_node("Transpose", ["class_rows"], ["class_columns"], perm=[1, 0]),
        helper.make_node("MatMul", ["projected", "class_columns"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["logits"]),  # [N, C]
        helper.make_node("LogSoftmax", ["logits"], ["log_probabilities"], axis=-1),
        helper.make_node("Unsqueeze", ["targets", "last"], ["target_columns"]),
        helper.make_node("GatherElements", ["log_probabilities", "target_columns"], ["target_column"], axis=1),
        helper.make_node("Squeeze", ["target_column", "last"], ["target_log_probabilities"]),
    ]
    return nodes, [constant(name, value) for name, value in constants.items()]


def _floats(name: str, shape: Sequence[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
