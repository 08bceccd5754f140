"""The parts of a model card that are made of numbers."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from tagger.evaluation.intervals import FEW
from tagger.inference.bundle import Manifest
from tagger.surrogates import without_surrogates
from tagger.training.card_facts import SizeFacts, TextFacts
from tagger.training.request import TrainRequest

_FEW_TO_LEARN = 100  # examples
_MOST_TOLD = 0.9  # of entities that begin with a capital letter: so many that a model relies on it


def data_rows(manifest: Manifest) -> Iterator[str]:
    """A row for train and one for dev: sentences, tokens, their mean, entities."""
    for part in ("train", "dev"):
        counts = manifest.data[part]
        mean = counts["tokens"] / max(1, counts["sentences"])
        entities = sum(counts["entities"].values())
        yield f"| {part} | {counts['sentences']:,} | {counts['tokens']:,} | {mean:.1f} | {entities:,} |"


def type_rows(manifest: Manifest, surfaces: Mapping[str, int]) -> Iterator[str]:
    """A row for each type: examples in train and their distinct surfaces, those in dev, and how many are unseen."""
    train, dev = (manifest.data[part]["entities"] for part in ("train", "dev"))
    strict, unseen = (manifest.scores[name] for name in ("strict", "unseen"))
    for type_ in sorted({*train, *dev}):
        new = _share(unseen["types"].get(type_), strict["types"].get(type_))
        numbers = f"{train.get(type_, 0):,} | {surfaces.get(type_, 0):,} | {dev.get(type_, 0):,}"
        yield f"| {in_table(type_)} | {numbers} | {new} |"


def _share(part: Mapping[str, Any] | None, whole: Mapping[str, Any] | None) -> str:
    if whole is None or not whole["support"]:
        return "-"
    return f"{100.0 * (part['support'] if part is not None else 0) / whole['support']:.0f} %"


def score_rows(scores: Mapping[str, Any]) -> Iterator[str]:
    """A row for each type and one for all, with intervals where there are any."""
    strict, intervals = scores["strict"], scores.get("intervals") or {"types": {}}
    for type_, score in strict["types"].items():
        yield _score_row(in_table(type_), score, intervals["types"].get(type_))
    yield _score_row("**all**", strict["micro"], intervals.get("micro"))


def _score_row(name: str, score: Mapping[str, Any], interval: Mapping[str, float] | None) -> str:
    between = f"{interval['low']:.4f} to {interval['high']:.4f}" if interval is not None else "-"
    numbers = f"{score['precision']:.4f} | {score['recall']:.4f} | {score['f1']:.4f} | {between}"
    return f"| {name} | {numbers} | {score['support']:,} |"


def calibration_text(manifest: Manifest) -> str:
    """How far confidences can be believed."""
    calibration = manifest.scores.get("calibration")
    if not calibration or not calibration["entities"]:
        return "On dev no entity was predicted, so nothing is known of its confidences."
    mean, error, entities = (calibration[name] for name in ("confidence", "error", "entities"))
    return (
        f"Each entity comes with the probability that the model gives it. On dev that is {mean:.4f} on average of\n"
        f"{entities:,} predicted entities, and the expected calibration error is {error:.4f} (10 bins).\n"
        f"The temperature that scores are divided by, {manifest.temperature:.4f}, was fitted on the same dev."
    )


def size_text(size: SizeFacts, manifest: Manifest) -> str:
    """How large it is, and what tagging costs."""
    letters = ""
    if size.letter_products is not None:
        letters = f", and each letter of a distinct word with {size.letter_products:,}"
    context = "; its language model of characters comes on top" if manifest.context is not None else ""
    return (
        f"{size.size / 1e6:.1f} MB on disk; {size.parameters:,} parameters, {size.embedding:,} of them of words.\n"
        f"To tag a text, each word is multiplied with {size.products:,} weights{letters}{context}."
    )


def limits(manifest: Manifest, text: TextFacts) -> Iterator[str]:
    """What the model was not shown, or not enough of."""
    train, dev = (manifest.data[part]["entities"] for part in ("train", "dev"))
    if few := _named({type_: count for type_, count in train.items() if count < _FEW_TO_LEARN}):
        yield f"Types with fewer than {_FEW_TO_LEARN} examples in train, which are hardly learned: {few}."
    if unknown := _named({type_: count for type_, count in dev.items() if type_ not in train}):
        yield f"Types of dev that train does not have, so that they are never predicted: {unknown}."
    if unsure := _named({type_: dev.get(type_, 0) for type_ in train if dev.get(type_, 0) < FEW}):
        yield f"Types with fewer than {FEW} examples in dev, whose scores say little: {unsure}."
    scripts = ", ".join(f"{name} {100.0 * share:.1f} %" for name, share in text.scripts.items())
    yield f"It is for the language of its training text alone; the letters of that are {scripts or 'none'}."
    if text.capitalised >= _MOST_TOLD:
        yield (
            f"In train {100.0 * text.capitalised:.0f} % of entities begin with a capital letter: expect much less of "
            "text in lower case or all in capitals."
        )
    yield f"The longest sentence of train has {text.longest:,} tokens; longer ones are tagged, but were never seen."
    yield "Text of another kind or time has more entities that train had not: expect the score of those, above."


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"`{type_}` ({count:,})" for type_, count in sorted(counts.items()))


def command_of(request: TrainRequest) -> str:
    """The command that trains such a model; of files their names alone, of options those that are not the default."""
    words = ["tagger", "train", request.train.name]
    paths = {**request.files(), **request.language_models()}
    named: Sequence[tuple[str, Path | None]] = [
        *((name, path) for name, path in paths.items() if name != "train"),
        *(("unlabelled", path) for path in request.unlabelled),
    ]
    for name, path in named:
        words += [_flag(name), path.name] if path is not None else []
    words += ["--output", "MODEL"]
    sections = [request.columns, *request.config.sections()]
    if request.unlabelled:
        sections += [request.text, request.tokens]
    for section in sections:
        for item in fields(section):
            value = getattr(section, item.name)
            if value != item.default:
                words += _option(item.name, value)
    return without_surrogates(shlex.join(words))


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [_flag(name) if value else f"--no-{_flag(name)[2:]}"]
    return [_flag(name), str(value)]


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def in_table(name: str) -> str:
    """A name that can stand in a table."""
    return name.replace("|", "\\|")
