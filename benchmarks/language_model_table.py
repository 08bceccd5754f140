"""What is compared with what, and what has come of it: the table of language_model.py and its results in Markdown."""

import fcntl
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from accuracy import CONLL, TWITTER, WNUT

FILES = {
    "conll2003": {"train": CONLL / "eng.train", "dev": CONLL / "eng.testa"},
    "hse_twitter": {part: TWITTER / f"{part}.conll" for part in ("train", "dev", "test")},
    "wnut17": {part: WNUT / f"{part}.conll" for part in ("train", "dev")},
}
WITH, WITHOUT = "with", "without"
BASELINE = "off"

Results = Mapping[str, dict[str, Any]]  # by the name of the run
Found = Mapping["Run", dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """One training."""

    corpus: str
    percent: int
    vectors: str
    setting: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """Runs that belong together: every combination of its fields."""

    corpora: Sequence[str]
    vectors: Sequence[str] = (WITH,)
    settings: Sequence[str] = ("off", "on", "raw", "pretrained")
    seeds: Sequence[int] = (1, 2, 3)

    def runs(self) -> Iterator[Run]:
        """Seed by seed."""
        for seed, corpus, vectors, setting in product(self.seeds, self.corpora, self.vectors, self.settings):
            name, _, percent = corpus.partition("/")
            yield Run(name, int(percent or 100), vectors, setting, seed)


@dataclass(frozen=True)
class Table:
    """The file of settings."""

    texts: Mapping[str, str]
    pretrained: Mapping[str, str]
    settings: Mapping[str, str]
    shares: Mapping[str, str]
    plans: Mapping[str, Plan]

    def options(self, run: Run) -> str:
        """Of `tagger train`, with names of texts and models in braces."""
        share = self.shares.get(f"{run.corpus}/{run.percent}", self.shares[str(run.percent)])
        return f"{share} {self.settings[run.setting]}".strip()

    def models(self, run: Run) -> list[str]:
        """Pretrained models that a run begins with."""
        return [name for name in self.pretrained if f"{{{name}}}" in self.settings[run.setting]]

    def name(self, run: Run) -> str:
        """What tells a run, its options among them, from all others."""
        shaping = [self.options(run), *(self.pretrained[model] for model in self.models(run))]
        setting = re.sub(r"\W+", "-", run.setting)
        return f"{run.corpus}-{run.percent}-{run.vectors}-{setting}-{run.seed}-{_digest(shaping)}"

    def model_name(self, model: str, vectors: str) -> str:
        """What tells a pretrained model from one of other options."""
        return f"{model}-{vectors}-{_digest([self.pretrained[model]])}"


def read_table(path: Path) -> Table:
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    plans = {name: Plan(**plan) for name, plan in values.pop("plans").items()}
    return Table(**values, plans=plans)


def append(place: Path, result: Mapping[str, Any]) -> None:
    with place.open("a", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write(json.dumps(result) + "\n")


def read_results(place: Path) -> Results:
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    return {result["name"]: result for result in map(json.loads, lines)}


def current(table: Table, results: Results) -> Found:
    """The results whose options are those of the table today, in the order of its settings."""
    runs = {name: Run(*(result[field.name] for field in fields(Run))) for name, result in results.items()}
    known = (run for run in runs.values() if run.setting in table.settings and str(run.percent) in table.shares)
    order = list(table.settings)
    ordered = sorted(known, key=lambda run: (run.percent, order.index(run.setting), run.seed))
    return {run: results[table.name(run)] for run in ordered if table.name(run) in results}


def scores(found: Found, run: Run, part: str, kind: str = "strict") -> dict[int, float]:
    """F1 in percent by seed, of the runs that differ from one in their seed alone."""
    return {
        one.seed: 100.0 * result["scores"][part][kind]["micro"]["f1"]
        for one, result in found.items()
        if replace(one, seed=run.seed) == run
    }


def print_tables(table: Table, results: Results) -> None:
    """Markdown: strict F1 on each part, seed by seed, and the gain over the baseline."""
    found = current(table, results)
    for corpus, vectors in product(FILES, (WITH, WITHOUT)):
        runs = {replace(run, seed=0): None for run in found if (run.corpus, run.vectors) == (corpus, vectors)}
        if runs:
            print(f"\n### {corpus}, {vectors} vectors\n")
            print("| train | setting | part | F1 by seed | mean | sd | gain | unseen | epochs | minutes | commit |")
            print("|---|---|---|---|---|---|---|---|---|---|---|")
            print("\n".join(row(found, run, part) for run in runs for part in FILES[corpus] if part != "train"))
    print(f"\nThe gain is over `{BASELINE}`, in the mean of the seeds that both have. Unseen: entities not in train.")
    if len(found) < len(results):
        print(f"Left out: {len(results) - len(found)} results with options that the table no longer has.")


def row(found: Found, run: Run, part: str) -> str:
    """A line of a table: the runs that differ from one in their seed alone."""
    f1, unseen = scores(found, run, part), scores(found, run, part, "unseen")
    made = [found[replace(run, seed=seed)] for seed in f1]
    gain = gains(f1, scores(found, replace(run, setting=BASELINE), part)) if run.setting != BASELINE else []
    cells = [f"{run.percent} %", run.setting, part, ", ".join(f"{seed}: {value:.2f}" for seed, value in f1.items())]
    cells += [f"{mean(f1.values()):.2f}", f"{stdev(f1.values()):.2f}" if len(f1) > 1 else "one seed"]
    cells += [f"{mean(gain):+.2f}" if gain else "", f"{mean(unseen.values()):.2f}"]
    cells += [", ".join(str(result["epochs"]) for result in made), minutes(made)]
    return f"| {' | '.join(cells)} | {', '.join(dict.fromkeys(map(commit, made)))} |"


def gains(f1: Mapping[int, float], baseline: Mapping[int, float]) -> list[float]:
    """Differences, seed by seed, where both have one."""
    return [value - baseline[seed] for seed, value in f1.items() if seed in baseline]


def minutes(made: Iterable[dict[str, Any]]) -> str:
    """The mean of runs that were not stopped in between, whose time is not known."""
    whole = [result["seconds"] / 60.0 for result in made if not result["resumed"]]
    return f"{mean(whole):.1f}" if whole else ""


def commit(result: Mapping[str, Any]) -> str:
    return f"{result['commit']}{'' if result['clean'] else ' and changes'}"


def print_commands(*results: Results) -> None:
    for result in (one for some in results for one in some.values()):
        resumed = "since it went on, " if result.get("resumed") else ""
        print(f"\n    {result['command']}")
        print(f"    {result['seconds']:.0f} s, {resumed}commit {commit(result)}, {result['machine']}")


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]
