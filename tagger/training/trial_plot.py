"""The picture of a study: how the search went, and what each option had to do with it."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from tagger.search_space import Choices, Domain, SearchSpace, value_text
from tagger.training.study import TrialRecord, best_of

_PANELS_A_ROW = 3
_WIDTH, _TOP_HEIGHT, _ROW_HEIGHT = 10.0, 3.8, 2.6  # inches
_REACH = 3.0  # how far down the axis goes, in distances from the best score to the median
_GREY = "#8c8c8c"
_MARKS: dict[str, dict[str, Any]] = {
    "complete": {"marker": "o", "s": 28, "color": "#1f6fb2"},
    "pruned": {"marker": "x", "s": 32, "color": "#e08214"},
    "best": {"marker": "*", "s": 170, "color": "#c51b3a", "zorder": 3},
    "below the axis": {"marker": "v", "s": 28, "color": _GREY, "clip_on": False},
}


def trial_figure(space: SearchSpace, records: Sequence[TrialRecord]) -> Figure:
    """F1 by trial, and below it a panel for each option of the space with F1 by its value."""
    scored = [one for one in records if one.state in {"complete", "pruned"} and one.f1 is not None]
    rows = math.ceil(len(space) / _PANELS_A_ROW)
    figure = Figure(figsize=(_WIDTH, _TOP_HEIGHT + _ROW_HEIGHT * rows), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=[_TOP_HEIGHT, _ROW_HEIGHT * rows]).flat
    _draw_trials(top.subplots(), scored)
    panels = bottom.subplots(rows, math.ceil(len(space) / rows), squeeze=False).flatten()
    for panel, (name, domain) in zip(panels, space.items(), strict=False):
        _draw_option(panel, name, domain, scored)
    for panel in panels[len(space) :]:
        panel.remove()
    return figure


def _draw_trials(axes: Axes, scored: Sequence[TrialRecord]) -> None:
    complete = [one for one in scored if one.state == "complete"]
    if complete:
        numbers = [*(one.number for one in complete), scored[-1].number]
        best = list(accumulate(map(_f1, complete), max))
        axes.step(numbers, [*best, best[-1]], where="post", color=_GREY, linewidth=1.2, label="best so far")
        axes.set_title(f"dev F1 {best[-1]:.4f} at best", loc="left", fontsize="medium")
    _draw_marks(axes, scored, lambda one: one.number)
    axes.set_xlabel("trial")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if scored:
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False, ncols=5, fontsize="small")


def _draw_option(axes: Axes, name: str, domain: Domain, scored: Sequence[TrialRecord]) -> None:
    axes.set_xlabel(name)
    if isinstance(domain, Choices):
        axes.set_xticks(range(len(domain.values)), [value_text(value) for value in domain.values])
        axes.set_xlim(-0.5, len(domain.values) - 0.5)
        _draw_marks(axes, scored, lambda one: domain.values.index(one.settings[name]))
        return
    margin = 0.05 * (domain.high - domain.low)
    axes.set_xlim(domain.low - margin, domain.high + margin)
    if domain.log:
        factor = (domain.high / domain.low) ** 0.05
        axes.set(xscale="log", xlim=(domain.low / factor, domain.high * factor))
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    _draw_marks(axes, scored, lambda one: one.settings[name])


def _draw_marks(axes: Axes, scored: Sequence[TrialRecord], place: Callable[[TrialRecord], float]) -> None:
    """A mark for each trial: across at its place, up at its score or at the axis where that is too low."""
    low, high = _limits(scored)
    best = best_of(scored, 1)
    marks = ["best" if one in best else "below the axis" if _f1(one) < low else one.state for one in scored]
    for mark, style in _MARKS.items():
        found = [one for one, its in zip(scored, marks, strict=True) if its == mark]
        if found:
            axes.scatter([place(one) for one in found], [max(low, _f1(one)) for one in found], label=mark, **style)
    axes.set(ylim=(low, high), ylabel="dev F1")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _limits(scored: Sequence[TrialRecord]) -> tuple[float, float]:
    """The scores that an axis shows: a few trials that learned nothing should not press the others together."""
    scores = [_f1(one) for one in scored] or [0.0, 1.0]
    best, worst = max(scores), min(scores)
    reach = _REACH * (best - median(scores)) or best - worst
    lowest = max(worst, best - reach)
    margin = 0.08 * (best - lowest) or 0.01
    return lowest - margin, best + margin


def _f1(record: TrialRecord) -> float:
    return record.f1 or 0.0
