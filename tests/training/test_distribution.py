"""Processes on one machine, which talk through sockets as two machines would, and devices of one process."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from small_runs import content

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent.parent
PROGRAM = """\
import signal
from tagger.commands.app import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job ignores
main()
"""
PATIENCE_S = 900.0  # of tests; a machine may be at other work
OPTIONS = ["--units", "6", "--embedding-size", "5", "--batch-size", "3", "--input-dropout", "0.3",
           "--state-dropout", "0.2", "--lm-samples", "6", "--no-variational",
           "--checkpoint-minutes", "1e-9"]  # fmt: skip
SOME, MANY = ["--epochs", "12", "--patience", "12"], ["--epochs", "4000", "--patience", "4000"]
RESUME_ALL = "see what it said last, then start all of them again with --resume, from the last checkpoint"


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def start_one(eight, output, *options, settings=None):
    """A process that trains, the TF_CONFIG of one of several if there are settings."""
    command = [sys.executable, "-c", PROGRAM, "train", str(eight), "--dev", str(eight), "--output", str(output)]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    return subprocess.Popen(
        [*command, *OPTIONS, *options],
        env=environment | ({"TF_CONFIG": json.dumps(settings)} if settings else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_two(eight, output, *options, follower=None):
    """The chief, and a follower whose options may be others."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    return [
        start_one(
            eight,
            output,
            *given,
            settings={"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}},
        )
        for index, given in enumerate([options, follower or options])
    ]


def ended(process):
    """The exit code, and what was said on standard output and, but for the wait for others, on standard error."""
    out, errors = process.communicate(timeout=PATIENCE_S)
    rest = re.sub(r"\Awaiting for 127\.0\.0\.1:\d+\n", "", errors)
    return process.returncode, out, rest


def done(*processes):
    for process in processes:
        code, _, errors = ended(process)
        assert code == 0, errors


def wait(process, holds):
    """Until something holds, which a process that is still at work brings about."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def epochs_of(output):
    history = output.with_name("model.unfinished") / "history.jsonl"
    return history.read_text().count("\n") if history.exists() else 0


def checkpoint_of(output):
    return output.with_name("model.unfinished") / "checkpoint"


@pytest.fixture(scope="module")
def two(eight, tmp_path_factory):
    """The model of two workers whom nothing disturbs."""
    folder = tmp_path_factory.mktemp("two")
    done(*start_two(eight, folder / "model", *SOME))
    assert [path.name for path in folder.iterdir()] == ["model"]
    return folder / "model"


def test_two_workers_learn_what_one_does_from_the_same_batches(eight, two, tmp_path):
    """Batches of three sentences, the last of two: shares of one and two, and of one each; masks are of every step."""
    done(start_one(eight, tmp_path / "model", *SOME))
    weights = load_file(two / "weights.safetensors")
    for name, weight in load_file(tmp_path / "model" / "weights.safetensors").items():
        np.testing.assert_allclose(weights[name], weight, atol=2e-5, err_msg=name)


def test_where_the_chief_dies_the_follower_ends_and_resumed_they_make_the_same_bytes(eight, two, tmp_path):
    chief, follower = start_two(eight, tmp_path / "model", *SOME)
    wait(chief, checkpoint_of(tmp_path / "model").exists)
    chief.kill()
    chief.communicate()
    code, _, errors = ended(follower)
    assert (code, errors) == (2, f"tagger: another worker is gone; {RESUME_ALL}\n")
    state = json.loads((checkpoint_of(tmp_path / "model") / "state.json").read_text())
    assert state["progress"]["position"] != {"epoch": 1, "steps": 0}
    assert not (tmp_path / "model").exists()
    chief, follower = start_two(eight, tmp_path / "model", *SOME, "--resume")
    said = [ended(chief), ended(follower)]
    assert [(code, errors) for code, _, errors in said] == [(0, "")] * 2
    assert all("going on in epoch" in out for _, out, _ in said)
    assert content(tmp_path / "model") == content(two)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_where_a_follower_is_ended_the_chief_says_so_and_keeps_its_checkpoint(eight, tmp_path):
    chief, follower = start_two(eight, tmp_path / "model", *MANY)
    wait(chief, checkpoint_of(tmp_path / "model").exists)
    follower.terminate()
    assert ended(follower)[0] == 128 + signal.SIGTERM
    code, _, errors = ended(chief)
    assert (code, errors) == (2, f"tagger: another worker is gone; {RESUME_ALL}\n")
    assert checkpoint_of(tmp_path / "model").exists()
    assert not (tmp_path / "model").exists()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads where Linux lists them")
def test_threads_do_not_pile_up_and_one_interrupt_ends_the_epoch_in_all_processes(eight, tmp_path):
    chief, follower = start_two(eight, tmp_path / "model", *MANY)
    threads = []
    for epochs in (5, 40):
        wait(chief, lambda epochs=epochs: epochs_of(tmp_path / "model") >= epochs)
        threads.append(len(list(Path(f"/proc/{chief.pid}/task").iterdir())))
    assert threads[1] < threads[0] + 35  # less than one an epoch, each of three steps
    follower.send_signal(signal.SIGINT)
    (code, out, errors), (_, chief_out, chief_errors) = ended(follower), ended(chief)
    assert (code, chief.returncode, chief_errors) == (0, 0, "")
    assert errors.strip() == "Ending the epoch; Ctrl-C again stops at once."
    assert "Dev, after the best epoch" not in out
    assert "go on with the same command and --resume" in chief_out
    assert out.splitlines()[-1].split()[0] == str(epochs_of(tmp_path / "model"))
    assert (tmp_path / "model" / "weights.safetensors").exists()
    assert checkpoint_of(tmp_path / "model").exists()


def test_a_worker_with_another_option_names_it_and_the_chief_ends_too(eight, tmp_path):
    chief, follower = start_two(eight, tmp_path / "model", "--epochs", "3", follower=["--epochs", "4"])
    code, out, errors = ended(follower)
    assert (code, out.count("epoch")) == (2, 0)
    assert re.fullmatch("tagger: --epochs 4: the chief's run was begun with --epochs 3; .*\n", errors)
    code, _, errors = ended(chief)
    assert (code, errors.count("\n")) == (2, 1)
    assert errors.startswith("tagger: another worker ")
    assert list(tmp_path.iterdir()) == []


DEVICES = """
import sys
sys.path.insert(0, {tests!r})
import tagger.training
import numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from builders import NOISY, TRAIN_ROWS, legal, random_batch, small_config, small_network, spelled
from tagger.training.distribution import find_replicas
from tagger.training.learner import Learner

LENGTHS = [[3, 1, 4, 2, 5], [2, 6], [3]]
BATCHES = [legal(random_batch(lengths, seed, rows=TRAIN_ROWS)) for seed, lengths in enumerate(LENGTHS)]
tf.config.list_logical_devices = lambda kind: ["card", "card"]  # in our eyes; TensorFlow itself finds the two CPUs

def learned(options, replicas):
    network = small_network(**options)
    learner = Learner(network, small_config(**options), replicas)
    for number, batch in enumerate(BATCHES, start=5):  # the step numbered 7 moves the averages
        losses = learner.step(spelled(batch) if "characters" in options else batch, number, 0.01)
    return learner.state() | {{"losses": np.array([losses.tags, losses.language_model])}}

SMALL = {{"character_size": 4, "character_features": 3, "character_dropout": 0.3}}
OTHERS = [{{"characters": "cnn", "head": "crf", "word_dropout": 0.2, "average_decay": 0.5}} | SMALL,
          {{"characters": "lstm", "layers": 2, "share_layers": True}} | SMALL]
for options in ({{}}, {{"lm_weight": 0.0}}, *OTHERS):
    options |= NOISY
    one = learned(options, None)
    several = learned(options, find_replicas(None))
    untrained = small_network(**options).weights()
    for name, value in one.items():
        np.testing.assert_allclose(several[name], value, rtol=2e-5, atol=2e-6, err_msg=name)
    assert not np.allclose(one["tag_head.bias"], untrained["tag_head.bias"].value)
    print(len(one))
"""


def test_several_devices_of_a_process_learn_what_one_does():
    """Two, of which one has no sentence of the last batch; and four runs, one after the other, in one process."""
    script = DEVICES.format(tests=str(TESTS))
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.split()) == 4
