"""The character encoders as ONNX: from char_ids [W, C] and char_lengths [W] to word features [W, F].

Each function returns a part of a graph; `build_words_graph` makes one of its own of it, for words that are read by
themselves, in groups of like length, once each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tagger.features.vocabulary import PAD
from tagger.network.characters import Activation
from tagger.training.graph_parts import Weights, constant, lstm_constants, make_model, whole_numbers

CHAR_IDS, CHAR_LENGTHS, WORD_FEATURES = "char_ids", "char_lengths", "word_features"

_LOWEST = np.float32(-1e38)  # below every product, and finite after others are added to it
_OPERATORS: Mapping[Activation, str] = {"tanh": "Tanh", "relu": "Relu", "linear": "Identity"}


@dataclass(frozen=True, slots=True)
class GraphPart:
    """Nodes in the order of their work, and the constants they use."""

    nodes: list[onnx.NodeProto]
    initializers: list[onnx.TensorProto]


def convolution_part(weights: Weights, activation: Activation) -> GraphPart:
    """The convolution: filters are multiplied with all characters here, so that the graph only looks up and adds.

    Args:
        weights: those of a `CharacterConvolution`, by its names.
    """
    kernels = {int(name.split(".")[0].removeprefix("width_")): weight for name, weight in weights.items()
               if name.startswith("width_")}  # fmt: skip
    nodes, initializers = _hide_padding()
    for width, kernel in kernels.items():
        part = _highest(width, kernel, weights["embedding"])
        nodes += part.nodes
        initializers += part.initializers
    initializers.append(constant("chars_bias", weights["bias"]))
    nodes += [
        helper.make_node("Concat", [f"chars_{width}_highest" for width in kernels], ["chars_highest"], axis=1),
        helper.make_node("Add", ["chars_highest", "chars_bias"], ["chars_sums"]),
        helper.make_node(_OPERATORS[activation], ["chars_sums"], [WORD_FEATURES]),  # [W, F]
    ]
    return GraphPart(nodes, initializers)


def lstm_part(weights: Weights) -> GraphPart:
    """The bidirectional LSTM, its last states joined.

    Args:
        weights: those of a `CharacterLSTM`, by its names.
    """
    parts = {"embedding": weights["embedding"], **lstm_constants(weights, ("forward", "backward"))}
    units = weights["forward.recurrent"].shape[0]
    lstm_inputs = ["chars_read", "chars_W", "chars_R", "chars_B", CHAR_LENGTHS]
    nodes = [
        helper.make_node("Transpose", [CHAR_IDS], ["chars_steps"], perm=[1, 0]),
        helper.make_node("Gather", ["chars_embedding", "chars_steps"], ["chars_read"]),  # [C, W, D]
        helper.make_node("LSTM", lstm_inputs, ["", "chars_last"], hidden_size=units, direction="bidirectional"),
        helper.make_node("Transpose", ["chars_last"], ["chars_by_word"], perm=[1, 0, 2]),  # [W, 2, H]
        helper.make_node("Flatten", ["chars_by_word"], [WORD_FEATURES], axis=1),  # [W, 2H]
    ]
    return GraphPart(nodes, [constant(f"chars_{name}", part) for name, part in parts.items()])


def gather_tokens_node(places: str, output: str) -> onnx.NodeProto:
    """The features of tokens, [B, T, F], from those of words and an input of places [B, T]."""
    return helper.make_node("Gather", [WORD_FEATURES, places], [output])


def build_words_graph(part: GraphPart, features: int) -> onnx.ModelProto:
    """A graph of nothing but words: char_ids [W, C] and char_lengths [W] in, word_features [W, F] out."""
    graph = helper.make_graph(
        part.nodes,
        "words",
        inputs=[whole_numbers(CHAR_IDS, ["W", "C"]), whole_numbers(CHAR_LENGTHS, ["W"])],
        outputs=[helper.make_tensor_value_info(WORD_FEATURES, TensorProto.FLOAT, ["W", features])],
        initializer=part.initializers,
    )
    return make_model(graph)


def _hide_padding() -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """`chars_real` [W, C]: the ids, `PAD` beyond each word's length."""
    nodes = [
        helper.make_node("Shape", [CHAR_IDS], ["chars_C"], start=1, end=2),
        helper.make_node("Squeeze", ["chars_C"], ["chars_count"]),
        helper.make_node("Cast", ["chars_count"], ["chars_end"], to=TensorProto.INT32),
        helper.make_node("Range", ["chars_zero", "chars_end", "chars_one"], ["chars_places"]),  # [C]
        helper.make_node("Unsqueeze", [CHAR_LENGTHS, "chars_axis"], ["chars_ends"]),  # [W, 1]
        helper.make_node("Less", ["chars_places", "chars_ends"], ["chars_inside"]),  # [W, C]
        helper.make_node("Where", ["chars_inside", CHAR_IDS, "chars_pad"], ["chars_real"]),
    ]
    numbers = {"zero": np.int32(0), "one": np.int32(1), "pad": np.int32(PAD), "axis": np.array([1], np.int64)}
    return nodes, [constant(f"chars_{name}", np.asarray(number)) for name, number in numbers.items()]


def _highest(width: int, kernel: NDArray[np.float32], embedding: NDArray[np.float32]) -> GraphPart:
    """`chars_<width>_highest` [W, filters]: the highest product of each filter of one width.

    A window whose middle is `PAD`, which is in no word, lies outside it: so low a number stands there that no maximum
    takes it.
    """
    name = f"chars_{width}"
    before, after = (width - 1) // 2, width // 2
    nodes = [helper.make_node("Pad", ["chars_real", f"{name}_pads", "chars_pad"], [f"{name}_padded"])]
    initializers = [constant(f"{name}_pads", np.array([0, before, 0, after], np.int64))]
    for place in range(width):
        products = embedding @ kernel[place]  # [A, filters]
        if place == before:
            products[PAD] = _LOWEST
        end = place - width + 1 or np.iinfo(np.int64).max
        bounds = {"start": np.array([place], np.int64), "end": np.array([end], np.int64), "products": products}
        own = f"{name}_{place}"
        initializers += [constant(f"{own}_{part}", value) for part, value in bounds.items()]
        nodes += [
            helper.make_node("Slice", [f"{name}_padded", f"{own}_start", f"{own}_end", "chars_axis"], [f"{own}_ids"]),
            helper.make_node("Gather", [f"{own}_products", f"{own}_ids"], [f"{own}_values"]),  # [W, C, filters]
        ]
    values = [f"{name}_{place}_values" for place in range(width)]
    nodes += [
        helper.make_node("Sum", values, [f"{name}_sums"]),
        helper.make_node("ReduceMax", [f"{name}_sums"], [f"{name}_highest"], axes=[1], keepdims=0),
    ]
    return GraphPart(nodes, initializers)
