"""The exported network in ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tagger.errors import BundleError
from tagger.features.batching import Batch

_ERRORS_ONLY = 3


class Session:
    """Scores batches on the CPU.

    Args:
        path: an ONNX file of our export; the embedding matrix is read from the weights file beside it.
        threads: how many work on a batch; 0 lets ONNX Runtime choose.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = _ERRORS_ONLY
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own errors have no common base class
            raise BundleError(f"{path}: ONNX Runtime cannot load it: {str(error).splitlines()[0]}") from error

    def scores(self, batch: Batch) -> NDArray[np.float32]:
        """Tag scores [B, T, K] of a batch; beyond a sentence's length they mean nothing."""
        feeds = {"word_ids": batch.word_ids, "lengths": batch.lengths}
        scores: NDArray[np.float32] = self._session.run(["logits"], feeds)[0]
        return scores
