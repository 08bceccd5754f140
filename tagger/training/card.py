"""The model card: the README that a run writes into the model it made."""

from typing import Any

from tagger.inference.bundle import ContextNote, Manifest
from tagger.surrogates import without_surrogates
from tagger.training.card_facts import CardFacts
from tagger.training.card_sections import (
    calibration_text,
    command_of,
    data_rows,
    limits,
    score_rows,
    size_text,
    type_rows,
)
from tagger.training.request import TrainRequest

_TEMPLATE = """\
# Named-entity tagger

A bidirectional LSTM tagger for the entity types {types}, trained with `tagger` {version}.

## Run it

    tagger tag MODEL input.conll > output.conll
    tagger tag MODEL notes.txt --output found.jsonl
    tagger evaluate MODEL labelled.conll
    tagger show MODEL

where MODEL is this directory; or from Python:

    from tagger import Tagger
    Tagger.load("MODEL").tag([["Anna", "lives", "in", "Trieste", "."]])

or as a part of a spaCy pipeline:

    nlp.add_pipe("bilstm_tagger", config={{"model": "MODEL"}})

Tagging needs NumPy and ONNX Runtime, not TensorFlow.

## Data

Trained on `{train}`, tags in scheme {scheme}; chosen on {dev}.

| | sentences | tokens | tokens a sentence | entities |
|---|---|---|---|---|
{counts}

| type | in train | distinct | in dev | unseen in train |
|---|---|---|---|---|
{types_by_count}
{unlabelled}{context}
## Scores on dev

Strict scores of entities by seqeval, after epoch {epoch} of {epochs}.

| type | precision | recall | F1 | 95 % interval of F1 | support |
|---|---|---|---|---|---|
{scores}

Entities whose surface is no entity of train: F1 {unseen_f1:.4f}, support {unseen_support:,}, which is
{unseen_share:.0f} % of all. The interval is that of other sentences of the same kind (a bootstrap over sentences), too
narrow where support is below 30; another seed moves F1 too.
These scores chose the epoch, so expect a little less on text that no choice has seen.

## Confidence

{calibration}

## Size and speed

{size}
How fast that is on your machine: `tagger benchmark MODEL notes.txt`.

## Limits

{limits}

## How it was trained

    {command}

Seed {seed}; the best of {epochs} epochs was number {epoch}. `run.toml` has every option, `history.jsonl` and
`learning_curve.png` the epochs, `model.json` the whole configuration. The same files, options and seed give the same
bytes.

## What it holds

Words and entity surfaces of {texts} stand in this directory as readable text (`words.txt`, `surfaces.txt`):
share the model only where that text may be known.
"""

_MOST_NAMED = 10  # files of unlabelled text


def model_card(manifest: Manifest, request: TrainRequest, facts: CardFacts, best_epoch: int) -> str:
    """The card of the model that a request made."""
    strict, unseen = (manifest.scores[name]["micro"] for name in ("strict", "unseen"))
    return _TEMPLATE.format(
        types=", ".join(f"`{type_}`" for type_ in manifest.data["train"]["entities"]),
        version=manifest.tagger_version,
        train=without_surrogates(request.train.name),
        scheme=manifest.scheme,
        dev=f"`{without_surrogates(request.dev.name)}`" if request.dev else "a tenth of its sentences, held out",
        counts="\n".join(data_rows(manifest)),
        types_by_count="\n".join(type_rows(manifest, facts.text.surfaces)),
        unlabelled=_unlabelled(manifest.data["unlabelled"]) if "unlabelled" in manifest.data else "",
        context=_context(manifest.context) if manifest.context is not None else "",
        texts="the training text, unlabelled text included," if "unlabelled" in manifest.data else "the training text",
        epoch=best_epoch,
        epochs=len(manifest.history),
        scores="\n".join(score_rows(manifest.scores)),
        unseen_f1=unseen["f1"],
        unseen_support=unseen["support"],
        unseen_share=100.0 * unseen["support"] / max(1, strict["support"]),
        calibration=calibration_text(manifest),
        size=size_text(facts.size, manifest),
        limits="\n".join(f"- {limit}" for limit in limits(manifest, facts.text)),
        command=command_of(request),
        seed=manifest.config.training.seed,
    )


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
