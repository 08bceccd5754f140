"""Differences of F1 between two taggings, each with its interval, beside nothing at all."""

from collections.abc import Mapping

from markupsafe import Markup
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tagger.evaluation.comparison import Difference
from tagger.reports.paints import FIRST, PAGE, QUIET
from tagger.reports.svg import drawing, name_rows, new_figure, to_svg

_ROW, _FRAME = 0.27, 0.55  # inches
MOST_ROWS = 40


def differences_chart(name: str, differences: Mapping[str, Difference]) -> Markup:
    """A row for each, the first ones, as many as fit."""
    shown = dict(list(differences.items())[:MOST_ROWS])
    with drawing():
        figure, axes = new_figure(_FRAME + _ROW * len(shown))
        name_rows(axes, list(shown))
        axes.axvline(0.0, color=QUIET.marker, linewidth=1.0, linestyle=(0, (3, 3)), zorder=1)
        for row, one in enumerate(shown.values()):
            axes.plot([one.interval.low, one.interval.high], [row, row], color=FIRST.marker, linewidth=2.2)
            axes.plot(one.a - one.b, row, "o", markersize=7, color=FIRST.marker, markeredgecolor=PAGE.marker)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:+g}" if value else "0"))
        axes.set_xlabel("points of F1 by which A is better")
        return to_svg(figure, name)
