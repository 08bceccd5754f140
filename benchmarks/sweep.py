"""Trains every setting of a table on several corpora and prints dev F1; keeps what is done and goes on after a stop.

    python benchmarks/sweep.py --work DIR [--table benchmarks/sweep.toml] [--corpora quarter wnut17 ...] [--seeds 1 2]
    python benchmarks/sweep.py --work DIR --print

Corpora are read from the directory in TAGGER_CORPORA, by default ../shared.
"""

import argparse
import json
import shlex
import tomllib
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from accuracy import CONLL, TWITTER, VECTORS, WNUT, Experiment, read_results, run

CORPORA = {
    "quarter": (CONLL / "eng.train", CONLL / "eng.testa", 4),  # of CoNLL-2003, every fourth sentence
    "conll2003": (CONLL / "eng.train", CONLL / "eng.testa", 1),
    "wnut17": (WNUT / "train.conll", WNUT / "dev.conll", 1),
    "hse_twitter": (TWITTER / "train.conll", TWITTER / "dev.conll", 1),
}


def main() -> None:
    """Train what has no result yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory for models, logs and results.jsonl")
    parser.add_argument("--table", type=Path, default=Path(__file__).with_suffix(".toml"))
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=["quarter", "wnut17", "hse_twitter"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--only", nargs="+", metavar="SETTING")
    parser.add_argument("--no-vectors", action="store_true")
    parser.add_argument("--print", action="store_true", dest="only_print", help="train nothing")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    settings = tomllib.loads(arguments.table.read_text(encoding="utf-8"))["settings"]
    results = read_results(arguments.work / "results.jsonl")
    if not arguments.only_print:
        for seed in arguments.seeds:
            for corpus in arguments.corpora:
                for setting in arguments.only or settings:
                    experiment = experiment_of(corpus, setting, settings[setting], arguments.no_vectors)
                    train(experiment, seed, arguments.work, results)
    print_table(settings, results)


def experiment_of(corpus: str, setting: str, options: str, no_vectors: bool) -> Experiment:
    """A setting on a corpus, with its name in the results."""
    train_file, dev, share = CORPORA[corpus]
    vectors = () if no_vectors else ("--vectors", str(VECTORS))
    name = f"{corpus}: {setting}{', no vectors' * no_vectors}"
    return Experiment(name, train_file, dev, None, share, (*vectors, *shlex.split(options)))


def train(experiment: Experiment, seed: int, work: Path, results: dict[Any, Any]) -> None:
    """Train one model, unless it is done."""
    if (experiment.name, seed) in results:
        return
    result = run(experiment, seed, work)
    with (work / "results.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(result) + "\n")
    results[experiment.name, seed] = result
    print(f"{experiment.name}, seed {seed}: {f1_of(result):.2f} ({result['seconds']:.0f} s)", flush=True)


def print_table(settings: Iterable[str], results: dict[Any, Any]) -> None:
    """Markdown: for each setting and corpus the mean strict F1 on dev in percent, its deviation and number of seeds."""
    names = list(dict.fromkeys(name for name, _ in results))
    print("| corpus and setting | seeds | F1 | sd | minutes |\n|---|---|---|---|---|")
    for name in sorted(names):
        runs = [result for (other, _), result in results.items() if other == name]
        scores = [f1_of(result) for result in runs]
        spread = f"{stdev(scores):.2f}" if len(scores) > 1 else "-"
        minutes = mean(result["seconds"] for result in runs) / 60.0
        print(f"| {name} | {len(runs)} | {mean(scores):.2f} | {spread} | {minutes:.1f} |")


def f1_of(result: dict[str, Any]) -> float:
    return 100.0 * float(result["scores"]["dev"]["strict"]["micro"]["f1"])


if __name__ == "__main__":
    main()
