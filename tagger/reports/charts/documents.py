"""How scores are spread over documents."""

from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tagger.evaluation.breakdowns import Part
from tagger.reports.paints import FIRST, PAGE, QUIET
from tagger.reports.svg import drawing, new_figure, to_svg

_HEIGHT = 3.0  # inches
_BINS = 20


def documents_chart(name: str, documents: Sequence[Part], whole: Part) -> Markup:
    """How many documents have an F1 in each twentieth."""
    with drawing():
        figure, axes = new_figure(_HEIGHT)
        axes.hist(
            [part.score.f1 for part in documents],
            bins=_BINS,
            range=(0.0, 1.0),
            color=FIRST.marker,
            edgecolor=PAGE.marker,
            linewidth=0.8,
        )
        axes.axvline(whole.score.f1, color=QUIET.marker, linewidth=1.0, linestyle=(0, (3, 3)))
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlabel("F1 in percent")
        axes.set_ylabel("documents")
        return to_svg(figure, name)
