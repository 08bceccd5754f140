"""`tagger show`."""

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer


def show(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model directory.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a model is, a tagger or a language model: where it came from, its scores and its sizes."""
    from tagger.inference.manifest import LANGUAGE_MODEL

    summary, text = _of_language_model(model) if (model / LANGUAGE_MODEL).exists() else _of_tagger(model)
    print(json_text.dumps(summary, ensure_ascii=False) if json else text)


def _of_tagger(model: Path) -> tuple[dict[str, Any], str]:
    from tagger.inference.bundle import Bundle
    from tagger.inference.summary import summarise, summary_text

    summary = summarise(Bundle.open(model))
    return summary, summary_text(summary)


def _of_language_model(model: Path) -> tuple[dict[str, Any], str]:
    from tagger.language_models.bundle import LanguageBundle
    from tagger.language_models.summary import language_summary_text, summarise_language_model

    summary = summarise_language_model(LanguageBundle.open(model))
    return summary, language_summary_text(summary)
