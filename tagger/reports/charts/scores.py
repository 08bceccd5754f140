"""F1 of parts, each with its interval, and of the whole as a line through them."""

from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tagger.evaluation.breakdowns import Part
from tagger.reports.numbers import percent
from tagger.reports.paints import FIRST, INK, PAGE, QUIET
from tagger.reports.svg import SIZE, drawing, name_rows, new_figure, to_svg

_ROW, _FRAME = 0.27, 0.55  # inches
MOST_ROWS = 40


def scores_chart(name: str, parts: Sequence[Part], whole: Part) -> Markup:
    """The first parts, as many as fit."""
    shown = parts[:MOST_ROWS]
    with drawing():
        figure, axes = new_figure(_FRAME + _ROW * len(shown))
        name_rows(axes, [part.name for part in shown])
        axes.axvline(whole.score.f1, color=QUIET.marker, linewidth=1.0, linestyle=(0, (3, 3)), zorder=1)
        for row, part in enumerate(shown):
            if part.interval:
                axes.plot([part.interval.low, part.interval.high], [row, row], color=FIRST.marker, linewidth=2.2)
            axes.plot(part.score.f1, row, "o", markersize=7, color=FIRST.marker, markeredgecolor=PAGE.marker)
            axes.annotate(
                percent(part.score.f1),
                (1.0, row),
                (8, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
                color=INK.marker,
                fontsize=SIZE,
                annotation_clip=False,
            )
        lows = [part.interval.low if part.interval else part.score.f1 for part in shown]
        axes.set_xlim(max(0.0, min([*lows, whole.score.f1]) - 0.03), 1.005)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))
        axes.set_xlabel("F1 in percent")
        return to_svg(figure, name)
