"""Puts the parts of a finished model together."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tagger import __version__
from tagger.errors import DataError
from tagger.evaluation.scores import Scores
from tagger.files import swap_directory
from tagger.inference.bundle import (
    CARD,
    CHARACTERS,
    CURVE,
    HISTORY,
    LABELS,
    RUN_FILE,
    SURFACES,
    WORDS,
    Manifest,
    is_bundle,
    write_lines,
    write_manifest,
)
from tagger.run_file import run_text
from tagger.training.card import model_card
from tagger.training.card_facts import card_facts
from tagger.training.data import describe
from tagger.training.learning_curve import write_learning_curve
from tagger.training.loop import EpochDone
from tagger.training.output import check_replaceable
from tagger.training.plan import Plan
from tagger.training.request import TrainRequest
from tagger.training.saving import saving


def check_output(output: Path) -> None:
    """See before anything is learned that a model can be put there.

    Raises:
        DataError: it cannot be written, or something stands there that is not only a model.
    """
    check_replaceable(output, is_bundle, "a model")


def place_model(model: Path, output: Path) -> None:
    """Put a finished model in its place, unless something else has come to stand there meanwhile.

    Raises:
        DataError: it has; the text says where the model is instead.
    """
    try:
        check_output(output)
    except DataError as error:
        beside = Path(tempfile.mkdtemp(prefix=f"{output.name}-", dir=output.resolve().parent))
        with saving(beside):
            swap_directory(model, beside)
        raise DataError(f"{error}; the model that was trained is in {beside}") from None
    with saving(output):
        swap_directory(model, output)


def complete_model(
    directory: Path,
    plan: Plan,
    history: Sequence[EpochDone],
    request: TrainRequest,
    *,
    scores: Scores,
    temperature: float,
) -> None:
    """Put a model together in a directory where the best epoch's weights and graph are.

    Raises:
        DataError: it cannot be written.
    """
    with saving(directory):
        write_lines(directory / WORDS, plan.vocabulary.words)
        write_lines(directory / LABELS, plan.labels)
        if plan.characters is not None:
            write_lines(directory / CHARACTERS, plan.characters.characters)
        if plan.character_model is not None:
            plan.character_model.write(directory)
        write_lines(directory / SURFACES, plan.data.surfaces())
        write_run_file(directory, request, request.place)
        write_history(directory, history)
        write_learning_curve(directory / CURVE, [_row(event) for event in history])
        manifest = _manifest(plan, history, scores, temperature)
        card = model_card(manifest, request, card_facts(plan.data.train, directory), best_epoch(history))
        (directory / CARD).write_text(card, encoding="utf-8")
        write_manifest(directory, manifest)


def write_run_file(directory: Path, request: TrainRequest, relative_to: Path) -> None:
    """Write the options of a run, resolved, into a directory; their paths are right where the file is to lie."""
    config = request.config
    sections: tuple[object, ...] = (request.columns, *config.sections(), request.running)
    paths: dict[str, Path | Sequence[Path] | None] = {**request.files(), "output": request.place}
    paths |= request.language_models()
    if request.unlabelled:
        sections += (request.text, request.tokens)
        paths["unlabelled"] = request.unlabelled
    with saving(directory / RUN_FILE):
        (directory / RUN_FILE).write_text(run_text(paths, sections, relative_to), encoding="utf-8")


def write_history(directory: Path, history: Sequence[EpochDone]) -> None:
    """Write a line of JSON for each epoch."""
    lines = (json.dumps(_row(event)) + "\n" for event in history)
    with saving(directory / HISTORY):
        (directory / HISTORY).write_text("".join(lines), encoding="utf-8")


def best_epoch(history: Sequence[EpochDone]) -> int:
    """The epoch whose weights were kept."""
    return max(event.epoch for event in history if event.is_best)


def _manifest(plan: Plan, history: Sequence[EpochDone], scores: Scores, temperature: float) -> Manifest:
    data = plan.data
    dev = describe(data.dev) | {"held_out_of_train": data.dev_is_held_out}
    unlabelled = {"unlabelled": plan.unlabelled.to_json()} if plan.unlabelled is not None else {}
    return Manifest(
        tagger_version=__version__,
        config=plan.config,
        scheme=data.scheme.name,
        train_rows=plan.vocabulary.train_rows,
        singleton_rows=plan.vocabulary.singleton_rows,
        temperature=temperature,
        data={"train": describe(data.train), "dev": dev} | unlabelled,
        scores=scores.to_json(),
        history=[_row(event) for event in history],
        context=plan.character_model.note if plan.character_model is not None else None,
    )


def _row(event: EpochDone) -> dict[str, Any]:
    """What the model remembers of an epoch: no clock, so that the same seed gives the same bytes."""
    row = {
        "epoch": event.epoch,
        "steps": event.steps,
        "tag_loss": event.tag_loss,
        "lm_loss": event.lm_loss,
        "perplexity": event.perplexity,
        "dev": asdict(event.dev),
    }
    if event.unlabelled_perplexity is not None:
        row["unlabelled_perplexity"] = event.unlabelled_perplexity
    return row
