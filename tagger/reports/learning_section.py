"""The section on how a model learned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tagger.reports.charts.learning import best_of, cost_chart, dev_chart
from tagger.reports.numbers import percent
from tagger.reports.paints import SECOND, THIRD, Paint
from tagger.reports.views import Chart, Section, Table

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Cost:
    """A number of each epoch that training brings down; `name` is that in the history."""

    name: str
    title: str
    unit: str
    note: str
    paint: Paint


_SCORES = ("precision", "recall", "f1")
_COSTS = (
    _Cost("tag_loss", "Tag loss on train", "nats per token", "What training brings down.", SECOND),
    _Cost("perplexity", "Language model on dev", "perplexity", "How well the model foretells the words of dev.", THIRD),
)


def learning_section(history: Sequence[Row]) -> Iterator[Section]:
    """The section, from the history that a model keeps, a row an epoch; none where it keeps no scores of dev."""
    rows = [row for row in history if isinstance(row.get("dev"), Mapping)]
    if rows:
        costs = [cost for cost in _COSTS if all(isinstance(row.get(cost.name), int | float) for row in rows)]
        charts = (_dev(rows), *(_cost(rows, cost) for cost in costs))
        yield Section("learning", "How the model learned", "From the history that the model keeps.", charts)


def _dev(rows: Sequence[Row]) -> Chart:
    best = best_of(rows)
    made = [(str(row["epoch"]), *(percent(row["dev"][name]) for name in _SCORES)) for row in rows]
    table = Table("Scores on dev, epoch by epoch", ("epoch", "precision", "recall", "F1"), tuple(made))
    note = f"The best epoch is {best['epoch']}, with F1 {percent(best['dev']['f1'])}."
    return Chart("Entities on dev", dev_chart("chart-dev", rows), note, table)


def _cost(rows: Sequence[Row], cost: _Cost) -> Chart:
    table = Table(cost.title, ("epoch", cost.unit), tuple((str(row["epoch"]), f"{row[cost.name]:.4g}") for row in rows))
    drawing = cost_chart(f"chart-{cost.name.replace('_', '-')}", rows, cost.name, cost.unit, cost.paint)
    return Chart(cost.title, drawing, cost.note, table)
