"""What the exporters of a tagger and of a language model have in common: the weights file, and how words are spelt."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from safetensors.numpy import save

from tagger.errors import TaggerError
from tagger.inference.bundle import SPELLING, WEIGHTS
from tagger.network.characters import ACTIVATION
from tagger.training.export_characters import WORD_FEATURES, build_words_graph, convolution_part, lstm_part
from tagger.training.graph_parts import EMBEDDING, Weights, whole_numbers, write_graph

CHARACTERS = "characters."
_LENGTH = struct.Struct("<Q")  # of the header of a safetensors file


def store_weights(weights: Weights, directory: Path) -> tuple[int, int]:
    """Write the weights file, and `spelling.onnx` where there are characters to read.

    Returns:
        Offset and length in bytes of the embedding matrix in the weights file.

    Raises:
        TaggerError: a weight is no longer a finite number.
    """
    for name, weight in weights.items():
        if not np.isfinite(weight).all():
            raise TaggerError(f"the weights ({name}) are no longer finite numbers; try a lower --learning-rate")
    stored = save(dict(weights))
    (directory / WEIGHTS).write_bytes(stored)
    if reads_characters(weights):
        write_graph(_spelling_graph(weights), directory / SPELLING)
    return _place_in(stored, EMBEDDING)


def embedding_place(path: Path) -> tuple[int, int]:
    """Offset and length in bytes of the embedding matrix in a weights file."""
    with path.open("rb") as stream:
        start = stream.read(_LENGTH.size)
        return _place_in(start + stream.read(*_LENGTH.unpack(start)), EMBEDDING)


def reads_characters(weights: Weights) -> bool:
    """Whether a character encoder is among the weights."""
    return any(name.startswith(CHARACTERS) for name in weights)


def embedding_at(shape: tuple[int, ...], place: tuple[int, int]) -> onnx.TensorProto:
    """The embedding matrix as a constant that lies in the weights file, so that there is one copy on disk.

    Args:
        place: offset and length in bytes.
    """
    tensor = TensorProto(name=EMBEDDING, data_type=TensorProto.FLOAT, dims=shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", WEIGHTS), ("offset", place[0]), ("length", place[1])):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def features_inputs(type_ids_shape: Sequence[str]) -> list[onnx.ValueInfoProto]:
    """What comes in besides where characters are read: features of distinct words, and which of them a token is."""
    return [
        helper.make_tensor_value_info(WORD_FEATURES, TensorProto.FLOAT, ["W", "F"]),
        whole_numbers("type_ids", type_ids_shape),
    ]


def _spelling_graph(weights: Weights) -> onnx.ModelProto:
    own = {name.removeprefix(CHARACTERS): weight for name, weight in weights.items() if name.startswith(CHARACTERS)}
    if "forward.kernel" in own:
        return build_words_graph(lstm_part(own), 2 * own["forward.recurrent"].shape[0])
    return build_words_graph(convolution_part(own, ACTIVATION), own["bias"].shape[0])


def _place_in(stored: bytes, name: str) -> tuple[int, int]:
    """Offset and length of a tensor's bytes in safetensors data: the header's length, the header, the tensors."""
    (header_length,) = _LENGTH.unpack_from(stored)
    first = _LENGTH.size + header_length
    start, end = json.loads(stored[_LENGTH.size : first])[name]["data_offsets"]
    return first + start, end - start
