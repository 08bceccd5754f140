"""`tagger convert`."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tagger.commands.options import with_options
from tagger.config import ColumnFormat, TextFormat, TokenFormat

_FORMS = Literal["columns", "jsonl", "brat", "spacy", "huggingface"]
_LISTED = 5  # findings of a kind that are listed, without --all


@with_options(ColumnFormat, TextFormat, TokenFormat, leave_out=("documents", "processes", "text_kind"))
def convert(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="Labelled file, or BRAT's directory; - is standard input."),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="File to write, or a new directory for BRAT; - is standard output.")
    ],
    *,
    source_form: Annotated[
        _FORMS | None,
        typer.Option(
            "--from",
            help="What IN is. By default a directory is BRAT, .spacy spaCy's binary corpus, .jsonl, .ndjson and .json "
            "what their first line shows, all others columns.",
            rich_help_panel="Files",
        ),
    ] = None,
    target_form: Annotated[
        _FORMS | None,
        typer.Option(
            "--to",
            help="What to write. By default the name of OUT says so: jsonl has texts with offsets, huggingface tokens "
            "and ner_tags.",
            rich_help_panel="Output",
        ),
    ] = None,
    to_scheme: Annotated[
        Literal["IOB1", "IOB2", "BIOES", "BILOU", "BMES", "BMEWO"] | None,
        typer.Option(
            "--to-scheme",
            help="Scheme of the tags to write (default: that of the tags read, else IOB2).",
            rich_help_panel="Output",
        ),
    ] = None,
    cut_tokens: Annotated[
        Literal["split", "widen", "drop"],
        typer.Option(
            "--cut-tokens",
            help="Where an entity begins or ends inside a token: split the token, widen the entity, or drop it. Each "
            "is listed.",
            rich_help_panel="Output",
        ),
    ] = "split",
    offsets: Annotated[
        Literal["characters", "utf16", "bytes"],
        typer.Option("--offsets", help="What offsets in IN count.", rich_help_panel="Files"),
    ] = "characters",
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            help="Names of ner_tags that are numbers, from 0: O,B-PER,..., or a file with one a line.",
            rich_help_panel="Files",
        ),
    ] = None,
    sentence_documents: Annotated[
        bool,
        typer.Option(
            "--sentence-documents",
            help="Every sentence of columns is a document; without -DOCSTART- lines when written.",
            rich_help_panel="Files",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Write nothing and leave with exit code 1 where anything cannot be kept as it is.",
            rich_help_panel="Output",
        ),
    ] = False,
    list_all: Annotated[
        bool,
        typer.Option("--all", help=f"List all that is not kept, not {_LISTED} of a kind.", rich_help_panel="Output"),
    ] = False,
    configs: tuple[Any, ...],
) -> None:
    """Bring labelled text into another form or scheme, and say what is not kept."""
    from tagger.conversion.convert import convert as convert_file
    from tagger.conversion.forms import form_of_source, form_of_target
    from tagger.conversion.labels import read_labels
    from tagger.conversion.lines import Lines
    from tagger.conversion.options import ConversionOptions, ConversionRequest
    from tagger.corpus.schemes import SCHEMES

    columns, text, tokens = configs
    scheme = SCHEMES[to_scheme] if to_scheme else None
    names = None if labels is None else read_labels(labels)
    options = ConversionOptions(columns, text, scheme, tokens.tokenized, cut_tokens, offsets, names, sentence_documents)
    lines = Lines(source, text.errors)
    form = source_form or form_of_source(lines, text.text_field)
    listed = None if list_all else _LISTED
    other = target_form or form_of_target(target)
    done = convert_file(ConversionRequest(source, form, target, other, options, strict, listed), lines)
    for line in done.findings.lines():
        print(line, file=sys.stderr)
    if not done.is_written:
        print(f"{target}: not written, since not all can be kept (--strict)", file=sys.stderr)
        raise typer.Exit(1)
