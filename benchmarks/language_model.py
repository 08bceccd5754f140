"""Trains taggers with the language model off, on, on raw text and pretrained; goes on after a stop.

    python benchmarks/language_model.py --work DIR                        all plans of language_model.toml
    python benchmarks/language_model.py --work DIR --plans tenth full     these
    python benchmarks/language_model.py --work DIR --corpora conll2003/5 wnut17 --only off raw --seeds 2 --vectors with
    python benchmarks/language_model.py --work DIR --print                only print the tables

What is named on the command line replaces what the plans say, and its order is that of the queue: by seed, then corpus,
vectors and setting. Several processes may share one DIR (`taskset -c 0 python ... & taskset -c 1 python ...`):
each takes what no other has, and what a dead one had). Of a model its log and scores are kept. Corpora are read from
the directory in TAGGER_CORPORA, by default ../shared.
"""

import argparse
import fcntl
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean
from typing import Any

from accuracy import CORPORA, VECTORS, Experiment, git, thinned
from language_model_table import (
    FILES,
    WITH,
    WITHOUT,
    Plan,
    Run,
    Table,
    append,
    print_commands,
    print_tables,
    read_results,
    read_table,
)

PROGRAM = (sys.executable, "-m", "tagger")
PAUSE = 15.0  # seconds between looks at what other processes have


class RunError(Exception):
    """A command failed; the text says which and where its log is."""


def main() -> None:
    """Train what has no result yet, then print the tables."""
    arguments = parse_arguments()
    table = read_table(arguments.table)
    well = arguments.only_print or train_all(table, check(table, chosen(table, arguments)), arguments.work)
    results = read_results(arguments.work / "results.jsonl")
    print_tables(table, results)
    print_commands(read_results(arguments.work / "pretraining.jsonl"), results)
    sys.exit(0 if well else 1)


def train_all(table: Table, runs: list[Run], work: Path) -> bool:
    """Train what has no result yet; whether all went well."""
    for place in ("claims", "logs", "models", "pretrained"):
        (work / place).mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a training ends with this process
    try:
        return work_off(runs, Workshop(work, table))
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory for logs, models and results.jsonl")
    parser.add_argument("--table", type=Path, default=Path(__file__).with_suffix(".toml"))
    parser.add_argument("--plans", nargs="+", metavar="PLAN", help="of the table (default: all, in its order)")
    parser.add_argument("--corpora", nargs="+", metavar="NAME[/PERCENT]", help="in place of the plans' own")
    parser.add_argument("--only", nargs="+", metavar="SETTING", help="in place of the plans' settings")
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--vectors", nargs="+", choices=(WITH, WITHOUT))
    parser.add_argument("--print", action="store_true", dest="only_print", help="train nothing")
    return parser.parse_args()


def chosen(table: Table, arguments: argparse.Namespace) -> list[Run]:
    """The runs that are asked for, in order, each once."""
    for corpus in arguments.corpora or ():
        if not re.fullmatch(r"\w+(/[1-9]\d*)?", corpus):
            sys.exit(f"--corpora: {corpus} is not NAME or NAME/PERCENT")
    unknown = set(arguments.plans or ()) - set(table.plans)
    if unknown:
        sys.exit(f"--plans: {', '.join(sorted(unknown))} not among {', '.join(table.plans)}")
    if arguments.corpora and not arguments.plans:
        plans = [Plan(arguments.corpora)]
    else:
        plans = [table.plans[name] for name in arguments.plans or table.plans]
    named = {"corpora": arguments.corpora, "settings": arguments.only}
    named |= {"seeds": arguments.seeds, "vectors": arguments.vectors}
    replaced = {name: values for name, values in named.items() if values}
    return list(dict.fromkeys(run for plan in plans for run in replace(plan, **replaced).runs()))


def check(table: Table, runs: list[Run]) -> list[Run]:
    """The runs, after a look at whether all that they name is there."""
    if not CORPORA.is_dir():
        sys.exit(f"{CORPORA}: no corpora there; set TAGGER_CORPORA to where they are")
    for run in runs:
        if run.corpus not in FILES:
            sys.exit(f"{run.corpus}: not among {', '.join(FILES)}")
        if run.setting not in table.settings:
            sys.exit(f"{run.setting}: not among the table's settings: {', '.join(table.settings)}")
        if str(run.percent) not in table.shares or 100 % run.percent:
            sys.exit(f"{run.corpus}/{run.percent}: not among the table's shares: {', '.join(table.shares)}")
        names = set(re.findall(r"\{(.*?)\}", table.options(run))) - set(table.texts) - set(table.pretrained)
        if names:
            sys.exit(f"{run.setting}: {', '.join(names)} is neither a text nor a pretrained model of the table")
    return runs


@dataclass(frozen=True)
class Workshop:
    """A directory in which several processes train."""

    work: Path
    table: Table
    broken: set[str] = field(default_factory=set)  # models that could not be made

    def train(self, run: Run) -> bool:
        """Train and score one model; false while another process has it, or a model that it needs.

        Raises:
            RunError: a command failed.
        """
        name = self.table.name(run)
        with claimed(self.work / "claims" / name) as claim:
            if claim is None:
                return False
            if name in read_results(self.work / "results.jsonl"):
                return True
            if not all(self._pretrain(model, run.vectors) for model in self.table.models(run)):
                return False
            result = self._result(run, name, claim)
        f1 = 100.0 * result["scores"]["dev"]["strict"]["micro"]["f1"]
        print(f"{name}: dev {f1:.2f} ({result['seconds']:.0f} s)", flush=True)
        return True

    def _result(self, run: Run, name: str, claim: int) -> dict[str, Any]:
        files, model, log = FILES[run.corpus], self.work / "models" / name, self.work / "logs" / f"{name}.log"
        experiment = Experiment(name, files["train"], files["dev"], share=100 // run.percent)
        command = ["train", str(thinned(experiment, self.work)), "--dev", str(files["dev"])]
        command += ["--output", str(model), "--seed", str(run.seed), *_vectors(run.vectors)]
        command += self._filled(self.table.options(run), run.vectors)
        resumed = model.with_name(f"{name}.unfinished").exists()
        made = {"name": name, "resumed": resumed, **_circumstances(command)}
        made["seconds"] = call([*command, "--resume"], log, claim)
        lines = log.read_text(encoding="utf-8").splitlines()
        if any(line.startswith("the run is not finished") for line in lines):
            raise RunError(f"{name}: it was asked to stop; see {log}")
        epochs = [line.split() for line in lines if line[:5].strip().isdigit()]
        made |= {"epochs": len(epochs), "tokens_per_second": mean(float(row[-1].replace(",", "")) for row in epochs)}
        made["scores"] = {part: self._scores(model, files[part], claim) for part in files if part != "train"}
        append(self.work / "results.jsonl", made | vars(run) | {"options": self.table.options(run)})
        shutil.rmtree(model)
        return made

    def _scores(self, model: Path, file: Path, claim: int) -> dict[str, Any]:
        log = self.work / "logs" / f"{model.name}.scores"
        call(["evaluate", str(model), str(file), "--json"], log, claim)
        scores: dict[str, Any] = json.loads(log.read_text(encoding="utf-8"))
        log.unlink()
        return scores

    def _pretrain(self, model: str, vectors: str) -> bool:
        """See that a pretrained model is there; false while another process makes it."""
        name = self.table.model_name(model, vectors)
        log = self.work / "logs" / f"{name}.log"
        with claimed(self.work / "claims" / name) as claim:
            if claim is None:
                return False
            if name in read_results(self.work / "pretraining.jsonl"):
                return True
            if name in self.broken:
                raise RunError(f"{name}: not made, and needed by other runs")
            command = ["pretrain", *self._filled(self.table.pretrained[model], vectors), *_vectors(vectors)]
            command += ["--output", str(self._model(model, vectors))]
            made = {"name": name, **_circumstances(command)}
            self.broken.add(name)
            made["seconds"] = call(command, log, claim)
            self.broken.remove(name)
            append(self.work / "pretraining.jsonl", made)
            print(f"{name}: pretrained ({made['seconds']:.0f} s)", flush=True)
            return True

    def _filled(self, options: str, vectors: str) -> list[str]:
        """Options with paths for the names in braces."""
        places = {name: CORPORA / place for name, place in self.table.texts.items()}
        places |= {name: self._model(name, vectors) for name in self.table.pretrained}
        return [word.format(**places) for word in shlex.split(options)]

    def _model(self, model: str, vectors: str) -> Path:
        return self.work / "pretrained" / self.table.model_name(model, vectors)


def work_off(runs: list[Run], workshop: Workshop) -> bool:
    """Train every run, here or in another process; whether all went well."""
    waiting, well = list(runs), True
    while waiting:
        for run in waiting:
            try:
                over = workshop.train(run)
            except RunError as error:
                print(error, file=sys.stderr, flush=True)
                over, well = True, False
            if over:
                waiting.remove(run)
                break
        else:
            time.sleep(PAUSE)
    return well


@contextmanager
def claimed(place: Path) -> Iterator[int | None]:
    """A lock that ends with the process and what it has started; none where another has it.

    The file holds the process's number, for people to read, and stays.
    """
    with place.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        stream.truncate(0)
        print(os.getpid(), file=stream, flush=True)
        yield stream.fileno()


def call(command: Sequence[str], log: Path, claim: int) -> float:
    """Run the program, its output into a log, and give the seconds it took; the claim is held as long as it lives.

    Raises:
        RunError: it failed.
    """
    progress = log.with_suffix(".progress")
    started = time.perf_counter()
    with log.open("wb") as out, progress.open("wb") as error:
        code = subprocess.run([*PROGRAM, *command], stdout=out, stderr=error, pass_fds=(claim,), check=False).returncode
    if code:
        last = progress.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        raise RunError(f"{log.stem}: {command[0]} failed with {code}: {last} (see {progress})")
    progress.unlink()
    return time.perf_counter() - started


def _circumstances(command: Sequence[str]) -> dict[str, Any]:
    return {
        "command": shlex.join(["tagger", *command]),
        "commit": git("rev-parse", "--short", "HEAD"),
        "clean": not git("status", "--porcelain", "--", ":/tagger"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }


def _vectors(vectors: str) -> list[str]:
    return ["--vectors", str(VECTORS)] if vectors == WITH else []


if __name__ == "__main__":
    main()
