"""Analyses as tables."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tagger.evaluation.breakdowns import Part
from tagger.evaluation.confidences import Bin, Cut
from tagger.evaluation.confusion import Confusion
from tagger.evaluation.gold_file import GoldFile
from tagger.evaluation.matching import Kind
from tagger.reports.numbers import DASH, count, interval, percent
from tagger.reports.views import Table
from tagger.reports.words import KIND_HEADS, KIND_NAMES

_SCORES = ("precision", "recall", "F1", "95 % interval", "support")


def scores_table(caption: str, head: str, parts: Sequence[Part], whole: Part | None = None) -> Table:
    """Precision, recall, F1 and its interval, and support of parts, and of the whole where it is given."""
    rows = [_scores_row(part.name, part) for part in parts]
    return Table(caption, (head, *_SCORES), (*rows, *([_scores_row("all", whole)] if whole else [])))


def kinds_table(counts: Mapping[str, Counter[Kind]]) -> Table:
    """Errors by type and kind, types with most errors first."""
    totals = {type_: sum(found[kind] for kind in KIND_NAMES) for type_, found in counts.items()}
    rows = [
        (type_, *(count(counts[type_][kind]) for kind in KIND_NAMES), count(totals[type_]))
        for type_ in sorted(totals, key=lambda type_: (-totals[type_], type_))
    ]
    return Table("Errors by type and kind", ("type", *KIND_HEADS.values(), "all"), tuple(rows))


def confusion_table(confusion: Confusion) -> Table:
    """A row for each gold type, a column for each predicted one; shaded by the share of the row."""
    rows, shares = [], []
    for row in confusion.rows:
        cells = (*row.predicted, row.bounds, row.missed)
        rows.append((row.type, *(_or_nothing(cell) for cell in cells)))
        shares.append(tuple(cell / max(1, sum(cells)) for cell in cells))
    total = max(1, sum(confusion.spurious))
    rows.append(("nothing (spurious)", *(_or_nothing(cell) for cell in confusion.spurious), "", ""))
    shares.append((*(cell / total for cell in confusion.spurious), 0.0, 0.0))
    columns = ("in the file", *confusion.types, "other bounds", "missed")
    return Table("Types in the file, by what the model predicts for them", columns, tuple(rows), tuple(shares))


def documents_table(documents: Sequence[Part], gold: GoldFile, most: int) -> Table:
    """The documents with most errors."""
    starts = dict(reversed(list(zip(gold.documents, gold.lines, strict=True))))

    def errors(part: Part) -> int:
        return part.score.support + part.predicted - 2 * part.right

    shown = sorted((part for part in documents if errors(part)), key=errors, reverse=True)[:most]
    rows = [
        (
            part.name.lstrip("0"),
            count(starts[int(part.name) - 1]),
            percent(part.score.f1),
            count(part.score.support),
            count(part.score.support - part.right),
            count(part.predicted - part.right),
        )
        for part in shown
    ]
    columns = ("document", "line", "F1", "entities", "missing", "wrong")
    return Table(
        "Documents with most errors: the line they begin in, entities not found, and predicted ones that are wrong",
        columns,
        tuple(rows),
    )


def bins_table(bins: Sequence[Bin]) -> Table:
    """What the reliability diagram shows."""
    rows = [
        (
            f"{percent(one.low)}{DASH}{percent(one.high)}",
            count(one.entities),
            percent(one.confidence),
            percent(one.right),
            interval(one.interval),
        )
        for one in bins
    ]
    return Table(
        "Reliability of confidences", ("confidence", "entities", "mean", "right", "95 % interval"), tuple(rows)
    )


def cuts_table(cuts: Sequence[Cut]) -> Table:
    """Scores by threshold."""
    rows = [
        (f"{cut.threshold:.2f}", count(cut.entities), percent(cut.precision), percent(cut.recall), percent(cut.f1))
        for cut in cuts
    ]
    return Table("Scores by threshold", ("--min-confidence", "entities", "precision", "recall", "F1"), tuple(rows))


def _scores_row(name: str, part: Part) -> tuple[str, ...]:
    score = part.score
    numbers = percent(score.precision), percent(score.recall), percent(score.f1)
    return (name, *numbers, interval(part.interval), count(score.support))


def _or_nothing(number: int) -> str:
    return count(number) if number else "·"
