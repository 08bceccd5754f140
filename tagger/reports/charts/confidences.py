"""What confidences are worth: the reliability diagram, and scores by threshold."""

from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from tagger.evaluation.confidences import Bin, Cut
from tagger.reports.paints import FIRST, PAGE, QUIET, RIGHT, SECOND, THIRD
from tagger.reports.svg import SIZE, drawing, new_figure, to_svg

_HEIGHT = 3.4  # inches
_TALLEST = 0.22  # of the axes, the bars of the counts


def reliability_chart(name: str, bins: Sequence[Bin]) -> Markup:
    """The share of right entities against the mean confidence, bin by bin; grey bars say how many there are."""
    with drawing():
        figure, axes = new_figure(_HEIGHT)
        most = max((one.entities for one in bins), default=1)
        axes.bar(
            [one.low for one in bins],
            [_TALLEST * one.entities / most for one in bins],
            0.1,
            align="edge",
            color=RIGHT.marker,
            edgecolor=PAGE.marker,
            linewidth=0.8,
        )
        axes.plot([0, 1], [0, 1], color=QUIET.marker, linewidth=1.0, linestyle=(0, (3, 3)))
        for one in bins:
            axes.plot([one.confidence] * 2, [one.interval.low, one.interval.high], color=FIRST.marker, linewidth=1.8)
        axes.plot(
            [one.confidence for one in bins],
            [one.right for one in bins],
            "o-",
            color=FIRST.marker,
            linewidth=1.8,
            markersize=7,
            markeredgecolor=PAGE.marker,
        )
        _in_percent(axes, "mean confidence in percent", "right, in percent")
        return to_svg(figure, name)


def threshold_chart(name: str, cuts: Sequence[Cut]) -> Markup:
    """Precision, recall and F1 of the entities that a minimum of confidence leaves."""
    with drawing():
        figure, axes = new_figure(_HEIGHT)
        thresholds = [cut.threshold for cut in cuts if cut.entities]
        for label, paint, line in (("precision", SECOND, "--"), ("recall", THIRD, ":"), ("f1", FIRST, "-")):
            values = [getattr(cut, label) for cut in cuts if cut.entities]
            axes.plot(
                thresholds, values, line, color=paint.marker, linewidth=2.0, label="F1" if label == "f1" else label
            )
        _in_percent(axes, "least confidence in percent", "percent")
        _raise_floor(axes, [getattr(cut, name) for cut in cuts if cut.entities for name in ("precision", "recall")])
        _legend(axes)
        return to_svg(figure, name)


def precision_recall_chart(name: str, cuts: Sequence[Cut]) -> Markup:
    """Precision against recall, as the threshold rises."""
    with drawing():
        figure, axes = new_figure(_HEIGHT)
        kept = [cut for cut in cuts if cut.entities]
        axes.plot(
            [cut.recall for cut in kept],
            [cut.precision for cut in kept],
            "o-",
            color=FIRST.marker,
            linewidth=1.8,
            markersize=5,
            markeredgecolor=PAGE.marker,
        )
        _in_percent(axes, "recall in percent", "precision in percent")
        _raise_floor(axes, [cut.precision for cut in kept])
        return to_svg(figure, name)


def _in_percent(axes: Axes, below: str, beside: str) -> None:
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.01)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(0.2))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
    axes.set_xlabel(below)
    axes.set_ylabel(beside)


def _raise_floor(axes: Axes, values: Sequence[float]) -> None:
    """Begin the axis a little below the lowest value, at a multiple of ten percent."""
    floor = max(0, int(10 * min(values, default=0.0) - 0.5)) / 10
    axes.set_ylim(floor, 1.0 + 0.01 * (1.0 - floor))
    axes.yaxis.set_major_locator(MultipleLocator(0.2 if floor < 0.5 else 0.1 if floor < 0.8 else 0.05))


def _legend(axes: Axes) -> None:
    axes.legend(
        frameon=False, fontsize=SIZE, labelcolor=QUIET.marker, loc="lower right", bbox_to_anchor=(1, 1), ncols=3
    )
