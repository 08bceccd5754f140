"""`tagger generate`."""

from pathlib import Path
from typing import Annotated

import typer


def generate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Language model's directory.")],
    *,
    seed_text: Annotated[str, typer.Option("--seed-text", metavar="TEXT", help="Text to go on with.")] = "",
    temperature: Annotated[
        float, typer.Option("--temperature", help="How daring: 1 as the model is, lower safer, 0 always the likeliest.")
    ] = 1.0,
    length: Annotated[int, typer.Option("--length", help="Words or characters to write.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draw; same seed, same text.")] = 1,
) -> None:
    """Have a language model write text, a word or a character at a time.

    A model of words writes a sentence a line, its words as it knows them, which may be lowercase with every digit a 0.
    """
    from tagger.commands.language_models import show_text
    from tagger.language_models.bundle import LanguageBundle
    from tagger.language_models.sampling import sample

    bundle = LanguageBundle.open(model)
    show_text(sample(bundle, seed_text, temperature=temperature, length=length, seed=seed))
