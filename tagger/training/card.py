"""The model card: the README that a run writes into the model it made."""

from pathlib import Path
from typing import Any

from tagger.inference.bundle import ContextNote, Manifest

_TEMPLATE = """\
# Named-entity tagger

A bidirectional LSTM tagger for the entity types {types}, trained with `tagger` {version}.

## Run it

    tagger tag MODEL input.conll > output.conll
    tagger evaluate MODEL labelled.conll
    tagger show MODEL

where MODEL is this directory; or from Python:

    from tagger import Tagger
    Tagger.load("MODEL").tag([["Anna", "lives", "in", "Trieste", "."]])

Tagging needs NumPy and ONNX Runtime, not TensorFlow.

## Data

Trained on `{train}`, tags in scheme {scheme}; chosen on {dev}.

| | sentences | tokens | entities |
|---|---|---|---|
{counts}
{unlabelled}{context}
## Scores on dev

Strict scores of entities by seqeval, after epoch {epoch} of {epochs}.

| type | precision | recall | F1 | support |
|---|---|---|---|---|
{scores}

Entities whose surface is no entity of train: F1 {unseen_f1:.4f}, support {unseen_support}.
These scores chose the epoch, so expect a little less on text that no choice has seen.

## What it holds

Words and entity surfaces of {texts} stand in this directory as readable text (`words.txt`, `surfaces.txt`):
share the model only where that text may be known. Seed {seed}; the whole configuration is in `model.json`.
"""


_MOST_NAMED = 10  # files of unlabelled text


def model_card(manifest: Manifest, train: Path, dev: Path | None, best_epoch: int) -> str:
    """The card of a model trained on these files."""
    strict, unseen = manifest.scores["strict"], manifest.scores["unseen"]["micro"]
    rows = [*strict["types"].items(), ("**all**", strict["micro"])]
    return _TEMPLATE.format(
        types=", ".join(f"`{type_}`" for type_ in manifest.data["train"]["entities"]),
        version=manifest.tagger_version,
        train=train.name,
        scheme=manifest.scheme,
        dev=f"`{dev.name}`" if dev else "a tenth of its sentences, held out",
        counts="\n".join(_count_row(part, manifest.data[part]) for part in ("train", "dev")),
        unlabelled=_unlabelled(manifest.data["unlabelled"]) if "unlabelled" in manifest.data else "",
        context=_context(manifest.context) if manifest.context is not None else "",
        texts="the training text, unlabelled text included," if "unlabelled" in manifest.data else "the training text",
        epoch=best_epoch,
        epochs=len(manifest.history),
        scores="\n".join(_score_row(type_, score) for type_, score in rows),
        unseen_f1=unseen["f1"],
        unseen_support=unseen["support"],
        seed=manifest.config.training.seed,
    )


def _count_row(part: str, counts: dict[str, Any]) -> str:
    return f"| {part} | {counts['sentences']:,} | {counts['tokens']:,} | {sum(counts['entities'].values()):,} |"


def _unlabelled(data: dict[str, Any]) -> str:
    """What is said of unlabelled text."""
    shown, others = data["files"][:_MOST_NAMED], len(data["files"]) - _MOST_NAMED
    names = ", ".join(f"`{name}`" for name in shown) + (f" and {others:,} other files" if others > 0 else "")
    words = f"{'' if data['is_whole'] else 'more than '}{data['tokens']:,} words"
    return f"\nBesides, it learned to predict the words of unlabelled text: {names}, {words}.\n"


def _context(note: ContextNote) -> str:
    """What is said of a language model of characters."""
    directions = "both directions" if note.both else "the forward direction"
    states = f"{note.features:,} states of {directions} of a language model of characters"
    return f"\nWords also have {states} as features, which is part of the model and was not trained further.\n"


def _score_row(type_: str, score: dict[str, Any]) -> str:
    name = type_.replace("|", "\\|")
    return f"| {name} | {score['precision']:.4f} | {score['recall']:.4f} | {score['f1']:.4f} | {score['support']} |"
