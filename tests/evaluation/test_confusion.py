"""What is taken for what, counted by hand."""

from report_builders import FIVE, analysis_of

from tagger.evaluation.matching import Kind


def test_each_gold_entity_stands_in_its_row_and_each_spurious_one_in_the_last():
    confusion = analysis_of(*FIVE).confusion
    assert confusion.types == ("LOC", "ORG", "PER")
    rows = {row.type: (row.predicted, row.bounds, row.missed) for row in confusion.rows}
    assert rows == {
        "LOC": ((0, 0, 0), 0, 1),  # Ulm is missed
        "ORG": ((1, 1, 0), 1, 1),  # a part of Port of Ulm for LOC, Bonn right, Port of Bonn wider, Bonn missed
        "PER": ((1, 0, 1), 0, 0),  # Lund for LOC, Anna Weber right
    }
    assert confusion.spurious == (0, 0, 1)  # May
    assert sum(sum(predicted) + bounds + missed for predicted, bounds, missed in rows.values()) == 7


def test_kinds_are_counted_with_the_gold_type_or_the_spurious_one():
    kinds = analysis_of(*FIVE).kinds
    assert kinds == {
        "LOC": {Kind.MISSED: 1},
        "ORG": {Kind.BOTH: 1, Kind.RIGHT: 1, Kind.BOUNDARY: 1, Kind.MISSED: 1},
        "PER": {Kind.TYPE: 1, Kind.RIGHT: 1, Kind.SPURIOUS: 1},
    }
