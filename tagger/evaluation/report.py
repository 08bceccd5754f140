"""Scores as text, in the layout of seqeval's report."""

from tagger.evaluation.calibration import Calibration
from tagger.evaluation.intervals import FEW, Interval, Intervals
from tagger.evaluation.scores import Report, Score, Scores

_COLUMNS = "precision    recall  f1-score   support"
_INTERVAL = "  95 % interval"


def text_report(scores: Scores) -> str:
    """The three views, one table each, and a line on confidences; where gold holds no entity, a line that says so."""
    if not scores.strict.types and not scores.default.types:
        return "no entity in the gold tags and none predicted: nothing to score\n"
    strict = _table("strict", scores.strict, scores.intervals)
    if not scores.default.micro.support:
        strict = "no entity in the gold tags: whatever is predicted is wrong\n\n" + strict
    if scores.default == scores.strict:
        strict += "(seqeval's default mode gives the same)\n"
        tables = [strict, _table("unseen in train", scores.unseen)]
    else:
        tables = [strict, _table("default mode", scores.default), _table("unseen in train", scores.unseen)]
    return "\n".join((*tables, *_confidence_line(scores.calibration)))


def _confidence_line(calibration: Calibration | None) -> list[str]:
    if calibration is None or not calibration.entities:
        return []
    mean, error = f"{calibration.confidence:.4f} on average", f"expected calibration error {calibration.error:.4f}"
    return [f"confidence of {calibration.entities:,} predicted entities: {mean}, {error}\n"]


def _table(title: str, report: Report, intervals: Intervals | None = None) -> str:
    width = max(len(title), len("micro avg"), *(len(type_) for type_ in report.types), 0)
    bounds = intervals.types if intervals is not None else {}
    rows = [f"{title:>{width}}  {_COLUMNS}{_INTERVAL if intervals is not None else ''}", ""]
    rows += [_row(type_, score, width, bounds.get(type_)) for type_, score in report.types.items()]
    rows += ["", _row("micro avg", report.micro, width, intervals.micro if intervals is not None else None)]
    return "\n".join((*rows, *_note(report, intervals))) + "\n"


def _row(name: str, score: Score, width: int, interval: Interval | None = None) -> str:
    bounds = f"  {interval.low:.4f}-{interval.high:.4f}" if interval is not None else ""
    return f"{name:>{width}}  {score.precision:9.4f} {score.recall:9.4f} {score.f1:9.4f} {score.support:9}{bounds}"


def _note(report: Report, intervals: Intervals | None) -> list[str]:
    if intervals is None:
        return []
    few = any(score.support < FEW for score in (report.micro, *report.types.values()))
    narrow = f"; too narrow where support is below {FEW}" if few else ""
    return [f"(interval of f1-score by a bootstrap over sentences{narrow})"]
