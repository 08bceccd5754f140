"""The forms in which tagged documents are written, by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tagger.corpus.document import TaggedDocument
from tagger.documents.writers.brat import to_brat
from tagger.documents.writers.columns import to_columns
from tagger.documents.writers.html import html_head, html_tail, to_html
from tagger.documents.writers.inline import inline_head, inline_tail, to_inline
from tagger.documents.writers.jsonl import to_jsonl

FormName = Literal["jsonl", "columns", "inline", "html", "brat"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a document is written, and what stands before the first, for a model's types, and after the last."""

    write: Callable[[TaggedDocument], str]
    head: Callable[[Sequence[str]], str] = lambda types: ""
    tail: Callable[[], str] = lambda: ""
    needs_sentences: bool = False


FORMS: Mapping[FormName, Form] = {
    "jsonl": Form(to_jsonl),
    "columns": Form(to_columns, needs_sentences=True),
    "inline": Form(to_inline, lambda types: inline_head(), inline_tail),
    "html": Form(to_html, html_head, html_tail),
    "brat": Form(to_brat),
}
