"""Documents as one page to look at, their entities coloured."""

from collections.abc import Sequence
from html import escape

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.documents.writers.pieces import pieces
from tagger.documents.writers.stylesheet import stylesheet
from tagger.surrogates import REPLACEMENT, without_surrogates

_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tagged documents</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>Tagged documents</h1>
{legend}</header>
<main>
"""


def html_head(types: Sequence[str]) -> str:
    """What stands before the first document: the style, and a legend of these types."""
    known = tuple(dict.fromkeys(_allowed(type_) for type_ in types))
    items = "".join(f'<li data-type="{_escaped(type_)}">{_escaped(type_)}</li>\n' for type_ in known)
    legend = f'<ul class="legend" aria-label="Entity types">\n{items}</ul>\n' if known else ""
    return _HEAD.format(style=stylesheet(known), legend=legend)


def to_html(document: TaggedDocument) -> str:
    """The text under its id, each entity marked; U+0000 and halves of characters become U+FFFD."""
    body = "".join(_marked(entity, part) if entity else _escaped(part) for part, entity in pieces(document))
    return f'<article>\n<h2 lang="">{_escaped(document.id)}</h2>\n<div class="text" lang="">{body}</div>\n</article>\n'


def html_tail() -> str:
    """What stands after the last document."""
    return "</main>\n</body>\n</html>\n"


def _marked(entity: TextEntity, text: str) -> str:
    type_ = _escaped(entity.type)
    title = f"{type_}, confidence {entity.confidence:.4f}"
    return f'<mark data-type="{type_}" title="{title}">{_escaped(text)}</mark>'


def _escaped(text: str) -> str:
    """The text as content or as a quoted value; a raw carriage return would be read as a line feed."""
    return escape(_allowed(text)).replace("\r", "&#13;")


def _allowed(text: str) -> str:
    return without_surrogates(text.replace("\0", REPLACEMENT))
