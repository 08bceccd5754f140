"""Gives back the memory of a training run that is over, so that many can follow each other in a process."""

import gc
from contextlib import suppress


def release_run() -> None:
    """Free what nothing needs any more: networks, and the graphs that they were compiled into.

    TensorFlow keeps the gradient function of each call of a custom gradient for good, in a registry that only the
    tracing of a graph reads. By them the graphs stay, and by their graphs the weights and the optimizer's state.
    """
    with suppress(ImportError, AttributeError):  # not of TensorFlow's public face
        from tensorflow.python.framework.ops import gradient_registry

        kept = gradient_registry._registry
        for name in [name for name in kept if name.startswith("CustomGradient-")]:
            del kept[name]
    gc.collect()
