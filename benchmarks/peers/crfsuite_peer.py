"""A conditional random field over hand-made features, in CRFsuite through sklearn-crfsuite.

    python benchmarks/peers/crfsuite_peer.py train TRAIN DEV MODEL
    python benchmarks/peers/crfsuite_peer.py tag MODEL FILE OUT [--processes N]

Features are those of sklearn-crfsuite's tutorial: word, suffixes, form, and those of both neighbours. Raw text is split
by our own `split_text`, so that only what follows differs.
"""

import argparse
import json
import multiprocessing
from collections import Counter
from pathlib import Path

import pycrfsuite
import sklearn_crfsuite
from texts import paragraphs, read_columns

from tagger.corpus.text import split_text

_model: pycrfsuite.Tagger


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train")
    for name in ("train", "dev", "model"):
        training.add_argument(name)
    tagging = commands.add_parser("tag")
    for name in ("model", "file", "out"):
        tagging.add_argument(name)
    tagging.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.command == "train":
        train(arguments.train, arguments.dev, arguments.model)
    else:
        tag(arguments.model, arguments.file, arguments.out, arguments.processes)


def features(tokens: list[str]) -> list[dict[str, object]]:
    """Of each token: its own, and its neighbours' with a sign before them."""
    own = [
        {
            "lower": token.lower(),
            "suffix3": token[-3:],
            "suffix2": token[-2:],
            "upper": token.isupper(),
            "title": token.istitle(),
            "digit": token.isdigit(),
        }
        for token in tokens
    ]
    found = []
    for place, token in enumerate(own):
        row: dict[str, object] = {"bias": 1.0, **token}
        for shift in (-1, 1):
            if 0 <= place + shift < len(own):
                near = own[place + shift]
                row |= {f"{shift}:{name}": near[name] for name in ("lower", "title", "upper")}
            else:
                row[f"{shift}:edge"] = True
        found.append(row)
    return found


def entities(tags: list[str]) -> list[tuple[int, int, str]]:
    """Spans of IOB2 tags."""
    found: list[tuple[int, int, str]] = []
    for place, tag in enumerate(tags):
        if tag.startswith("B-") or (tag.startswith("I-") and (not found or found[-1][1:] != (place, tag[2:]))):
            found.append((place, place + 1, tag[2:]))
        elif tag.startswith("I-"):
            found[-1] = (found[-1][0], place + 1, tag[2:])
    return found


def train(train_file: str, dev_file: str, model: str) -> None:
    sentences = list(read_columns(train_file))
    options = {"c1": 0.1, "c2": 0.1, "max_iterations": 100, "all_possible_transitions": True}
    crf = sklearn_crfsuite.CRF(algorithm="lbfgs", model_filename=model, **options)
    crf.fit([features(tokens) for tokens, _ in sentences], [tags for _, tags in sentences])
    counts: Counter[str] = Counter()
    for tokens, tags in read_columns(dev_file):
        gold, found = set(entities(tags)), set(entities(list(crf.predict_single(features(tokens)))))
        counts.update(right=len(gold & found), gold=len(gold), found=len(found))
    print(f"dev F1 {200.0 * counts['right'] / (counts['gold'] + counts['found']):.2f}")


def tag(model: str, file: str, out: str, processes: int) -> None:
    with Path(out).open("w", encoding="utf-8") as stream, multiprocessing.Pool(processes, load, (model,)) as pool:
        for line in pool.imap(tagged, paragraphs(file), chunksize=64):
            stream.write(line)


def load(model: str) -> None:
    global _model  # noqa: PLW0603 - a worker has no other place for it
    _model = pycrfsuite.Tagger()
    _model.open(model)


def tagged(text: str) -> str:
    found = []
    for sentence in split_text(text):
        for start, end, type_ in entities(list(_model.tag(features(list(sentence.tokens))))):
            first, last = sentence.starts[start], sentence.starts[end - 1] + len(sentence.tokens[end - 1])
            found.append({"start": first, "end": last, "type": type_, "text": text[first:last]})
    return json.dumps({"text": text, "entities": found}, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
