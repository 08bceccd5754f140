"""The report on two taggings of a labelled file."""

from collections.abc import Iterator
from pathlib import Path

from tagger.evaluation.compare_files import FileComparison
from tagger.evaluation.comparison import Comparison, Difference, Disagreement
from tagger.evaluation.matching import Outcome
from tagger.files import replacing_file
from tagger.reports.charts.differences import MOST_ROWS, differences_chart
from tagger.reports.errors import Flag, Judged, browser_of
from tagger.reports.numbers import count, percent, plural
from tagger.reports.page import render
from tagger.reports.views import Chart, Headline, Section, Summary, Table, Tile

_WHO = Flag("Who is right", "A or B", "A alone", "B alone")
_SURE = 0.05  # a p-value below it is called unlikely


def write_comparison_report(path: Path, found: FileComparison) -> None:
    """Write the page: the same comparison, the same bytes.

    Raises:
        DataError: the file cannot be written.
    """
    page = comparison_report(found)
    with replacing_file(path) as stream:
        stream.write(page)


def comparison_report(found: FileComparison) -> str:
    """The page as text."""
    comparison = found.comparison
    types = tuple(comparison.types)
    a, b = (path.resolve().name for path in (found.a, found.b))
    size = f"{found.gold.path.name}: {plural(comparison.sentences, 'sentence')}"
    return render(
        len(types),
        title=f"{a} and {b} on {found.gold.path.name}",
        facts=(
            ("A", str(found.a)),
            ("B", str(found.b)),
            ("File", f"{size}, {count(comparison.micro.support)} entities"),
        ),
        summary=_summary(comparison),
        sections=(_types(comparison),),
        browser=browser_of(found.gold, list(_judged(comparison)), types, _WHO),
        errors_title="Where only one is right",
        errors_words=("gold", "the other", "the file", "the one that errs"),
    )


def points(share: float) -> str:
    """A difference in points, with its sign: +0.3."""
    return f"{100 * share:+.1f}"


def _summary(comparison: Comparison) -> Summary:
    f1 = comparison.micro.f1
    headline = Headline(
        "points of F1, A less B", f"{100 * (f1.a - f1.b):+.2f}", points(f1.interval.low), points(f1.interval.high)
    )
    tiles = (
        Tile("F1 of A", percent(f1.a), f"precision {_of(comparison, 0)}"),
        Tile("F1 of B", percent(f1.b), f"precision {_of(comparison, 1)}"),
        Tile("A alone right", count(len(comparison.a_alone)), "places where B errs"),
        Tile("B alone right", count(len(comparison.b_alone)), "places where A errs"),
    )
    return Summary(headline, tiles, tuple(_sentences(comparison)))


def _of(comparison: Comparison, side: int) -> str:
    pairs = ((one.a, one.b)[side] for one in (comparison.micro.precision, comparison.micro.recall))
    precision, recall = map(percent, pairs)
    return f"{precision}, recall {recall}"


def _sentences(comparison: Comparison) -> Iterator[str]:
    f1 = comparison.micro.f1
    better = "A" if f1.a > f1.b else "B"
    if f1.a == f1.b:
        yield "A and B have the same F1."
    elif f1.p_value < _SURE:
        yield f"{better} is better, and chance alone would hardly make such a difference: p is {f1.p_value:.4f}."
    else:
        yield f"{better} is ahead, but chance alone makes such a difference often enough: p is {f1.p_value:.4f}."
    yield (
        "p is how often a difference as large would come of chance if A and B were equally good. It speaks of these "
        "two taggings: another seed of the same training may turn a small difference round."
    )
    support = plural(comparison.micro.support, "entity", "entities")
    yield f"Of {support}, both find {count(comparison.both)} and neither {count(comparison.neither)}."


def _types(comparison: Comparison) -> Section:
    ordered = sorted(comparison.types.items(), key=lambda item: (-item[1].support, item[0]))
    micro = comparison.micro
    rows = [
        *(_row(type_, some.f1, some.support) for type_, some in ordered),
        _row("all", micro.f1, micro.support),
        _row("all: precision", micro.precision, micro.support),
        _row("all: recall", micro.recall, micro.support),
    ]
    table = Table("F1 by type", ("type", "A", "B", "A - B", "95 % interval", "p", "support"), tuple(rows))
    cut = f" The first {MOST_ROWS} of {len(ordered) + 1} are drawn." if len(ordered) >= MOST_ROWS else ""
    drawing = differences_chart("chart-differences", {"all": micro.f1, **{type_: some.f1 for type_, some in ordered}})
    note = f"The dot is the difference, the bar its 95 % interval; at the dashed line A and B are equal.{cut}"
    text = (
        "Strict F1 in percent. Each row is a test by itself: of 20 rows of which no difference is real, one has a p "
        "below 0.05."
    )
    return Section("types", "By type", text, (Chart("Differences of F1", drawing, note, table, open=True),))


def _row(name: str, one: Difference, support: int) -> tuple[str, ...]:
    bounds = f"{points(one.interval.low)} to {points(one.interval.high)}"
    return (name, percent(one.a), percent(one.b), points(one.a - one.b), bounds, f"{one.p_value:.4f}", count(support))


def _judged(comparison: Comparison) -> Iterator[Judged]:
    """What the one that errs has, flagged where A is the one that is right; sentence by sentence."""
    pairs = [*((one, True) for one in comparison.a_alone), *((one, False) for one in comparison.b_alone)]
    for one, is_a in sorted(pairs, key=lambda pair: _place(pair[0])):
        yield Judged(Outcome(one.sentence, one.gold, one.predicted, one.kind, None), is_a)


def _place(one: Disagreement) -> tuple[int, int]:
    return one.sentence, one.entity.start
