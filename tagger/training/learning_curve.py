"""A picture of a run, epoch by epoch: what was learned of train, and how well dev was tagged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from tagger.files import replacing_file

Row = Mapping[str, Any]

_SIZE, _DPI = (9.0, 4.5), 200  # inches, and pixels an inch: sharp at 1800 pixels, still easily read at 900
_BLUE, _SKY, _ORANGE, _RED, _GREEN = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#009E73"  # Okabe and Ito 2008
_INK, _FAINT, _GRID = "#333333", "#999999", "#E8E8E8"
_DOTTED_EPOCHS = 40  # of more, each dot would hide the next
_WIDE, _VERY_WIDE = 20.0, 100.0  # the largest value over the smallest: then the axis is logarithmic, in decades
_HIGHEST = 1e100  # cost drawn: of more, the ticks of an axis would overflow
_LEAST_SPREAD = 0.04  # of the axis of scores: half a point is not to look like a leap


def write_learning_curve(path: Path, rows: Sequence[Row]) -> None:
    """Draw a model's history, a row an epoch as its manifest has them, as a PNG: the same rows, the same bytes.

    Raises:
        DataError: the file cannot be written.
    """
    with replacing_file(path) as stream, matplotlib.style.context("default"):
        learning_curve(rows).savefig(stream.buffer, format="png", backend="agg", metadata={"Software": None})


def learning_curve(rows: Sequence[Row]) -> Figure:
    """The figure of a history: left the loss and, with a language model, the perplexity; right the scores of dev."""
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, wspace=0.03))
    costs = ["tag_loss", "perplexity"] if rows[0]["perplexity"] is not None else ["tag_loss"]
    panels = figure.subplot_mosaic([[name, "scores"] for name in costs], width_ratios=[1.0, 1.8])
    best = max(rows, key=lambda row: row["dev"]["f1"])  # the first of equals, as in training
    for axes in panels.values():
        _dress(axes, rows)
        axes.axvline(best["epoch"], color=_FAINT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    panels[costs[-1]].set_xlabel("epoch", color=_INK)
    panels["scores"].set_xlabel("epoch", color=_INK)
    _title(panels["tag_loss"], "Tag loss on train", "nats per token")
    _draw_cost(panels["tag_loss"], rows, "tag_loss", _RED)
    if "perplexity" in panels:
        _title(panels["perplexity"], "Language model on dev", "perplexity")
        _draw_cost(panels["perplexity"], rows, "perplexity", _GREEN)
    _title(panels["scores"], "Entities on dev", "percent")
    _draw_scores(panels["scores"], rows, best)
    return figure


def _draw_cost(axes: Axes, rows: Sequence[Row], name: str, colour: str) -> None:
    values = [min(row[name], _HIGHEST) for row in rows]
    lowest, highest = min(values), max(values)
    _plot(axes, rows, values, color=colour, linewidth=1.8, marker=_marker(rows))
    if 0.0 < lowest < highest / _WIDE:
        axes.set_yscale("log")
        axes.set_ylabel(f"{axes.get_ylabel()} (logarithmic)")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if lowest < highest / _VERY_WIDE else (1.0, 2.0, 5.0)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0.0, 1.06 * highest or 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(_number))


def _draw_scores(axes: Axes, rows: Sequence[Row], best: Row) -> None:
    f1, precision, recall = ([row["dev"][name] for row in rows] for name in ("f1", "precision", "recall"))
    lone = "o" if len(rows) == 1 else ""
    _plot(axes, rows, f1, color=_BLUE, linewidth=2.2, marker=_marker(rows), zorder=3, label="F1")
    _plot(axes, rows, precision, color=_SKY, linewidth=1.1, linestyle="--", marker=lone, label="precision")
    _plot(axes, rows, recall, color=_ORANGE, linewidth=1.1, linestyle=":", marker=lone, label="recall")
    axes.scatter([best["epoch"]], [best["dev"]["f1"]], 80, "white", edgecolors=_BLUE, linewidths=2.2, zorder=4)
    axes.set_ylim(*_limits([*f1, *precision, *recall]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, place: _number(100.0 * value)))
    look = {"frameon": False, "fontsize": 9, "labelcolor": _INK, "borderaxespad": 0.2}
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, **look)
    _label(axes, rows, best)


def _label(axes: Axes, rows: Sequence[Row], best: Row) -> None:
    """Write the best beside its line, at the foot, where curves that rise leave room; at the head if it lies low."""
    score, (low, high) = best["dev"]["f1"], axes.get_ylim()
    to_the_left = best["epoch"] > (rows[0]["epoch"] + rows[-1]["epoch"]) / 2
    at_the_foot = score > low + 0.4 * (high - low)
    axes.annotate(
        f"best F1 {100 * score:.2f}\nepoch {best['epoch']}",
        (best["epoch"], 0.0 if at_the_foot else 1.0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(-7 if to_the_left else 7, 7 if at_the_foot else -7),
        textcoords="offset points",
        horizontalalignment="right" if to_the_left else "left",
        verticalalignment="bottom" if at_the_foot else "top",
        color=_BLUE,
        fontsize=10,
        fontweight="bold",
    )


def _limits(scores: Sequence[float]) -> tuple[float, float]:
    """Of the axis of scores: with room at the foot for the label, and none for what no score can be."""
    spread = max(max(scores) - min(scores), _LEAST_SPREAD)
    middle = (max(scores) + min(scores)) / 2
    return max(middle - 0.75 * spread, -0.02 * spread), min(middle + 0.55 * spread, 1.0 + 0.02 * spread)


def _dress(axes: Axes, rows: Sequence[Row]) -> None:
    axes.set_xlim(rows[0]["epoch"] - 0.5, rows[-1]["epoch"] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(color=_FAINT, labelcolor=_INK, labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FAINT)


def _title(axes: Axes, title: str, unit: str) -> None:
    axes.set_title(title, loc="left", color=_INK, fontsize=11, fontweight="bold")
    axes.set_ylabel(unit, color=_INK, fontsize=9)


def _plot(axes: Axes, rows: Sequence[Row], values: Sequence[float], **look: Any) -> None:
    axes.plot([row["epoch"] for row in rows], values, markersize=4, **look)


def _marker(rows: Sequence[Row]) -> str:
    return "o" if len(rows) <= _DOTTED_EPOCHS else ""


def _number(value: float, place: int | None = None) -> str:
    """The text of a tick, short whatever its size: 0.02, 1,500, 3 x 10^7."""
    if value < 1000.0:
        return f"{value:g}"
    if value < 1e6:
        return f"{value:,.0f}"
    mantissa, exponent = f"{value:.2e}".split("e")
    factor = "" if float(mantissa) == 1.0 else rf"{float(mantissa):g}\times "
    return f"${factor}10^{{{int(exponent)}}}$"
