"""Where the processes of a run meet before TensorFlow joins them.

TensorFlow itself waits for a missing process without an end, and deaf to Ctrl-C. So each says to the chief that it is
there, and the chief lets all of them go on at once.
"""

import json
import os
import select
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tagger.errors import ConfigError

PATIENCE_S = 300.0
_PAUSE_S = 0.2
_GO = b"go"
_EXPECTED = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'


@dataclass(frozen=True, slots=True)
class Cluster:
    """The processes of a run, of which this is number `index`, and number 0 the chief; `addresses` are host:port."""

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Whether this process scores dev and writes."""
        return self.index == 0

    @property
    def others(self) -> tuple[str, ...]:
        """The addresses of all but this one."""
        return self.addresses[: self.index] + self.addresses[self.index + 1 :]


def read_cluster() -> Cluster | None:
    """What TF_CONFIG says; None where it speaks of one process or is not there.

    Raises:
        ConfigError: it does not say what it should.
    """
    text = os.environ.get("TF_CONFIG")
    if not text:
        return None
    try:
        cluster = _cluster_of(json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        found = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ConfigError(f"TF_CONFIG: {found}; expected {_EXPECTED}") from None
    return cluster if len(cluster.addresses) > 1 else None


def meet(cluster: Cluster, stopping: Callable[[], bool] = lambda: False, patience: float = PATIENCE_S) -> None:
    """Return once all processes have come, in all of them.

    Args:
        stopping: asked while it waits; once it says so, the wait is interrupted. patience: seconds.

    Raises:
        ConfigError: not all have come in time, or this process's port is taken.
    """
    wait = _Wait(stopping, time.monotonic() + patience)
    with _listener(cluster.addresses[cluster.index]) as listener:
        if cluster.is_chief:
            _receive(cluster, listener, wait)
            return
    _report(cluster, wait)


@dataclass(frozen=True, slots=True)
class _Wait:
    stopping: Callable[[], bool]
    deadline: float

    def is_over(self) -> bool:
        if self.stopping():
            raise KeyboardInterrupt
        return time.monotonic() > self.deadline


def _cluster_of(values: Any) -> Cluster:
    jobs, task = values["cluster"], values["task"]
    if unknown := sorted(set(jobs) - {"chief", "worker"}):
        raise ValueError(f"a cluster with {unknown[0]!r}")
    places = [(job, index) for job in ("chief", "worker") for index in range(len(jobs.get(job, [])))]
    ours = task["type"], int(task["index"])
    if ours not in places:
        raise ValueError(f"the cluster has no task {ours[0]!r} with index {ours[1]}")
    addresses = tuple(jobs[job][index] for job, index in places)
    for address in addresses:
        _split(address)
    return Cluster(addresses, places.index(ours))


def _split(address: Any) -> tuple[str, int]:
    host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ValueError(f"{address!r} is no host:port")
    return host.strip("[]"), int(port)


def _listener(address: str) -> socket.socket:
    """On all of this machine's addresses, as TensorFlow listens later."""
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    try:
        return socket.create_server(("", _split(address)[1]), family=family, dualstack_ipv6=dual)
    except OSError as error:
        found = os.strerror(error.errno) if error.errno else error
        raise ConfigError(f"TF_CONFIG: this process cannot listen at {address}: {found}; name another port") from None


def _receive(cluster: Cluster, listener: socket.socket, wait: _Wait) -> None:
    """The chief's part: wait until every other process is connected, then let them go."""
    present: dict[int, socket.socket] = {}
    with ExitStack() as stack:
        while len(present) < len(cluster.addresses) - 1:
            if wait.is_over():
                raise _missing([address for index, address in enumerate(cluster.addresses[1:], 1)
                                if index not in present])  # fmt: skip
            for ready in select.select([listener, *present.values()], [], [], _PAUSE_S)[0]:
                if ready is listener:
                    connection = stack.enter_context(listener.accept()[0])
                    index = _index_said(connection)
                    if 0 < index < len(cluster.addresses):
                        present[index] = connection
                else:  # they are to be silent, so it has gone
                    present = {index: connection for index, connection in present.items() if connection is not ready}
        for connection in present.values():
            connection.sendall(_GO)


def _index_said(connection: socket.socket) -> int:
    connection.settimeout(1.0)
    try:
        return int(connection.recv(8))
    except (OSError, ValueError):
        return -1


def _report(cluster: Cluster, wait: _Wait) -> None:
    """Any other process's part: say to the chief that it is there, and wait until it may go."""
    while not wait.is_over():
        try:
            with socket.create_connection(_split(cluster.addresses[0]), timeout=1.0) as connection:
                connection.sendall(b"%8d" % cluster.index)
                while not select.select([connection], [], [], _PAUSE_S)[0]:
                    if wait.is_over():
                        raise _missing(cluster.others[1:])
                if connection.recv(len(_GO)) == _GO:
                    return
        except OSError:
            pass
        time.sleep(_PAUSE_S)
    raise _missing(cluster.addresses[:1])


def _missing(addresses: tuple[str, ...] | list[str]) -> ConfigError:
    whom = ", ".join(addresses)
    advice = "start all workers at about the same time, and see that they reach each other"
    return ConfigError(f"TF_CONFIG: waited for {whom} in vain; {advice}")
