"""Epoch times on CoNLL-2003 by batch size and layers, with the language-model head on and off.

    python benchmarks/epochs.py --work DIR [--layers 1 2] [--sizes 8 16 32 64 128]

Whole runs of `tagger train`, one after the other; the first epoch, which traces the step, stands apart. The
corpus and the vectors are read from the directory in TAGGER_CORPORA, by default ../shared.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

CORPORA = Path(os.environ.get("TAGGER_CORPORA", Path(__file__).parents[2] / "shared"))
CONLL = CORPORA / "corpora" / "conll2003"
FILES = ("--dev", CONLL / "eng.testa", "--vectors", CORPORA / "vectors" / "glove.6B.100d.200k.txt")
WORDS_ONLY = ("--units", "128", "--characters", "none", "--average-decay", "0")  # the network of training.py
SECONDS, RATE = -2, -1  # columns of the table that `train` prints
TOKENS = 203_621  # of eng.train


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory for the models")
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    print("| layers | batch | head | first epoch, s | later epochs, s | of them steps, s | tokens/s |")
    print("|---|---|---|---|---|---|---|")
    for layers in arguments.layers:
        for size in arguments.sizes:
            for head, weight in (("off", "0"), ("on", "0.1")):
                options = ["--layers", layers, "--batch-size", size, "--lm-weight", weight]
                options += ["--epochs", arguments.epochs, *WORDS_ONLY]
                epochs = train(arguments.work / "model", options)
                seconds, rate = (median(epoch[place] for epoch in epochs[1:]) for place in (0, 1))
                steps = TOKENS / rate
                row = f"| {layers} | {size} | {head} | {epochs[0][0]:.1f} | {seconds:.1f} | {steps:.1f} | {rate:,.0f} |"
                print(row, flush=True)


def train(model: Path, options: list[object]) -> list[tuple[float, float]]:
    """Seconds and tokens/s of each epoch."""
    shutil.rmtree(model, ignore_errors=True)
    command = [sys.executable, "-m", "tagger", "train", CONLL / "eng.train", *FILES, "--output", model, *options]
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    rows = [line.split() for line in done.stdout.splitlines() if line[:5].strip().isdigit()]
    return [(float(row[SECONDS]), float(row[RATE].replace(",", ""))) for row in rows]


if __name__ == "__main__":
    main()
