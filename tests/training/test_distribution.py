"""Two processes on one machine, which talk through sockets as two machines would."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.numpy import load_file

pytestmark = pytest.mark.slow

OPTIONS = ["--units", "6", "--embedding-size", "5", "--batch-size", "3", "--input-dropout", "0.3",
           "--state-dropout", "0.2", "--lm-samples", "6", "--no-variational"]  # fmt: skip


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def start(eight, output, *options, workers=1):
    """Processes that train on the same file; the first is the chief."""
    command = [sys.executable, "-m", "tagger", "train", str(eight), "--dev", str(eight), "--output", str(output)]
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    processes = []
    for index in range(workers):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = os.environ | ({"TF_CONFIG": json.dumps(task)} if workers > 1 else {})
        processes.append(
            subprocess.Popen(
                [*command, *OPTIONS, *options],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    return processes


def test_two_workers_learn_what_one_does_from_the_same_batches(eight, tmp_path):
    """Batches of three sentences, the last of two: shares of one and two, and of one each; masks are of every step."""
    for name, workers in (("one", 1), ("two", 2)):
        for process in start(eight, tmp_path / name, "--epochs", "3", workers=workers):
            _, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors
    one, two = (load_file(tmp_path / name / "weights.safetensors") for name in ("one", "two"))
    for name, weight in one.items():
        np.testing.assert_allclose(two[name], weight, atol=2e-5, err_msg=name)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_where_a_worker_dies_the_other_says_so_and_all_can_go_on(eight, tmp_path):
    options = ["--epochs", "400", "--patience", "400", "--checkpoint-minutes", "0.01"]
    chief, other = start(eight, tmp_path / "model", *options, workers=2)
    checkpoint = tmp_path / "model.unfinished" / "checkpoint"
    deadline = time.monotonic() + 240
    while not checkpoint.exists():
        assert time.monotonic() < deadline
        assert chief.poll() is None
        time.sleep(0.05)
    other.send_signal(signal.SIGKILL)
    _, errors = chief.communicate(timeout=240)
    other.communicate()
    assert chief.returncode == 2
    assert errors.strip().splitlines()[-1].startswith("tagger: another worker is gone; ")
    assert checkpoint.exists()
    assert not (tmp_path / "model").exists()
    state = json.loads((checkpoint / "state.json").read_text())
    assert state["progress"]["position"]["epoch"] < 400
