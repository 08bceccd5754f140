"""The top of the page: the score, what goes with it, and in plain words where the errors are."""

from collections import Counter
from collections.abc import Iterator

from tagger.evaluation.analysis import Analysis
from tagger.evaluation.breakdowns import Part
from tagger.evaluation.confusion import Confusion
from tagger.evaluation.matching import Kind
from tagger.evaluation.train_knowledge import SEEN, UNSEEN
from tagger.reports.numbers import DASH, count, interval, percent, plural, share
from tagger.reports.views import Headline, Summary, Tile
from tagger.reports.words import KIND_NAMES


def summary_of(analysis: Analysis) -> Summary:
    """The headline, the numbers beside it and some sentences."""
    whole = analysis.breakdowns.whole
    found = whole.interval
    headline = Headline(
        "F1 in percent",
        f"{100 * whole.score.f1:.2f}",
        percent(found.low) if found else DASH,
        percent(found.high) if found else DASH,
    )
    return Summary(headline, tuple(_tiles(analysis)), tuple(_sentences(analysis)))


def _tiles(analysis: Analysis) -> Iterator[Tile]:
    whole, calibration = analysis.breakdowns.whole, analysis.scores.calibration
    yield Tile(
        "precision", percent(whole.score.precision), f"{count(whole.right)} of {count(whole.predicted)} predicted"
    )
    yield Tile(
        "recall", percent(whole.score.recall), f"{count(whole.right)} of {count(whole.score.support)} in the file"
    )
    unseen = _part(analysis, "novelty", UNSEEN)
    if unseen:
        yield Tile(
            "F1 of the unseen",
            percent(unseen.score.f1),
            f"{count(unseen.score.support)} entities, {interval(unseen.interval)}",
        )
    if calibration and calibration.entities:
        mean = f"mean confidence {percent(calibration.confidence)}"
        yield Tile("calibration error", percent(calibration.error), mean)


def _sentences(analysis: Analysis) -> Iterator[str]:
    kinds = Counter[Kind]()
    for found in analysis.kinds.values():
        kinds += found
    errors = kinds.total() - kinds[Kind.RIGHT]
    if not errors:
        yield (
            "The model makes no error on this file."
            if kinds[Kind.RIGHT]
            else "There is no entity in this file and none predicted."
        )
        return
    yield _on_kinds(kinds, errors)
    yield _on_types(analysis, errors)
    yield from _on_novelty(analysis)


def _on_kinds(kinds: Counter[Kind], errors: int) -> str:
    (first, most), *rest = sorted(
        ((kind, kinds[kind]) for kind in KIND_NAMES if kinds[kind]), key=lambda pair: pair[1], reverse=True
    )
    text = f"Of {plural(errors, 'error')}, {share(most / errors)} are {_in_words(first)}"
    return f"{text}, {share(rest[0][1] / errors)} {_in_words(rest[0][0])}." if rest else f"{text}."


def _in_words(kind: Kind) -> str:
    return {
        Kind.TYPE: "of another type",
        Kind.BOUNDARY: "of the right type with other bounds",
        Kind.BOTH: "wrong in both type and bounds",
    }.get(kind, KIND_NAMES[kind])


def _on_types(analysis: Analysis, errors: int) -> str:
    totals = {type_: found.total() - found[Kind.RIGHT] for type_, found in analysis.kinds.items()}
    worst = max(totals, key=lambda type_: totals[type_])
    text = f"{share(totals[worst] / errors)} of them concern “{worst}”, more than any other type"
    pair = _commonest_mistake(analysis.confusion)
    if pair is None:
        return f"{text}."
    gold, predicted, times = pair
    return f"{text}. The commonest mix-up: “{gold}” taken for “{predicted}”, {plural(times, 'time')}."


def _commonest_mistake(confusion: Confusion) -> tuple[str, str, int] | None:
    pairs = [
        (row.type, other, number)
        for row in confusion.rows
        for other, number in zip(confusion.types, row.predicted, strict=True)
        if other != row.type and number
    ]
    return max(pairs, key=lambda pair: pair[2]) if pairs else None


def _on_novelty(analysis: Analysis) -> Iterator[str]:
    seen, unseen = (_part(analysis, "novelty", name) for name in (SEEN, UNSEEN))
    if seen and unseen and seen.score.support and unseen.score.support:
        part = unseen.score.support / analysis.breakdowns.whole.score.support
        yield (
            f"Entities with a surface of the training file score {percent(seen.score.f1)}, the others "
            f"{percent(unseen.score.f1)}; the others are {share(part)} of the file's entities."
        )


def _part(analysis: Analysis, breakdown: str, name: str) -> Part | None:
    return next((part for part in analysis.breakdowns.parts[breakdown] if part.name == name), None)
