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
    _share_cores()


def has_gpu() -> bool:
    """Whether TensorFlow can use a graphics card here."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def _share_cores() -> None:
    """Give each direction of a layer half of the cores.

    The two run side by side, and operations as small as a step's gain nothing from more: handing pieces of them round
    costs more than it saves. TF_NUM_INTRAOP_THREADS and TF_NUM_INTEROP_THREADS in the environment go before.
    """
    import tensorflow as tf

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if "TF_NUM_INTRAOP_THREADS" not in os.environ:
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // 2))
    if "TF_NUM_INTEROP_THREADS" not in os.environ:
        tf.config.threading.set_inter_op_parallelism_threads(2)


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
