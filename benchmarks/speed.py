"""Tokens per second from raw text to JSON lines, this tagger beside its peers, whole processes one after the other.

    python benchmarks/speed.py FILE --model default=DIR --model int8=DIR [--rounds 2] [--best]
        [--spacy PYTHON MODEL] [--crfsuite PYTHON MODEL] [--flair PYTHON VECTORS]

Peers live in environments of their own (spacy; sklearn-crfsuite and sentencex; flair and sentencex) and are trained by
benchmarks/peers/*_peer.py. Tokens are counted as `split_text` has them, for all alike; a document is a paragraph.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tagger.corpus.text import split_text

HERE = Path(__file__).parent
SPACY_SHARE, FLAIR_SHARE = 4, 10  # they would take minutes over all of the text


@dataclass(frozen=True)
class Contender:
    """A program that takes a text and the place of its results as its last two arguments."""

    name: str
    command: Sequence[str]
    share: int = 1  # it gets so small a part of the text


def main() -> None:
    """Measure all contenders in turn and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--spacy", nargs=2, metavar=("PYTHON", "MODEL"))
    parser.add_argument("--crfsuite", nargs=2, metavar=("PYTHON", "MODEL"))
    parser.add_argument("--flair", nargs=2, metavar=("PYTHON", "VECTORS"))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--best", action="store_true", help="each with the settings alone that proved quickest for it")
    arguments = parser.parse_args()
    contenders = list(contenders_of(arguments))
    with tempfile.TemporaryDirectory() as work:
        texts = {share: part_of(arguments.file, share, Path(work)) for share in {one.share for one in contenders}}
        tokens = {share: count(path) for share, path in texts.items()}
        seconds: dict[str, list[float]] = {one.name: [] for one in contenders}
        for number in range(arguments.rounds):
            for one in contenders:
                output = Path(work, f"{number}.jsonl")
                seconds[one.name].append(timed([*one.command, str(texts[one.share]), str(output)]))
                output.unlink()
                print(f"{one.name}: {seconds[one.name][-1]:.1f} s", file=sys.stderr, flush=True)
    print("| | seconds | tokens/s |\n|---|---|---|")
    for one in contenders:
        rate = tokens[one.share] / median(seconds[one.name])
        print(f"| {one.name} | {', '.join(f'{value:.1f}' for value in seconds[one.name])} | {rate:,.0f} |")


def contenders_of(arguments: argparse.Namespace) -> Iterator[Contender]:
    tag = [sys.executable, str(HERE / "tag_paragraphs.py")]
    for model in arguments.model:
        name, _, directory = model.partition("=")
        for processes, threads in ((2, "1 thread each"), (1, "2 threads"))[: 1 if arguments.best else 2]:
            plural = "es" * (processes > 1)
            yield Contender(
                f"tagger, {name}, {processes} process{plural}, {threads}", [*tag, directory, str(processes)]
            )
    if arguments.spacy:
        python, model = arguments.spacy
        for batch in (256,) if arguments.best else (64, 256):
            command = peer("spacy", python, model, ["--processes", "2", "--batch", str(batch)])
            yield Contender(f"spaCy, 2 processes, batches of {batch}", command, SPACY_SHARE)
    if arguments.crfsuite:
        python, model = arguments.crfsuite
        yield Contender("CRFsuite, 2 processes", peer("crfsuite", python, model, ["--processes", "2"]))
    if arguments.flair:
        python, vectors = arguments.flair
        for batch in (128,) if arguments.best else (32, 128):
            command = peer("flair", python, vectors, ["--batch", str(batch)])
            yield Contender(f"Flair, batches of {batch}", command, FLAIR_SHARE)


def peer(name: str, python: str, model: str, options: Sequence[str]) -> list[str]:
    return [python, str(HERE / "peers" / f"{name}_peer.py"), "tag", *options, model]


def part_of(file: Path, share: int, work: Path) -> Path:
    """The first part of a text, up to the end of a line."""
    text = file.read_bytes().decode()
    end = text.rfind("\n", 0, len(text) // share) + 1
    path = work / f"text-{share}.txt"
    path.write_bytes(text[:end].encode())
    return path


def count(path: Path) -> int:
    return sum(len(sentence.tokens) for sentence in split_text(path.read_bytes().decode()))


def timed(command: Sequence[str]) -> float:
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
