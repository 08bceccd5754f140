"""What all ONNX graphs have in common: constants, LSTMs in ONNX's layout, and the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]

EMBEDDING = "embedding"
_OPSET, _IR_VERSION = 17, 8  # old enough for every runtime of the last years


def constant(name: str, value: NDArray[np.generic]) -> onnx.TensorProto:
    """A weight or another constant of a graph."""
    return numpy_helper.from_array(np.asarray(value, order="C"), name)


def whole_numbers(name: str, shape: Sequence[str]) -> onnx.ValueInfoProto:
    """An input of ids, lengths or places."""
    return helper.make_tensor_value_info(name, TensorProto.INT32, shape)


def count_layers(weights: Weights, part: str) -> int:
    """How many layers of the encoder have a part, such as `forward.kernel`."""
    return sum(name.startswith("encoder.") and name.endswith(f".{part}") for name in weights)


def lstm_constants(weights: Weights, cells: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Cells, one a direction, in ONNX's way: W [n, 4H, D], R [n, 4H, H], B [n, 8H], gates in the order i, o, f, c."""
    parts = [[_reordered(weights[f"{cell}.{name}"]) for name in ("kernel", "recurrent", "bias")] for cell in cells]
    return {
        "W": np.stack([kernel.T for kernel, _, _ in parts]),
        "R": np.stack([recurrent.T for _, recurrent, _ in parts]),
        "B": np.stack([np.concatenate([bias, np.zeros_like(bias)]) for _, _, bias in parts]),
    }


def make_model(graph: onnx.GraphProto) -> onnx.ModelProto:
    """A graph as a file says it."""
    opset = helper.make_opsetid("", _OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="tagger")


def graph_bytes(model: onnx.ModelProto) -> bytes:
    """A graph as it lies on disk; the same graph is the same bytes."""
    return bytes(model.SerializeToString(deterministic=True))


def write_graph(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph."""
    path.write_bytes(graph_bytes(model))


def _reordered(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """From Keras's order of gates (i, f, c, o) to ONNX's (i, o, f, c), along the last axis."""
    i, f, c, o = np.split(weight, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1)
