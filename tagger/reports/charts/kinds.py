"""How many errors of each kind the types have."""

from collections import Counter
from collections.abc import Mapping

from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from tagger.evaluation.matching import Kind
from tagger.reports.paints import INK, KINDS, PAGE
from tagger.reports.svg import SIZE, drawing, name_rows, new_figure, to_svg

_ROW, _FRAME = 0.3, 0.55  # inches
MOST_ROWS = 40


def kinds_chart(name: str, counts: Mapping[str, Counter[Kind]]) -> Markup:
    """A bar for each type, made of its errors by kind, those with most errors first."""
    totals = {type_: sum(found[kind] for kind in KINDS) for type_, found in counts.items()}
    types = sorted(totals, key=lambda type_: (-totals[type_], type_))[:MOST_ROWS]
    with drawing():
        figure, axes = new_figure(_FRAME + _ROW * len(types))
        name_rows(axes, types)
        for row, type_ in enumerate(types):
            left = 0
            for kind, paint in KINDS.items():
                width = counts[type_][kind]
                axes.barh(row, width, 0.62, left, color=paint.marker, edgecolor=PAGE.marker, linewidth=0.8)
                left += width
            axes.annotate(
                f"{left:,}",
                (left, row),
                (5, 0),
                textcoords="offset points",
                va="center",
                color=INK.marker,
                fontsize=SIZE,
            )
        axes.set_xlim(0, 1.14 * max([1, *totals.values()]))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlabel("errors")
        return to_svg(figure, name)
