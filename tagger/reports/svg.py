"""Figures as parts of a page: SVG whose colours and letters are the page's own. Same figure, same text."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
import matplotlib.style
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tagger.reports.paints import INK, PAINTS, QUIET, RULE

WIDTH = 4.7  # inches: of the narrowest page, on which letters are still to be read
SIZE = 9.0  # points, of letters
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_VARIABLES = {paint.marker: f"var(--{paint.variable})" for paint in PAINTS}
_MARKER = re.compile("|".join(_VARIABLES))
_PROLOGUE = re.compile(r"^.*?(?=<svg\b)|<metadata>.*?</metadata>\s*", re.DOTALL)
_NOT_SEEN = re.compile(r'\s*<style type="text/css">.*?</style>|<!--.*?-->', re.DOTALL)
_FONT = re.compile(r"font: (?:(bold|[1-9]00) )?([\d.]+px) [^;\"]*")
_ID = re.compile(r' id="([^"]*)"')
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 22  # letters of a name beside a chart


@contextmanager
def drawing() -> Iterator[None]:
    """Make figures and parts of them inside this, whatever a user's own matplotlib is set to."""
    with matplotlib.style.context("default"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the page's own letters are drawn, by the browser
        yield


def new_figure(height: float) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, dressed as all of them are; its height in inches."""
    figure = Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(w_pad=0.04, h_pad=0.04))
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    axes.grid(color=RULE.marker, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(color=RULE.marker, labelcolor=QUIET.marker, labelsize=SIZE, length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(RULE.marker)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_color(QUIET.marker)
        axis.label.set_fontsize(SIZE)
    return figure, axes


def name_rows(axes: Axes, names: list[str]) -> None:
    """Write names at the left of rows 0, 1 ..., the first at the top."""
    axes.set_yticks(range(len(names)), [_shown(name) for name in names], color=INK.marker, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)


def to_svg(figure: Figure, name: str) -> Markup:
    """The figure as an element whose parts have ids that begin with `name`, hidden from screen readers."""
    stream = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(stream, format="svg", transparent=True, metadata=_NO_METADATA)
    text = _NOT_SEEN.sub("", _PROLOGUE.sub("", stream.getvalue()))
    text = _MARKER.sub(lambda found: _VARIABLES[found[0]], text)
    text = _FONT.sub(lambda found: f"font-size: {found[2]}" + (f"; font-weight: {found[1]}" if found[1] else ""), text)
    text = re.sub(r'^<svg [^>]*?(viewBox="[^"]*")[^>]*>', r'<svg \1 aria-hidden="true" focusable="false">', text)
    return Markup(_own_ids(text, name))


def _own_ids(text: str, name: str) -> str:
    """Ids that no other figure of the page has, and none that nothing points to."""
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', text))
    text = _ID.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r'(url\(|xlink:href=")#', rf"\1#{name}-", text).replace("xlink:href=", "href=")
    return re.sub(r">\s+<", "><", text)


def _shown(name: str) -> str:
    clean = _FORBIDDEN.sub("\ufffd", name)
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"
