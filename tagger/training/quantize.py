"""A model whose LSTMs multiply whole numbers of 8 bits: faster, a quarter of their size, nearly as exact.

Weights are quantised here, each gate's row by its own largest value; what comes in and the states are quantised by ONNX
Runtime as it runs, by the largest value of a batch. So a tag can come to depend on the other sentences of its batch.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tagger.files import draft_directory, swap_directory
from tagger.inference.bundle import CARD, MANIFEST, NETWORK, Bundle, write_manifest
from tagger.training.saving import saving
from tagger.training.store import check_output

_DOMAIN = "com.microsoft"  # of ONNX Runtime's own operators
_LARGEST = 127
_NOTE = (
    "\n## Quantised\n\nThe LSTMs of this model multiply int8; `weights.safetensors` holds the weights before that.\n"
)


def export_int8(model: Path, output: Path) -> None:
    """Write a model beside one, the same but for its network.

    Raises:
        BundleError: the model is not whole. DataError: the output cannot be written, or is no place for a model.
    """
    bundle = Bundle.open(model)
    check_output(output)
    with draft_directory(output) as draft, saving(output):
        for part in model.iterdir():
            if part.name not in {MANIFEST, NETWORK}:
                shutil.copyfile(part, draft / part.name)
        graph = quantize_graph(onnx.load(model / NETWORK, load_external_data=False))
        (draft / NETWORK).write_bytes(graph.SerializeToString(deterministic=True))
        with (draft / CARD).open("a", encoding="utf-8") as card:
            card.write(_NOTE)
        write_manifest(draft, replace(bundle.manifest, precision="int8"))
        swap_directory(draft, output)


def quantize_graph(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with ONNX Runtime's DynamicQuantizeLSTM in the place of each LSTM."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    constants = {constant.name: constant for constant in made.graph.initializer}
    nodes = [_quantized(node) if node.op_type == "LSTM" else node for node in made.graph.node]
    weights = {name for node in made.graph.node if node.op_type == "LSTM" for name in node.input[1:3]}
    kept = [constant for constant in made.graph.initializer if constant.name not in weights]
    parts = [part for name in sorted(weights) for part in _parts(name, numpy_helper.to_array(constants[name]))]
    for field, values in ((made.graph.node, nodes), (made.graph.initializer, [*kept, *parts])):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        del field[:]
        field.extend(copies)
    made.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    return made


def quantize(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers from -127 to 127, and what to multiply them by, for each of the 4H gates' rows.

    Args:
        weights: [2, 4H, D], both directions.

    Returns:
        [2, D, 4H], as the operator reads them, and [2, 4H].
    """
    scales = np.maximum(np.abs(weights).max(axis=2), np.finfo(np.float32).tiny) / _LARGEST
    whole = np.rint(weights / scales[..., None]).astype(np.int8)
    return np.ascontiguousarray(whole.transpose(0, 2, 1)), scales.astype(np.float32)


def _quantized(node: onnx.NodeProto) -> onnx.NodeProto:
    states, kernel, recurrent, bias, lengths = node.input
    scales = [part for name in (kernel, recurrent) for part in (_scale(name), _zero(name))]
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    inputs = [states, kernel, recurrent, bias, lengths, "", "", "", *scales]
    return helper.make_node("DynamicQuantizeLSTM", inputs, node.output, domain=_DOMAIN, **attributes)


def _parts(name: str, weights: NDArray[np.float32]) -> list[onnx.TensorProto]:
    whole, scales = quantize(weights)
    values = {name: whole, _scale(name): scales, _zero(name): np.zeros(scales.shape, np.int8)}
    return [numpy_helper.from_array(value, key) for key, value in values.items()]


def _scale(name: str) -> str:
    return f"{name}_scale"


def _zero(name: str) -> str:
    return f"{name}_zero"
