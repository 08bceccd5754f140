"""How TensorFlow is brought in: on its own backend, and without its greetings on standard error."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def load_tensorflow() -> None:
    """Import TensorFlow and Keras once, quietly; every module below `network` and `training` may then import them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with _silent_stderr():
        import keras  # noqa: F401
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what C++ code writes to standard error nowhere; it speaks of drivers before any setting can stop it."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
