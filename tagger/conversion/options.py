"""What a conversion is asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tagger.config import ColumnFormat, TextFormat
from tagger.conversion.findings import Findings
from tagger.conversion.lines import Lines
from tagger.conversion.offsets import OffsetUnit
from tagger.corpus.schemes import Scheme

FormName = Literal["columns", "jsonl", "brat", "spacy", "huggingface"]
CutTokens = Literal["split", "widen", "drop"]


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """How files are read and written.

    Args:
        scheme: of the tags that are written; None is that of the tags that are read, else IOB2.
        tokenized: a text's lines are sentences, their tokens parted by white space.
        cut_tokens: what to do where an entity begins or ends inside a token.
        offsets: what the offsets of JSON lines and BRAT count.
        labels: names of the tags that are numbers.
        sentence_documents: every sentence is a document, and none is marked in columns.
    """

    columns: ColumnFormat
    text: TextFormat
    scheme: Scheme | None
    tokenized: bool
    cut_tokens: CutTokens
    offsets: OffsetUnit
    labels: tuple[str, ...] | None
    sentence_documents: bool


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """What to convert into what.

    Args:
        source, target: `-` is standard input or output. strict: write nothing where anything is found.
        listed: how many findings of each kind are listed; None is all.
    """

    source: Path
    source_form: FormName
    target: Path
    target_form: FormName
    options: ConversionOptions
    strict: bool = False
    listed: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What readers and writers work with."""

    lines: Lines
    options: ConversionOptions
    findings: Findings
