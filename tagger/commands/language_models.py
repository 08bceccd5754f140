"""Shows what a language model makes of a text, and what it writes."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tagger.documents.sentences import RawText
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.perplexity import measure_perplexity
from tagger.language_models.scoring import Perplexity


def show_perplexity(model: Path, raw: RawText, *, as_json: bool) -> None:
    """Measure a text's perplexity, show how far it is, and print what it is.

    Raises:
        BundleError: of the model. DataError: of the text.
    """
    bundle = LanguageBundle.open(model)
    with _watching() as watch:
        found = measure_perplexity(bundle, raw, watch=watch)
    print(json.dumps(asdict(found)) if as_json else perplexity_text(found))


def perplexity_text(found: Perplexity) -> str:
    """A perplexity for a person to read."""
    units = "words" if found.bits_per_character is None else "characters"
    lines = [f"perplexity          {found.overall:.2f}"]
    if found.backward is not None:
        lines += [f"  forward           {found.forward:.2f}", f"  backward          {found.backward:.2f}"]
    if found.bits_per_character is not None:
        lines.append(f"bits per character  {found.bits_per_character:.3f}")
    share = f"{found.unknown / found.units:.2%} of them unknown to the model"
    lines.append(f"predictions         {found.predictions:,} a direction, of {found.units:,} {units}, {share}")
    return "\n".join(lines)


def show_text(pieces: Iterable[str]) -> None:
    """Print a text as it comes."""
    for piece in pieces:
        print(piece, end="", flush=True)
    print()


@contextmanager
def _watching() -> Iterator[Callable[[int], None]]:
    """Tells a person who waits how many predictions are made."""
    if not sys.stderr.isatty():
        yield lambda predictions: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading")
        yield lambda predictions: progress.update(task, description=f"{predictions:,} predictions")
