"""Scores as text, in the layout of seqeval's report."""

from tagger.evaluation.calibration import Calibration
from tagger.evaluation.scores import Report, Score, Scores

_COLUMNS = "precision    recall  f1-score   support"


def text_report(scores: Scores) -> str:
    """The three views, one table each, and a line on confidences; where gold holds no entity, a line that says so."""
    if not scores.strict.types and not scores.default.types:
        return "no entity in the gold tags and none predicted: nothing to score\n"
    strict = _table("strict", scores.strict)
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


def _table(title: str, report: Report) -> str:
    width = max(len(title), len("micro avg"), *(len(type_) for type_ in report.types), 0)
    rows = [f"{title:>{width}}  {_COLUMNS}", ""]
    rows += [_row(type_, score, width) for type_, score in report.types.items()]
    rows += ["", _row("micro avg", report.micro, width)]
    return "\n".join(rows) + "\n"


def _row(name: str, score: Score, width: int) -> str:
    return f"{name:>{width}}  {score.precision:9.4f} {score.recall:9.4f} {score.f1:9.4f} {score.support:9}"
