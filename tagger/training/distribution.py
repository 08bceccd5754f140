"""One run on several devices or machines: each works on a share of every batch, and their gradients are added up.

Every process reads the same files and makes the same batches; the network's weights are plain variables, one copy a
process, which all move alike because they all get the same sums. What one process alone does (scoring dev, writing
files) is the chief's, and the others hear of it.
"""

import signal
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tagger.errors import TaggerError
from tagger.features.batching import Batch, letters_of
from tagger.training.rendezvous import Cluster, meet

_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


class WorkerLostError(TaggerError):
    """Another worker of the run has gone, so that no step can be taken any more."""

    def __init__(self) -> None:
        advice = "see what it said last, then start all of them again with --resume, from the last checkpoint"
        super().__init__(f"another worker is gone; {advice}")


class Replicas:
    """The replicas of a run: one for each device of each of its processes, which are as many as the cluster's."""

    def __init__(self, strategy: tf.distribute.Strategy, cluster: Cluster | None = None) -> None:
        self._strategy = strategy
        self.is_alone = cluster is None
        self.is_chief = cluster is None or cluster.is_chief
        self._of_process = strategy.num_replicas_in_sync // (len(cluster.addresses) if cluster else 1)
        self._sum = tf.function(self._sum_of, input_signature=[tf.TensorSpec([None], tf.float64)], autograph=False)

    def shares(self, batch: Batch) -> tuple[tf.Tensor, ...]:
        """This process's part of a batch, for each replica: word_ids, lengths, tag_ids, starts, letters.

        `starts` are the sentences and the tokens before it, [2].
        """
        whole = batch.word_ids, batch.lengths, batch.tag_ids
        letters = letters_of(batch)

        def share(context: tf.distribute.experimental.ValueContext) -> tuple[tf.Tensor, ...]:
            bounds = np.linspace(0, len(batch.lengths), context.num_replicas_in_sync + 1).astype(np.int32)
            start, end = bounds[context.replica_id_in_sync_group : context.replica_id_in_sync_group + 2]
            parts = [array[start:end] for array in whole]
            if start == end:  # fewer sentences than replicas: one of no tokens keeps it in step
                parts = [whole[0][:1], np.zeros(1, np.int32), whole[2][:1]]
            starts = [start, batch.lengths[:start].sum()]
            spelled = (*letters[:2], letters[2][start : start + len(parts[0])]) if letters else ()
            return tuple(tf.constant(part, tf.int32) for part in (*parts, starts, *spelled))

        return tuple(
            self._strategy.experimental_distribute_values_from_function(lambda context, part=part: share(context)[part])
            for part in range(4 + len(letters))
        )

    def run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """What a function gives on this process's first replica; inside a `tf.function`."""
        return self._strategy.experimental_local_results(self._strategy.run(function, args=arguments))[0]

    def from_chief(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the chief gave, in every process; all of them must give arrays of one length."""
        return self.summed(values if self.is_chief else np.zeros_like(values))

    def summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of what all processes give, in every process; all of them must give arrays of one length."""
        total: NDArray[np.float64] = guarded(lambda: self._sum(tf.constant(values, tf.float64)).numpy())
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


def find_replicas(cluster: Cluster | None, stopping: Callable[[], bool] = lambda: False) -> Replicas | None:
    """The replicas of a cluster or of several graphics cards; None for one device. Must come before any tensor.

    Args:
        stopping: asked while the cluster's processes wait for each other; once it says so, the wait is interrupted.

    Raises:
        ConfigError: the cluster's processes have not all come.
    """
    if cluster is not None:
        meet(cluster, stopping)
        return Replicas(_joined(), cluster)
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return Replicas(_mirrored())
    return None


@cache
def _mirrored() -> tf.distribute.Strategy:
    """One for all runs of the process: each would number its collective operations anew, and TensorFlow mix them up."""
    return tf.distribute.MirroredStrategy()


def _joined() -> tf.distribute.Strategy:
    """TensorFlow's servers, connected. No timeout of collective operations: each would hold a thread for so long.

    TensorFlow takes SIGTERM for itself here; what handled it before gets it back.
    """
    ours = signal.getsignal(signal.SIGTERM)
    strategy = guarded(tf.distribute.MultiWorkerMirroredStrategy)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, ours)
    return strategy


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
