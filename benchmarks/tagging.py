"""Times `tagger tag` as a whole process: starting on one sentence, and over a file.

python benchmarks/tagging.py MODEL FILE [--runs 11]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tagger import read_conll, write_conll


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=11)
    arguments = parser.parse_args()
    sentences = read_conll(arguments.file, labelled=False)
    tokens = sum(len(sentence.tokens) for sentence in sentences)
    with tempfile.TemporaryDirectory() as work:
        one = Path(work) / "one.conll"
        write_conll(one, sentences[:1])
        start = seconds_of(arguments.model, one, arguments.runs)
        whole = seconds_of(arguments.model, arguments.file, arguments.runs)
    print(f"one sentence: {describe(start)}")
    print(f"{tokens:,} tokens: {describe(whole)}; {tokens / median(whole):,.0f} tokens/s with starting")
    print(f"beyond starting: {tokens / (median(whole) - median(start)):,.0f} tokens/s")


def seconds_of(model: Path, file: Path, runs: int) -> list[float]:
    """Wall seconds of each run, after one that is not counted."""
    command = [sys.executable, "-m", "tagger", "tag", str(model), str(file)]
    seconds = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def describe(seconds: list[float]) -> str:
    return f"median {median(seconds):.2f} s (min {min(seconds):.2f}, max {max(seconds):.2f}, {len(seconds)} runs)"


if __name__ == "__main__":
    main()
