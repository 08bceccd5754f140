"""The network's weights, out of TensorFlow: safetensors, and an ONNX graph written operator by operator."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save

from tagger.errors import TaggerError
from tagger.inference.bundle import NETWORK, SPELLING, WEIGHTS
from tagger.network.characters import ACTIVATION
from tagger.network.network import Network
from tagger.training.export_characters import (
    IR_VERSION,
    OPSET,
    WORD_FEATURES,
    GraphPart,
    build_words_graph,
    convolution_part,
    gather_tokens_node,
    lstm_part,
    reorder_gates,
)

Weights = Mapping[str, NDArray[np.float32]]

_EMBEDDING, _CHARACTERS = "embedding", "characters."


def export_network(network: Network, directory: Path) -> None:
    """Write the weights and the graph that reads them into a directory.

    Raises:
        TaggerError: a weight is no longer a finite number.
    """
    weights = {name: np.asarray(variable.value) for name, variable in network.weights().items()}
    for name, weight in weights.items():
        if not np.isfinite(weight).all():
            raise TaggerError(f"the weights ({name}) are no longer finite numbers; try a lower --learning-rate")
    stored = save(weights)
    (directory / WEIGHTS).write_bytes(stored)
    if network.characters is not None:
        spelling = build_words_graph(_spelling_part(weights), network.characters.size)
        (directory / SPELLING).write_bytes(spelling.SerializeToString(deterministic=True))
    graph = build_graph(weights, _place_in(stored, _EMBEDDING))
    (directory / NETWORK).write_bytes(graph.SerializeToString(deterministic=True))


def build_graph(weights: Weights, embedding_place: tuple[int, int]) -> onnx.ModelProto:
    """The network as ONNX: word_ids [B, T] and lengths [B] in, logits [B, T, K] out.

    Where it reads characters, two more come in: the features of distinct words, word_features [W, F], which a graph of
    its own makes, and which of them each token is, type_ids [B, T].

    Args:
        embedding_place: offset and length in bytes of the embedding matrix in the weights file. The graph points there
            rather than holding a second copy of what is by far the largest weight.
    """
    initializers = [_external(weights[_EMBEDDING].shape, *embedding_place)]
    nodes = [helper.make_node("Gather", [_EMBEDDING, "word_ids"], ["words"])]  # [B, T, E]
    inputs = [
        helper.make_tensor_value_info("word_ids", TensorProto.INT32, ["B", "T"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["B"]),
    ]
    words = "words"
    if any(name.startswith(_CHARACTERS) for name in weights):
        nodes += [
            gather_tokens_node("type_ids", "spelled"),  # [B, T, F]
            helper.make_node("Concat", ["words", "spelled"], ["described"], axis=2),  # [B, T, E + F]
        ]
        inputs += [
            helper.make_tensor_value_info(WORD_FEATURES, TensorProto.FLOAT, ["W", "F"]),
            helper.make_tensor_value_info("type_ids", TensorProto.INT32, ["B", "T"]),
        ]
        words = "described"
    nodes.append(helper.make_node("Transpose", [words], ["states"], perm=[1, 0, 2]))  # [T, B, E + F]
    states = "states"
    cells = sum(name.startswith("encoder.") and name.endswith(".forward.kernel") for name in weights)
    projections = sum(name.startswith("encoder.") and name.endswith(".projection") for name in weights)
    for cell in range(cells):
        initializers += _lstm_weights(weights, cell)
    for layer in range(cells + projections):
        cell = min(layer, cells - 1)
        if (projection := weights.get(f"encoder.{layer}.projection")) is not None:
            initializers.append(numpy_helper.from_array(projection, f"projection_{layer}"))
            nodes.append(helper.make_node("MatMul", [states, f"projection_{layer}"], [f"projected_{layer}"]))
            states = f"projected_{layer}"
        nodes += _lstm_nodes(layer, f"lstm_{cell}", states, weights[f"encoder.{cell}.forward.recurrent"].shape[0])
        states = f"states_{layer}"
    initializers += [
        numpy_helper.from_array(weights["tag_head.kernel"], "tag_kernel"),
        numpy_helper.from_array(weights["tag_head.bias"], "tag_bias"),
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
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="tagger")


def _spelling_part(weights: Weights) -> GraphPart:
    own = {name.removeprefix(_CHARACTERS): weight for name, weight in weights.items() if name.startswith(_CHARACTERS)}
    return lstm_part(own) if "forward.kernel" in own else convolution_part(own, ACTIVATION)


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
    """ONNX's layout: W [2, 4H, D], R [2, 4H, H], B [2, 8H], gates in the order i, o, f, c."""
    both = [[weights[f"encoder.{layer}.{direction}.{name}"] for name in ("kernel", "recurrent", "bias")]
            for direction in ("forward", "backward")]  # fmt: skip
    kernels = np.stack([reorder_gates(kernel).T for kernel, _, _ in both])
    recurrents = np.stack([reorder_gates(recurrent).T for _, recurrent, _ in both])
    biases = np.stack([np.concatenate([reorder_gates(bias), np.zeros_like(bias)]) for _, _, bias in both])
    width = np.array([2 * recurrents.shape[-1]], dtype=np.int64)
    parts = {"W": kernels, "R": recurrents, "B": biases, "width": width}
    return [numpy_helper.from_array(np.ascontiguousarray(part), f"lstm_{layer}_{name}") for name, part in parts.items()]


def _external(shape: tuple[int, ...], offset: int, length: int) -> onnx.TensorProto:
    tensor = TensorProto(name=_EMBEDDING, data_type=TensorProto.FLOAT, dims=shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", WEIGHTS), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _place_in(stored: bytes, name: str) -> tuple[int, int]:
    """Offset and length of a tensor's bytes in safetensors data: the header's length, the header, the tensors."""
    (header_length,) = struct.unpack_from("<Q", stored)
    start, end = json.loads(stored[8 : 8 + header_length])[name]["data_offsets"]
    return 8 + header_length + start, end - start
