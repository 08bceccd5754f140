"""How the page of tagged documents looks."""

import re
from collections.abc import Sequence

from tagger.documents.writers.palette import Colours, dark_colours, light_colours

_PAGE = """\
:root { color-scheme: light dark; --page: #fcfbf9; --ink: #24272c; --quiet: #646a74; --rule: #e6e2db;
  --fill: #e9e7e3; --label: #565b64; --line: #b9b5ad; }
@media (prefers-color-scheme: dark) {
  :root { --page: #17191d; --ink: #e4e2de; --quiet: #989ea8; --rule: #2d3036;
    --fill: #32353b; --label: #c3c7ce; --line: #686d77; }
}
* { box-sizing: border-box; }
body { max-width: 46rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.9 "Iowan Old Style", Charter, "Source Serif 4", Georgia, serif; -webkit-text-size-adjust: 100%; }
h1, h2, .legend, mark::after { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; font-weight: 600; line-height: 1.3; }
h2 { margin: 0 0 .75rem; color: var(--quiet); font-size: .875rem; font-weight: 500; line-height: 1.4; }
h2, .text, .legend { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
h2, .text { unicode-bidi: plaintext; text-align: start; }
.legend { display: flex; flex-wrap: wrap; align-items: start; gap: .5rem; margin: 0; padding: 0;
  list-style: none; font-size: .75rem; }
.legend li { padding: .15rem .6rem; border-radius: .4rem; background: var(--fill); color: var(--label);
  font-weight: 600; line-height: 1.5; }
article { margin-top: 2.25rem; padding-top: 1.75rem; border-top: 1px solid var(--rule); }
mark { padding: .14em .3em; border-radius: .3em; background: var(--fill); color: inherit;
  box-shadow: inset 0 -.09em var(--line); -webkit-box-decoration-break: clone; box-decoration-break: clone; }
mark::after { content: "\\a0\\a0" attr(data-type); color: var(--label); font-size: .625em;
  font-weight: 600; letter-spacing: .04em; vertical-align: .1em; }
mark, .legend li { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
"""
_NEEDS_ESCAPE = re.compile("[^A-Za-z0-9_-]")


def stylesheet(types: Sequence[str]) -> str:
    """The style of the page, with colours for these types."""
    light = "".join(_rule(type_, light_colours(number)) for number, type_ in enumerate(types))
    dark = "".join(_rule(type_, dark_colours(number)) for number, type_ in enumerate(types))
    return f"{_PAGE}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rule(type_: str, colours: Colours) -> str:
    return (
        f'[data-type="{_string(type_)}"] '
        f"{{ --fill: {colours.fill}; --label: {colours.label}; --line: {colours.line}; }}\n"
    )


def _string(text: str) -> str:
    """The inside of a CSS string that holds nothing but plain characters, so that no type can end the style."""
    return _NEEDS_ESCAPE.sub(lambda found: f"\\{ord(found[0]):x} ", text)
