"""A model whose LSTMs multiply whole numbers of 8 bits: faster, a quarter of their size, nearly as exact.

Weights are quantised here, each gate's row by its own largest value; what comes in and the states are quantised by ONNX
Runtime as it runs, in steps that `fixed_ranges` makes the same for every batch.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from safetensors.numpy import load_file

from tagger.files import draft_directory, swap_directory
from tagger.inference.bundle import CARD, MANIFEST, NETWORK, WEIGHTS, Bundle, write_manifest
from tagger.training.export import build_graph
from tagger.training.export_parts import embedding_place
from tagger.training.fixed_ranges import EXTREMES, largest_inputs, with_extreme_units
from tagger.training.graph_parts import constant, write_graph
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
        write_graph(_int8_network(bundle), draft / NETWORK)
        with (draft / CARD).open("a", encoding="utf-8") as card:
            card.write(_NOTE)
        write_manifest(draft, replace(bundle.manifest, precision="int8"))
        swap_directory(draft, output)


def _int8_network(bundle: Bundle) -> onnx.ModelProto:
    path, context = bundle.path / WEIGHTS, bundle.manifest.context
    weights = load_file(path)
    largest = largest_inputs(weights, bundle.manifest.config.encoder.layers)
    features = context.features if context is not None else 0
    return quantize_graph(build_graph(with_extreme_units(weights), embedding_place(path), features), largest)


def quantize_graph(model: onnx.ModelProto, largest: Sequence[float]) -> onnx.ModelProto:
    """The same graph with ONNX Runtime's DynamicQuantizeLSTM in the place of each LSTM.

    Args:
        largest: a bound for the absolute values that come into each of them, in order. Two inputs more, which have no
            weight, always have this value and its opposite.
    """
    lstms = [node for node in model.graph.node if node.op_type == "LSTM"]
    kernels, recurrents = ({node.input[place] for node in lstms} for place in (1, 2))
    parts = [constant("extremes_width", np.array([EXTREMES]))]
    for layer, bound in enumerate(largest):
        parts.append(constant(f"extremes_{layer}", np.array([bound, -bound], np.float32)))
    for one in model.graph.initializer:
        if one.name in kernels:
            parts += _parts(one.name, np.pad(numpy_helper.to_array(one), ((0, 0), (0, 0), (0, EXTREMES))))
        elif one.name in recurrents:
            parts += _parts(one.name, numpy_helper.to_array(one))
        else:
            parts.append(one)
    nodes = list[onnx.NodeProto]()
    for node in model.graph.node:
        nodes += _quantized(node, lstms.index(node)) if node.op_type == "LSTM" else [node]
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.node[:], made.graph.initializer[:]
    made.graph.node.extend(nodes)
    made.graph.initializer.extend(parts)
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


def _quantized(node: onnx.NodeProto, layer: int) -> list[onnx.NodeProto]:
    states, kernel, recurrent, bias, lengths = node.input
    scales = [part for name in (kernel, recurrent) for part in (_scale(name), _zero(name))]
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    name = f"bounded_{layer}"
    inputs = [name, kernel, recurrent, bias, lengths, "", "", "", *scales]
    return [
        helper.make_node("Shape", [states], [f"{name}_T_B"], start=0, end=2),
        helper.make_node("Concat", [f"{name}_T_B", "extremes_width"], [f"{name}_shape"], axis=0),
        helper.make_node("Expand", [f"extremes_{layer}", f"{name}_shape"], [f"{name}_extremes"]),  # [T, B, 2]
        helper.make_node("Concat", [states, f"{name}_extremes"], [name], axis=2),  # [T, B, D + 2]
        helper.make_node("DynamicQuantizeLSTM", inputs, node.output, domain=_DOMAIN, **attributes),
    ]


def _parts(name: str, weights: NDArray[np.float32]) -> list[onnx.TensorProto]:
    whole, scales = quantize(weights)
    values: dict[str, NDArray[np.generic]] = {
        name: whole,
        _scale(name): scales,
        _zero(name): np.zeros(scales.shape, np.int8),
    }
    return [constant(key, value) for key, value in values.items()]


def _scale(name: str) -> str:
    return f"{name}_scale"


def _zero(name: str) -> str:
    return f"{name}_zero"
