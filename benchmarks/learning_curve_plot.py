"""Draws what language_model.py has found on CoNLL-2003: F1 by the share of train, with word vectors and without.

    python benchmarks/learning_curve_plot.py --work DIR --output docs/language_model.png [--only off on raw pretrained]

A full mark with a bar is the mean and the deviation of several seeds, a hollow one is a single seed.
"""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import matplotlib.style
from language_model_table import (
    BASELINE,
    WITH,
    WITHOUT,
    Found,
    Run,
    Table,
    current,
    gains,
    read_results,
    read_table,
    scores,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

CORPUS, PART = "conll2003", "dev"
TITLES = {WITH: "With GloVe vectors", WITHOUT: "Without vectors"}
LABELS = {"off": "head off", "on": "head on", "raw": "head on, raw text", "pretrained": "pretrained, head on"}
SIZE, DPI = (8.0, 5.8), 200  # inches, and pixels an inch: sharp at 1600 pixels, easily read at 800
INK, FAINT, GRID = "#333333", "#999999", "#E8E8E8"
COLOURS = ("#555555", "#0072B2", "#D55E00", "#009E73", "#CC79A7")  # Okabe and Ito 2008, after a grey
MARKS = ("o", "s", "D", "^", "v")
APART = 1.035  # factor between settings of one share, so that their bars do not hide each other


@dataclass(frozen=True)
class Curve:
    """One setting: a list of values, a seed each, by percent of train."""

    setting: str
    number: int
    scores: Mapping[int, list[float]]
    gains: Mapping[int, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory of results.jsonl")
    parser.add_argument("--output", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--table", type=Path, default=Path(__file__).with_name("language_model.toml"))
    parser.add_argument("--only", nargs="+", metavar="SETTING", default=list(LABELS))
    arguments = parser.parse_args()
    table = read_table(arguments.table)
    found = current(table, read_results(arguments.work / "results.jsonl"))
    with matplotlib.style.context("default"):
        figure = draw({vectors: curves(table, found, vectors, arguments.only) for vectors in TITLES})
        figure.savefig(arguments.output, format="png", backend="agg", metadata={"Software": None})


def curves(table: Table, found: Found, vectors: str, settings: Iterable[str]) -> list[Curve]:
    """Of the settings that have been run."""
    made = []
    for number, setting in enumerate(settings):
        f1, gain = {}, {}
        for percent in sorted(map(int, (share for share in table.shares if share.isdigit()))):
            run = Run(CORPUS, percent, vectors, setting, seed=0)
            f1[percent] = scores(found, run, PART)
            gain[percent] = gains(f1[percent], scores(found, replace(run, setting=BASELINE), PART))
        made.append(Curve(setting, number, _filled(f1), _filled(gain)))
    return [curve for curve in made if curve.scores]


def _filled(values: Mapping[int, dict[int, float] | list[float]]) -> dict[int, list[float]]:
    lists = {percent: list(some.values()) if isinstance(some, dict) else some for percent, some in values.items()}
    return {percent: some for percent, some in lists.items() if some}


def draw(panels: Mapping[str, list[Curve]]) -> Figure:
    """A column for each kind of run: above F1, below what is gained over the baseline."""
    figure = Figure(figsize=SIZE, dpi=DPI, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06, wspace=0.04))
    rows = figure.subplots(2, len(panels), squeeze=False, sharex=True, height_ratios=[1.5, 1.0])
    for place, (vectors, lines) in enumerate(panels.items()):
        upper, lower = rows[0][place], rows[1][place]
        for axes in (upper, lower):
            _dress(axes)
        for curve in lines:
            _plot(upper, curve, curve.scores)
            if curve.setting != BASELINE:
                _plot(lower, curve, curve.gains)
        upper.set_title(TITLES[vectors], loc="left", color=INK, fontsize=12, fontweight="bold")
        lower.axhline(0.0, color=COLOURS[0], linewidth=1.2, zorder=1)
        lower.set_xlabel("share of train (logarithmic)", color=INK, fontsize=11)
    rows[0][0].set_ylabel("dev F1, percent", color=INK, fontsize=11)
    rows[1][0].set_ylabel("gain over head off", color=INK, fontsize=11)
    _legend(figure, [line for lines in panels.values() for line in lines])
    return figure


def _plot(axes: Axes, curve: Curve, values: Mapping[int, list[float]]) -> None:
    colour, mark = COLOURS[curve.number % len(COLOURS)], MARKS[curve.number % len(MARKS)]
    across = [percent * APART ** (curve.number - 1.5) for percent in values]
    up = [mean(some) for some in values.values()]
    axes.plot(across, up, color=colour, linewidth=1.8, zorder=2)
    for x, y, some in zip(across, up, values.values(), strict=True):
        bar = stdev(some) if len(some) > 1 else None
        face = colour if len(some) > 1 else "white"
        look: dict[str, Any] = {"markersize": 5.5, "markerfacecolor": face, "markeredgewidth": 1.5}
        look |= {"capsize": 2.5, "elinewidth": 1.4}
        axes.errorbar([x], [y], yerr=bar, fmt=mark, color=colour, zorder=3, **look)


def _dress(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_xlim(0.8, 125.0)
    axes.set_xticks([1, 5, 10, 25, 100])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(color=FAINT, labelcolor=INK, labelsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)


def _legend(figure: Figure, lines: Iterable[Curve]) -> None:
    settings = {curve.setting: curve.number for curve in lines}
    handles = [
        Line2D([], [], color=COLOURS[number % len(COLOURS)], marker=MARKS[number % len(MARKS)], linewidth=1.8)
        for number in settings.values()
    ]
    labels = [LABELS.get(setting, setting) for setting in settings]
    hollow = Line2D([], [], color=INK, marker="o", markerfacecolor="white", markeredgewidth=1.5, linestyle="")
    figure.legend(
        [*handles, hollow], [*labels, "one seed"], loc="outside upper center", ncols=5, frameon=False, fontsize=10
    )


if __name__ == "__main__":
    main()
