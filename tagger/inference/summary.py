"""What there is to say of a model at a glance."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tagger.inference.bundle import CONTEXT_PARTS, EXTRAS, MANIFEST, PARTS, SPELLING_PARTS, Bundle


def summarise(bundle: Bundle) -> dict[str, Any]:
    """Origin, shape, scores and sizes of a model, as plain values; sizes in bytes."""
    manifest = bundle.manifest
    places = [bundle.path / name for name in (*PARTS, *SPELLING_PARTS, *CONTEXT_PARTS, *EXTRAS, MANIFEST)]
    sizes = {place.name: place.stat().st_size for place in places if place.exists()}
    return {
        "model": str(bundle.path),
        "tagger_version": manifest.tagger_version,
        "scheme": manifest.scheme,
        "precision": manifest.precision,
        "context": None if manifest.context is None else asdict(manifest.context),
        "words": len(bundle.vocabulary()),
        "train_words": manifest.train_rows,
        "temperature": manifest.temperature,
        "data": manifest.data,
        "scores": manifest.scores,
        "epochs": len(manifest.history),
        "config": manifest.config.to_json(),
        "bytes": sizes,
    }


def summary_text(summary: dict[str, Any]) -> str:
    """The summary for a person to read."""
    strict, unseen = summary["scores"]["strict"], summary["scores"]["unseen"]["micro"]
    scores = [f"  {type_}: F1 {score['f1']:.4f} of {score['support']:,}" for type_, score in strict["types"].items()]
    lines = [
        f"{Path(summary['model'])}: a model of tagger {summary['tagger_version']}",
        "",
        *(_data_line(part, counts) for part, counts in summary["data"].items()),
        f"tags    scheme {summary['scheme']}, types {', '.join(summary['data']['train']['entities'])}",
        f"        temperature of their confidences {summary['temperature']:.4f}",
        f"network {summary['precision']}",
        *_context_lines(summary["context"]),
        f"words   {summary['words']:,}, of them {summary['train_words']:,} from train",
        "",
        f"dev F1  {strict['micro']['f1']:.4f} strict",
        f"        {unseen['f1']:.4f} on the {unseen['support']:,} entities unseen in train",
        *scores,
        "",
        *(_config_line(section, values) for section, values in summary["config"].items()),
        "",
        *(f"{size / 1000:12,.1f} kB  {name}" for name, size in summary["bytes"].items()),
    ]
    return "\n".join(lines)


def _data_line(part: str, counts: dict[str, Any]) -> str:
    if "files" in counts:
        return f"text    {counts['sentences']:,} sentences, {counts['tokens']:,} tokens without labels"
    entities = sum(counts["entities"].values())
    held = ", held out of train" if counts.get("held_out_of_train") else ""
    return f"{part:<7} {counts['sentences']:,} sentences, {counts['tokens']:,} tokens, {entities:,} entities{held}"


def _context_lines(context: dict[str, Any] | None) -> Iterator[str]:
    if context is not None:
        directions = "both directions" if context["both"] else "the forward direction"
        yield f"context {context['features']:,} features of a word, from {directions} of a language model of characters"
        yield f"        that has perplexity {context['perplexity']:.3f}"


def _config_line(section: str, values: dict[str, Any]) -> str:
    return f"{section.replace('_', ' ')}: " + ", ".join(f"{name} {value}" for name, value in values.items())
