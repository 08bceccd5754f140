"""One run on several devices or machines: each works on a share of every batch, and their gradients are added up.

Every process reads the same files and makes the same batches; the network's weights are plain variables, one copy a
process, which all move alike because they all get the same sums. What one process alone does (scoring dev, writing
files) is the chief's, and the others hear of it.
"""

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.errors import ConfigError, TaggerError
from tagger.features.batching import Batch

_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)
_TIMEOUT_S = 600.0  # the others wait while the chief scores dev and writes


class WorkerLostError(TaggerError):
    """Another worker of the run has gone, so that no step can be taken any more."""

    def __init__(self) -> None:
        super().__init__("another worker is gone; start all of them again with --resume, from the last checkpoint")


class Replicas:
    """The replicas of a run: one for each device of each of the processes that TF_CONFIG names."""

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self._strategy = strategy
        resolver = strategy.cluster_resolver
        self.is_chief = not resolver or (resolver.task_type, resolver.task_id) in {("worker", 0), ("chief", 0)}
        processes = len(resolver.cluster_spec().as_dict()["worker"]) if resolver else 1
        self._of_process = strategy.num_replicas_in_sync // processes
        self._sum = tf.function(self._sum_of, input_signature=[tf.TensorSpec([None], tf.float64)], autograph=False)

    def shares(self, batch: Batch) -> tuple[tf.Tensor, ...]:
        """This process's part of a batch: word_ids, lengths, tag_ids and the first sentence's place, a replica each."""
        whole = batch.word_ids, batch.lengths, batch.tag_ids

        def share(context: tf.distribute.experimental.ValueContext) -> tuple[tf.Tensor, ...]:
            bounds = np.linspace(0, len(batch.lengths), context.num_replicas_in_sync + 1).astype(np.int32)
            start, end = bounds[context.replica_id_in_sync_group : context.replica_id_in_sync_group + 2]
            parts = [array[start:end] for array in whole]
            if start == end:  # fewer sentences than replicas: one of no tokens keeps it in step
                parts = [whole[0][:1], np.zeros(1, np.int32), whole[2][:1]]
            return tuple(tf.constant(part, tf.int32) for part in (*parts, start))

        return tuple(
            self._strategy.experimental_distribute_values_from_function(lambda context, part=part: share(context)[part])
            for part in range(4)
        )

    def run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """What a function gives on this process's first replica; inside a `tf.function`."""
        return self._strategy.experimental_local_results(self._strategy.run(function, args=arguments))[0]

    def from_chief(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the chief gave, in every process; all of them must give arrays of one length."""
        given = values if self.is_chief else np.zeros_like(values)
        total: NDArray[np.float64] = guarded(lambda: self._sum(tf.constant(given, tf.float64)).numpy())
        return total

    def bytes_from_chief(self, data: bytes) -> bytes:
        """The chief's bytes, in every process."""
        length = int(self.from_chief(np.array([float(len(data))]))[0])
        padded = np.zeros(length)
        if self.is_chief:
            padded[:] = np.frombuffer(data, np.uint8)
        return self.from_chief(padded).astype(np.uint8).tobytes()

    def _sum_of(self, values: tf.Tensor) -> tf.Tensor:
        def first_replicas() -> tf.Tensor:
            """The process's values once, though each of its replicas is asked."""
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            return all_reduced(tf.where(replica % self._of_process == 0, values, tf.zeros_like(values)))

        return self.run(first_replicas, ())


def find_replicas() -> Replicas | None:
    """The replicas that TF_CONFIG or several graphics cards ask for; None for one device. Must come before any tensor.

    Raises:
        ConfigError: TF_CONFIG does not say what it should.
    """
    if os.environ.get("TF_CONFIG"):
        try:
            if len(json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"]) > 1:
                options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=_TIMEOUT_S)
                return Replicas(tf.distribute.MultiWorkerMirroredStrategy(communication_options=options))
        except (KeyError, TypeError, ValueError) as error:
            expected = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
            raise ConfigError(f"TF_CONFIG: {error}; expected {expected}") from None
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return Replicas(tf.distribute.MirroredStrategy())
    return None


def all_reduced(values: Any) -> Any:
    """Sums over all replicas, of any structure of tensors; inside `Replicas.run`."""
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


def guarded(call: Callable[[], Any]) -> Any:
    """Do what needs all workers.

    Raises:
        WorkerLostError: one of them is gone.
    """
    try:
        return call()
    except _LOST:
        raise WorkerLostError from None
