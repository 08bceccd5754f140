"""Scores as a person reads them."""

import pytest

from tagger.evaluation.calibration import Calibration
from tagger.evaluation.intervals import Interval, Intervals
from tagger.evaluation.report import text_report
from tagger.evaluation.scores import Report, Score, Scores

NOTHING = Report(Score(0.0, 0.0, 0.0, 0), {})
PER, LOC = Score(0.5, 1.0, 2 / 3, 1), Score(0.0, 0.0, 0.0, 1234)
SOME = Report(Score(0.25, 0.125, 1 / 6, 1235), {"LOC": LOC, "PER": PER})
MORE = Report(Score(1.0, 1.0, 1.0, 3), {"PER": PER})

SAME_IN_BOTH_MODES = """\
   strict  precision    recall  f1-score   support

      LOC     0.0000    0.0000    0.0000      1234
      PER     0.5000    1.0000    0.6667         1

micro avg     0.2500    0.1250    0.1667      1235
(seqeval's default mode gives the same)

unseen in train  precision    recall  f1-score   support

            PER     0.5000    1.0000    0.6667         1

      micro avg     1.0000    1.0000    1.0000         3
"""


def test_a_report_is_a_table_of_types_and_their_sum():
    assert text_report(Scores(strict=SOME, default=SOME, unseen=MORE)) == SAME_IN_BOTH_MODES


def test_confidences_have_a_line_below_the_tables():
    scores = Scores(strict=SOME, default=SOME, unseen=MORE, calibration=Calibration(0.0125, 0.95, 1234))
    line = "confidence of 1,234 predicted entities: 0.9500 on average, expected calibration error 0.0125\n"
    assert text_report(scores) == f"{SAME_IN_BOTH_MODES}\n{line}"
    nothing_predicted = Scores(strict=SOME, default=SOME, unseen=MORE, calibration=Calibration(0.0, 0.0, 0))
    assert text_report(nothing_predicted) == SAME_IN_BOTH_MODES


WITH_INTERVALS = """\
   strict  precision    recall  f1-score   support  95 % interval

      LOC     0.0000    0.0000    0.0000      1234  0.0000-0.0000
      PER     0.5000    1.0000    0.6667         1  0.2500-1.0000

micro avg     0.2500    0.1250    0.1667      1235  0.1250-0.2000
(interval of f1-score by a bootstrap over sentences; too narrow where support is below 30)
(seqeval's default mode gives the same)
"""


def test_intervals_stand_beside_the_strict_scores_alone():
    bounds = {"LOC": Interval(0.0, 0.0), "PER": Interval(0.25, 1.0)}
    scores = Scores(strict=SOME, default=SOME, unseen=MORE, intervals=Intervals(Interval(0.125, 0.2), bounds))
    strict, rest = text_report(scores).split("\nunseen")
    assert strict == WITH_INTERVALS
    assert "-" not in rest.replace("f1-score", "")


def test_enough_entities_have_no_word_of_few():
    enough = Report(LOC, {"LOC": LOC})
    scores = Scores(enough, enough, NOTHING, intervals=Intervals(Interval(0.0, 0.1), {"LOC": Interval(0.0, 0.1)}))
    assert "by a bootstrap over sentences)" in text_report(scores)


def test_the_default_mode_has_a_table_of_its_own_where_it_differs():
    text = text_report(Scores(strict=SOME, default=MORE, unseen=NOTHING))
    assert "gives the same" not in text
    headings = [line.partition("  precision")[0].strip() for line in text.splitlines() if "precision" in line]
    assert headings == ["strict", "default mode", "unseen in train"]
    averages = [line.split()[2:] for line in text.splitlines() if "micro avg" in line]
    assert [row[-1] for row in averages] == ["1235", "3", "0"]


def test_no_entity_anywhere_is_said_in_one_line():
    text = text_report(Scores(strict=NOTHING, default=NOTHING, unseen=NOTHING))
    assert text.count("\n") == 1
    assert "no entity" in text


def test_gold_without_an_entity_is_said():
    predicted_only = Report(Score(0.0, 0.0, 0.0, 0), {"PER": Score(0.0, 0.0, 0.0, 0)})
    assert "no entity" in text_report(Scores(strict=predicted_only, default=predicted_only, unseen=predicted_only))


@pytest.mark.parametrize("name", ["a-type-with-quite-a-long-name", "LOC", "Ö"])
def test_columns_end_below_their_headings(name):
    report = Report(PER, {name: PER})
    table = text_report(Scores(strict=report, default=report, unseen=report)).partition("(")[0]
    heading, row, average = [line for line in table.splitlines() if line]
    assert len(heading) == len(row) == len(average)
    assert row.split() == [name, "0.5000", "1.0000", "0.6667", "1"]
