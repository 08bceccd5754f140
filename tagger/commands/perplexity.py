"""`tagger perplexity`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.commands.options import with_options
from tagger.commands.shared_options import NO_RAW_TEXT_OPTIONS
from tagger.config import ColumnFormat, TextFormat, TokenFormat


@with_options(TokenFormat, TextFormat, ColumnFormat, leave_out=NO_RAW_TEXT_OPTIONS)
def perplexity(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Language model's directory.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Text, JSON lines or column files, folders of them, patterns; together one text."
        ),
    ],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    configs: tuple[Any, ...],
) -> None:
    """Say how well a language model foretells a text: exp of the mean of -log p over its words or characters.

    Give --tokenized if the model was trained with it. Ends of sentences count. A model that was trained with --stream
    reads all files as one text.
    """
    from tagger.commands.language_models import show_perplexity
    from tagger.documents.sentences import find_raw_text

    tokens, text, columns = configs
    raw = find_raw_text(files, text, columns, tokenized=tokens.tokenized, kind=tokens.text_kind)
    show_perplexity(model, raw, as_json=json)
