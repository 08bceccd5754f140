"""Puts the parts of a finished model together."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tagger import __version__
from tagger.errors import DataError
from tagger.evaluation.scores import Scores
from tagger.files import check_place, swap_directory
from tagger.inference.bundle import CARD, LABELS, SURFACES, WORDS, Manifest, is_bundle, write_lines, write_manifest
from tagger.training.card import model_card
from tagger.training.data import describe
from tagger.training.loop import EpochDone
from tagger.training.plan import Plan


def check_output(output: Path) -> None:
    """See before anything is learned that a model can be put there.

    Raises:
        DataError: it cannot be written, or something stands there that is not only a model.
    """
    check_place(output)
    if output.resolve() == Path.cwd():
        raise DataError(f"{output}: the current directory cannot be replaced; name another with --output")
    if output.is_mount():
        raise DataError(f"{output}: a mount point cannot be replaced; name a directory below it with --output")
    if output.exists() and not is_bundle(output) and (not output.is_dir() or any(output.iterdir())):
        raise DataError(f"{output}: not only a model stands there; name another directory with --output")


def place_model(model: Path, output: Path) -> None:
    """Put a finished model in its place, unless something else has come to stand there meanwhile.

    Raises:
        DataError: it has; the text says where the model is instead.
    """
    try:
        check_output(output)
    except DataError as error:
        beside = Path(tempfile.mkdtemp(prefix=f"{output.name}-", dir=output.resolve().parent))
        swap_directory(model, beside)
        raise DataError(f"{error}; the model that was trained is in {beside}") from None
    swap_directory(model, output)


def complete_model(
    directory: Path, plan: Plan, history: Sequence[EpochDone], scores: Scores, files: tuple[Path, Path | None]
) -> None:
    """Write all that a model directory needs beside the weights and the graph, which are there.

    Args:
        files: train and dev, for the card.
    """
    write_lines(directory / WORDS, plan.vocabulary.words)
    write_lines(directory / LABELS, plan.labels)
    write_lines(directory / SURFACES, plan.data.surfaces())
    manifest = _manifest(plan, history, scores)
    (directory / CARD).write_text(model_card(manifest, *files, best_epoch(history)), encoding="utf-8")
    write_manifest(directory, manifest)


def best_epoch(history: Sequence[EpochDone]) -> int:
    """The epoch whose weights were kept."""
    return max(event.epoch for event in history if event.is_best)


def _manifest(plan: Plan, history: Sequence[EpochDone], scores: Scores) -> Manifest:
    data = plan.data
    dev = describe(data.dev) | {"held_out_of_train": data.dev_is_held_out}
    return Manifest(
        tagger_version=__version__,
        config=plan.config,
        scheme=data.scheme.name,
        train_rows=plan.vocabulary.train_rows,
        singleton_rows=plan.vocabulary.singleton_rows,
        data={"train": describe(data.train), "dev": dev},
        scores=scores.to_json(),
        history=[_row(event) for event in history],
    )


def _row(event: EpochDone) -> dict[str, Any]:
    """What the model remembers of an epoch: no clock, so that the same seed gives the same bytes."""
    return {
        "epoch": event.epoch,
        "tag_loss": event.tag_loss,
        "lm_loss": event.lm_loss,
        "perplexity": event.perplexity,
        "dev": asdict(event.dev),
    }
