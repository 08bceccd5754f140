"""Templates, style and script put together as one page that needs nothing else."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tagger.reports.numbers import count, plural
from tagger.reports.paints import dark_variables, light_variables, type_rules
from tagger.surrogates import REPLACEMENT, without_surrogates


def render(types: int, **values: object) -> str:
    """A report with these values, every text of which is escaped.

    Args:
        types: how many entity types have a colour.
    """
    script = _part("browser.js")
    return (
        _environment()
        .get_template("report.html")
        .render(
            style=Markup(stylesheet(types)),
            script=Markup(script),
            script_hash=b64encode(sha256(script.encode()).digest()).decode(),
            **values,
        )
    )


def stylesheet(types: int) -> str:
    """The style of a page with so many entity types."""
    light, dark = (
        light_variables() + "}\n" + type_rules(types, dark=False),
        dark_variables() + "}\n" + type_rules(types, dark=True),
    )
    return f":root {{ {light}@media screen and (prefers-color-scheme: dark) {{\n:root {{ {dark}}}\n{_part('style.css')}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tagger.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(count=count, plural=plural)
    return environment


def _shown(value: object) -> object:
    """A text as content or as a quoted value; a raw carriage return would be read as a line feed."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return Markup(str(escape(without_surrogates(value.replace("\0", REPLACEMENT)))).replace("\r", "&#13;"))


def _part(name: str) -> str:
    return (files("tagger.reports") / "templates" / name).read_text(encoding="utf-8")
