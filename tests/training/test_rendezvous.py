import json
import socket
import threading
import time

import pytest

from tagger.errors import ConfigError
from tagger.training.rendezvous import Cluster, meet, read_cluster


def free_addresses(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = tuple(f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners)
    for listener in listeners:
        listener.close()
    return addresses


def config(monkeypatch, cluster, job="worker", index=0):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": {"type": job, "index": index}}))


class Met(threading.Thread):
    """A process's part, which has `met` once it may go on, or an `error`."""

    def __init__(self, addresses, index, **options):
        super().__init__(daemon=True)
        self.met, self.error = False, None
        self._arguments = Cluster(addresses, index), options
        self.start()

    def run(self):
        cluster, options = self._arguments
        try:
            meet(cluster, **options)
            self.met = True
        except (ConfigError, KeyboardInterrupt) as error:
            self.error = error


def test_processes_are_counted_from_the_chief(monkeypatch):
    config(monkeypatch, {"worker": ["a:1", "b:2"]}, index=1)
    assert read_cluster() == Cluster(("a:1", "b:2"), 1)
    assert read_cluster().others == ("a:1",)
    assert not read_cluster().is_chief
    config(monkeypatch, {"worker": ["b:2", "c:3"], "chief": ["a:1"]}, index="0")
    assert read_cluster() == Cluster(("a:1", "b:2", "c:3"), 1)
    config(monkeypatch, {"worker": ["b:2"], "chief": ["[::1]:1"]}, job="chief")
    assert read_cluster().is_chief


def test_one_process_is_no_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert read_cluster() is None
    config(monkeypatch, {"worker": ["a:1"]})
    assert read_cluster() is None


TASK = '"task": {"type": "worker", "index": 0}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "double quotes"),
        ("[]", "list"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}}', "'task' is missing"),
        (f'{{"cluster": {{"worker": ["a", "b:2"]}}, {TASK}}}', "'a' is no host:port"),
        (f'{{"cluster": {{"worker": ["a:1", "b:70000"]}}, {TASK}}}', "'b:70000' is no host:port"),
        (f'{{"cluster": {{"worker": "a:1,b:2"}}, {TASK}}}', "'a' is no host:port"),
        (f'{{"cluster": {{"worker": ["a:1", "b:2"], "ps": ["c:3"]}}, {TASK}}}', "'ps'"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 2}}', "'worker' with index 2"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "chief", "index": 0}}', "'chief' with index 0"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": null}}', "NoneType"),
    ],
)
def test_what_is_no_cluster_is_one_line(monkeypatch, text, said):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigError) as raised:
        read_cluster()
    assert str(raised.value).startswith("TF_CONFIG: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_all_go_on_once_the_last_has_come():
    addresses = free_addresses(3)
    first = [Met(addresses, index) for index in (2, 0)]
    first[0].join(0.6)
    assert not any(process.met for process in first)
    last = Met(addresses, 1)
    for process in (*first, last):
        process.join(60.0)
        assert process.met
        assert process.error is None
    socket.create_server(("", int(addresses[0].rpartition(":")[2]))).close()  # free for TensorFlow


def test_a_follower_that_left_is_waited_for_again():
    addresses = free_addresses(3)
    leaves = []
    gone = Met(addresses, 1, stopping=lambda: bool(leaves))
    chief = Met(addresses, 0)
    time.sleep(0.6)
    leaves.append(True)
    gone.join(60.0)
    assert isinstance(gone.error, KeyboardInterrupt)
    other = Met(addresses, 2)
    chief.join(0.6)
    assert not chief.met
    back = Met(addresses, 1)
    for process in (chief, other, back):
        process.join(60.0)
        assert process.met


def test_a_stranger_at_the_port_is_not_counted():
    addresses = free_addresses(2)
    chief = Met(addresses, 0)
    deadline = time.monotonic() + 60.0
    for said in (b"GET / HTTP/1.1\r\n", b"       0", b"       7", b""):
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", int(addresses[0].rpartition(":")[2]))) as stranger:
                    stranger.sendall(said)
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
    chief.join(0.6)
    assert chief.is_alive()
    follower = Met(addresses, 1)
    for process in (chief, follower):
        process.join(60.0)
        assert process.met


def test_who_does_not_come_is_named():
    addresses = free_addresses(3)
    chief, one = Met(addresses, 0, patience=1.0), Met(addresses, 1, patience=0.5)
    for process in (chief, one):
        process.join(60.0)
    assert str(chief.error).startswith("TF_CONFIG: waited for ")
    assert addresses[2] in str(chief.error)
    assert addresses[2] in str(one.error)
    assert addresses[0] not in str(one.error)
    alone = Met(addresses, 2, patience=0.3)
    alone.join(60.0)
    assert str(alone.error).startswith(f"TF_CONFIG: waited for {addresses[0]} in vain; ")


@pytest.mark.parametrize("index", [0, 1])
def test_a_port_that_is_taken_is_named(index):
    addresses = free_addresses(2)
    with (
        socket.create_server(("127.0.0.1", int(addresses[index].rpartition(":")[2]))),
        pytest.raises(ConfigError, match=f"cannot listen at {addresses[index]}: Address already in use"),
    ):
        meet(Cluster(addresses, index), patience=0.0)


@pytest.mark.parametrize("index", [0, 1])
def test_waiting_can_be_interrupted(index):
    with pytest.raises(KeyboardInterrupt):
        meet(Cluster(free_addresses(2), index), lambda: True)
