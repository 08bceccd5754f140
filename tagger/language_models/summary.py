"""What there is to say of a language model at a glance."""

import math
from typing import Any

from tagger.inference.manifest import LANGUAGE_MODEL
from tagger.language_models.bundle import LanguageBundle, parts_of


def summarise_language_model(bundle: LanguageBundle) -> dict[str, Any]:
    """Kind, origin, shape and sizes of a language model, as plain values; sizes in bytes."""
    manifest, config = bundle.manifest, bundle.config
    files = sorted({*parts_of(config), "history.jsonl"} | {LANGUAGE_MODEL})
    places = [bundle.path / name for name in files]
    return {
        "model": str(bundle.path),
        "tagger_version": manifest.tagger_version,
        "unit": config.pretraining.unit,
        "stream": config.is_stream,
        "directions": list(bundle.directions),
        "rows": len(bundle.vocabulary()),
        "classes": bundle.classes,
        "data": manifest.data,
        "perplexity": manifest.perplexity,
        "measures": len(manifest.history),
        "config": config.to_json(),
        "bytes": {place.name: place.stat().st_size for place in places if place.exists()},
    }


def language_summary_text(summary: dict[str, Any]) -> str:
    """The summary for a person to read."""
    unit, encoder = summary["unit"], summary["config"]["encoder"]
    read = "one continuous text" if summary["stream"] else "sentence by sentence"
    bits = f", {math.log2(summary['perplexity']):.3f} bits per character" * (unit == "character")
    lines = [
        f"{summary['model']}: a language model of {unit}s, of tagger {summary['tagger_version']}",
        "",
        "text    " + ", ".join(f"{count:,} {name}" for name, count in summary["data"].items()),
        f"reads   {read}, {' and '.join(summary['directions'])}",
        f"network {encoder['layers']} x {encoder['units']} units a direction; {summary['rows']:,} rows, "
        f"{summary['classes']:,} classes",
        f"perplexity {summary['perplexity']:.2f}{bits}, of held-out text",
        "",
        *(f"{section.replace('_', ' ')}: " + ", ".join(f"{name} {value}" for name, value in values.items())
          for section, values in summary["config"].items()),
        "",
        *(f"{size / 1000:12,.1f} kB  {name}" for name, size in summary["bytes"].items()),
    ]  # fmt: skip
    return "\n".join(lines)
