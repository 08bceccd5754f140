"""Kills a training run with SIGKILL at random moments, resumes it each time, and compares the model byte for byte.

    python benchmarks/killed.py --work DIR [--kills 20] [--seed 1]

The run is a short one on data/sample with a checkpoint every second, so that kills fall into the reading of files,
the steps, the scoring of dev, the writing of checkpoints and of the model.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
OPTIONS = ("--epochs", "40", "--units", "64", "--state-dropout", "0.1", "--checkpoint-minutes", "0.0167")
LATEST = 12.0  # seconds after its start at which a process is killed; it learns from the third or fourth on


def main() -> None:
    """Train once undisturbed and once killed again and again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory for the two models")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    whole, killed = arguments.work / "whole", arguments.work / "killed"

    train(whole).communicate()
    moments, kills = random.Random(arguments.seed), 0
    while kills < arguments.kills:
        process, moment = train(killed, "--resume"), moments.uniform(0.0, LATEST)
        try:
            process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            kills += 1
            process.send_signal(signal.SIGKILL)
            output, _ = process.communicate()
            print(f"kill {kills:2} after {moment:4.1f} s: {last_line(output)}", flush=True)
        else:
            report(whole, killed)
            shutil.rmtree(killed)
    train(killed, "--resume").communicate()
    report(whole, killed)


def train(model: Path, *options: str) -> "subprocess.Popen[str]":
    files = [SAMPLE / "train.conll", "--dev", SAMPLE / "dev.conll", "--output", model]
    command = [sys.executable, "-m", "tagger", "train", *map(str, files), *OPTIONS, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def last_line(output: str) -> str:
    """How far a process had come: what it went on from and the last line it printed."""
    lines = output.strip().splitlines()
    if not lines:
        return "before it said anything"
    going_on = next((line for line in lines if line.startswith("going on")), "from the start")
    return f"{going_on}; last said: {' '.join(lines[-1].split())}"


def report(one: Path, other: Path) -> None:
    """Say whether two models are the same, but for the name of the directory in their run.toml."""
    names = sorted(path.name for path in one.iterdir())
    differing = [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]
    print(f"{len(names)} files, {len(differing)} differ {differing or ''}", flush=True)


if __name__ == "__main__":
    main()
