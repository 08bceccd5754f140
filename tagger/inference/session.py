"""The exported network in ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tagger.errors import BundleError
from tagger.features.batching import Batch
from tagger.features.characters import EncodedWords, words_by_length

_ERRORS_ONLY = 3
_MOST_CHARACTERS = 32768  # with padding, of words that are read together

Features = NDArray[np.float32]


class Spelling:
    """The character encoder, by itself."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        self._graph = load_graph(path, threads)

    def word_features(self, words: EncodedWords) -> Features:
        """What it makes of distinct words, [W, F]; each word by itself."""
        features: Features = np.zeros((len(words.lengths), self._graph.get_outputs()[0].shape[1]), np.float32)
        for batch in words_by_length(words, _MOST_CHARACTERS):
            feeds = {"char_ids": batch.char_ids, "char_lengths": batch.char_lengths}
            features[batch.positions] = self._graph.run(["word_features"], feeds)[0]
        return features


class Session:
    """Scores batches on the CPU.

    Args:
        path: an ONNX file of our export; the embedding matrix is read from the weights file beside it.
        spelling: that of the character encoder, for a network that has one.
        threads: how many work on a batch; 0 lets ONNX Runtime choose.
    """

    def __init__(self, path: Path, spelling: Path | None = None, threads: int = 0) -> None:
        self._network = load_graph(path, threads)
        self._spelling = None if spelling is None else Spelling(spelling, threads)

    def word_features(self, words: EncodedWords) -> Features:
        """What the character encoder makes of distinct words, [W, F]; each word by itself."""
        assert self._spelling is not None
        return self._spelling.word_features(words)

    def scores(self, batch: Batch, features: Features | None = None) -> NDArray[np.float32]:
        """Tag scores [B, T, K] of a batch; beyond a sentence's length they mean nothing.

        Args:
            features: those of the batch's distinct words, for a network that reads characters.
        """
        feeds: dict[str, NDArray[Any]] = {"word_ids": batch.word_ids, "lengths": batch.lengths}
        if features is not None and batch.types is not None:
            feeds |= {"word_features": features, "type_ids": batch.types.type_ids}
        if batch.context is not None:
            feeds["context"] = batch.context
        scores: NDArray[np.float32] = self._network.run(["logits"], feeds)[0]
        return scores


def load_graph(path: Path, threads: int = 0) -> onnxruntime.InferenceSession:
    """An ONNX file of our export, ready to run on the CPU.

    Raises:
        BundleError: ONNX Runtime cannot load it.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own errors have no common base class
        raise BundleError(f"{path}: ONNX Runtime cannot load it: {str(error).splitlines()[0]}") from error
