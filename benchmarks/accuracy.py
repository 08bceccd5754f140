"""Trains and scores the runs of a table, keeps what is done and goes on after a stop.

    python benchmarks/accuracy.py --work /tmp/runs          train what is missing, then print the results
    python benchmarks/accuracy.py --work /tmp/runs --print  only print them

Corpora are read from the directory in TAGGER_CORPORA, by default ../shared; its README names them.
"""

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from tagger import read_conll, write_conll

CORPORA = Path(os.environ.get("TAGGER_CORPORA", Path(__file__).parents[2] / "shared"))
CONLL, WNUT, TWITTER = (CORPORA / "corpora" / name for name in ("conll2003", "wnut17", "hse_twitter"))
VECTORS = CORPORA / "vectors" / "glove.6B.100d.200k.txt"
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Experiment:
    """A setting to train with every seed; `share` keeps every nth sentence of train."""

    name: str
    train: Path
    dev: Path
    test: Path | None = None
    share: int = 1
    options: tuple[str, ...] = ("--vectors", str(VECTORS))


NO_HEAD = ("--vectors", str(VECTORS), "--lm-weight", "0")
LARGE = ("--vectors", str(VECTORS), "--batch-size", "128", "--learning-rate")
EXPERIMENTS = (
    Experiment("conll2003", CONLL / "eng.train", CONLL / "eng.testa"),
    Experiment("hse_twitter", TWITTER / "train.conll", TWITTER / "dev.conll", TWITTER / "test.conll"),
    Experiment(
        "hse_twitter, head off", TWITTER / "train.conll", TWITTER / "dev.conll", TWITTER / "test.conll", 1, NO_HEAD
    ),
    Experiment("wnut17", WNUT / "train.conll", WNUT / "dev.conll"),
    Experiment("wnut17, head off", WNUT / "train.conll", WNUT / "dev.conll", None, 1, NO_HEAD),
    Experiment("conll2003, head off", CONLL / "eng.train", CONLL / "eng.testa", None, 1, NO_HEAD),
    Experiment("conll2003, 10 %", CONLL / "eng.train", CONLL / "eng.testa", None, 10),
    Experiment("conll2003, 10 %, head off", CONLL / "eng.train", CONLL / "eng.testa", None, 10, NO_HEAD),
    Experiment("conll2003, batch 128", CONLL / "eng.train", CONLL / "eng.testa", None, 1, (*LARGE, "0.008")),
    Experiment(
        "conll2003, batch 128, rate 0.004", CONLL / "eng.train", CONLL / "eng.testa", None, 1, (*LARGE, "0.004")
    ),
)


def main() -> None:
    """Train what has no result yet, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory for models, logs and results.jsonl")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="experiments to train; the others are only printed")
    parser.add_argument("--print", action="store_true", dest="only_print", help="train nothing")
    arguments = parser.parse_args()
    if not CORPORA.is_dir():
        sys.exit(f"{CORPORA}: no corpora there; set TAGGER_CORPORA to where they are")
    arguments.work.mkdir(parents=True, exist_ok=True)
    place = arguments.work / "results.jsonl"
    results = read_results(place)
    for experiment in EXPERIMENTS:
        for seed in SEEDS:
            wanted = not arguments.only_print and (not arguments.only or experiment.name in arguments.only)
            if wanted and (experiment.name, seed) not in results:
                result = run(experiment, seed, arguments.work)
                with place.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(result) + "\n")
                results[experiment.name, seed] = result
    print_tables(results)


def run(experiment: Experiment, seed: int, work: Path) -> dict[str, Any]:
    """Train and score one model through the command line, as a user would."""
    name = f"{experiment.name}-{seed}".replace(", ", "-").replace(" ", "")
    model = work / name
    train = thinned(experiment, work)
    command = ["train", str(train), "--dev", str(experiment.dev), "--output", str(model), "--seed", str(seed)]
    started = time.perf_counter()
    log = tagger(*command, *experiment.options)
    seconds = time.perf_counter() - started
    (work / f"{name}.log").write_text(log, encoding="utf-8")
    epochs = [line.split() for line in log.splitlines() if line[:5].strip().isdigit()]
    files = {"dev": experiment.dev} | ({"test": experiment.test} if experiment.test else {})
    return {
        "experiment": experiment.name,
        "seed": seed,
        "command": shlex.join(["tagger", *command, *experiment.options]),
        "seconds": seconds,
        "epochs": len(epochs),
        "tokens_per_second": mean(float(cells[8].replace(",", "")) for cells in epochs),
        "scores": {
            part: json.loads(tagger("evaluate", str(model), str(file), "--json")) for part, file in files.items()
        },
        "commit": git("rev-parse", "--short", "HEAD"),
        "clean": not git("status", "--porcelain", "--", ":/tagger"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }


def thinned(experiment: Experiment, work: Path) -> Path:
    """The training file, or every nth sentence of it."""
    if experiment.share == 1:
        return experiment.train
    place = work / f"{experiment.train.name}.{experiment.share}"
    write_conll(place, read_conll(experiment.train)[:: experiment.share])
    return place


def tagger(*arguments: str) -> str:
    """What the program prints."""
    return subprocess.run(
        [sys.executable, "-m", "tagger", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True, cwd=Path(__file__).parent
    ).stdout.strip()


def read_results(place: Path) -> dict[tuple[str, int], dict[str, Any]]:
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    return {(result["experiment"], result["seed"]): result for result in map(json.loads, lines)}


def print_tables(results: dict[tuple[str, int], dict[str, Any]]) -> None:
    """Markdown: strict F1 of each seed in percent, mean and standard deviation, unseen F1, time and throughput."""
    print("| experiment | part | seeds | mean F1 | sd | unseen F1 | epochs | minutes | tokens/s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for experiment in EXPERIMENTS:
        runs = [results[experiment.name, seed] for seed in SEEDS if (experiment.name, seed) in results]
        for part in runs[0]["scores"] if runs else ():
            print_row(experiment.name, part, runs)
    for result in results.values():
        print(
            f"\n    {result['command']}\n    {result['seconds']:.0f} s, commit {result['commit']}, {result['machine']}"
        )


def print_row(name: str, part: str, runs: list[dict[str, Any]]) -> None:
    f1 = [100 * run["scores"][part]["strict"]["micro"]["f1"] for run in runs]
    unseen = mean(100 * run["scores"][part]["unseen"]["micro"]["f1"] for run in runs)
    spread = f"{stdev(f1):.2f}" if len(f1) > 1 else "-"
    seeds = ", ".join(f"{value:.2f}" for value in f1)
    epochs = ", ".join(str(run["epochs"]) for run in runs)
    minutes = mean(run["seconds"] / 60 for run in runs)
    speed = mean(run["tokens_per_second"] for run in runs)
    print(
        f"| {name} | {part} | {seeds} | {mean(f1):.2f} | {spread} | {unseen:.2f} "
        f"| {epochs} | {minutes:.1f} | {speed:,.0f} |"
    )


if __name__ == "__main__":
    main()
