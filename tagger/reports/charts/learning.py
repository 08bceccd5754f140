"""How a model learned, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from tagger.reports.paints import FIRST, INK, PAGE, QUIET, SECOND, THIRD, Paint
from tagger.reports.svg import SIZE, drawing, new_figure, to_svg

Row = Mapping[str, Any]

_HEIGHT = 2.9  # inches
_WIDE = 20.0  # the largest value over the smallest: then the axis is logarithmic
_HIGHEST = 1e100  # cost drawn: of more, the ticks of an axis would overflow
_LEAST_SPREAD = 0.04  # of the axis of scores: half a point is not to look like a leap


def dev_chart(name: str, rows: Sequence[Row]) -> Markup:
    """Precision, recall and F1 on dev, the best F1 marked."""
    with drawing():
        figure, axes = new_figure(_HEIGHT)
        best = best_of(rows)
        for label, paint, line in (("precision", SECOND, "--"), ("recall", THIRD, ":"), ("f1", FIRST, "-")):
            values = [row["dev"][label] for row in rows]
            shown = "F1" if label == "f1" else label
            axes.plot(_epochs(rows), values, line, color=paint.marker, linewidth=2.0, label=shown, **_lone(rows))
        look: dict[str, Any] = {
            "color": FIRST.marker,
            "markersize": 9,
            "markeredgecolor": PAGE.marker,
            "markeredgewidth": 2.0,
        }
        axes.plot(best["epoch"], best["dev"]["f1"], "o", **look)
        values = [row["dev"][label] for row in rows for label in ("f1", "precision", "recall")]
        spread = max(_LEAST_SPREAD, max(values) - min(values))
        axes.set_ylim(max(0.0, max(values) - 1.08 * spread), min(1.0, max(values) + 0.08 * spread))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))
        axes.set_ylabel("percent on dev")
        axes.legend(
            frameon=False, fontsize=SIZE, labelcolor=INK.marker, loc="lower right", bbox_to_anchor=(1, 1), ncols=3
        )
        _by_epoch(axes, rows)
        return to_svg(figure, name)


def cost_chart(name: str, rows: Sequence[Row], cost: str, label: str, paint: Paint = SECOND) -> Markup:
    """What a run brings down, such as `tag_loss`."""
    with drawing():
        figure, axes = new_figure(_HEIGHT)
        values = [min(row[cost], _HIGHEST) for row in rows]
        axes.plot(_epochs(rows), values, color=paint.marker, linewidth=2.0, **_lone(rows))
        if 0.0 < min(values) < max(values) / _WIDE:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_minor_locator(NullLocator())
        else:
            axes.set_ylim(0.0, 1.06 * max(values) or 1.0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_ylabel(label)
        _by_epoch(axes, rows)
        return to_svg(figure, name)


def best_of(rows: Sequence[Row]) -> Row:
    """The epoch with the best F1 on dev, the first of equals, as in training."""
    return max(rows, key=lambda row: row["dev"]["f1"])


def _epochs(rows: Sequence[Row]) -> list[int]:
    return [row["epoch"] for row in rows]


def _lone(rows: Sequence[Row]) -> dict[str, Any]:
    return {"marker": "o"} if len(rows) == 1 else {}


def _by_epoch(axes: Axes, rows: Sequence[Row]) -> None:
    if "dev" in rows[0]:
        axes.axvline(best_of(rows)["epoch"], color=QUIET.marker, linewidth=1.0, linestyle=(0, (3, 3)), zorder=1)
    axes.set_xlim(rows[0]["epoch"] - 0.5, rows[-1]["epoch"] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.set_xlabel("epoch")
