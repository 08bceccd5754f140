"""The rows of a search."""

import pytest

from tagger.commands.trial_table import TrialTable
from tagger.search_space import DEFAULT_SPACE, Choices, Range
from tagger.training.study import TrialRecord

SPACE = {
    "learning_rate": Range(0.001, 0.1, log=True),
    "lowercase": Choices((True, False)),
    "output_dropout": Range(0.0, 1.0, step=0.125),
}
SETTINGS = {"output_dropout": 0.5, "lowercase": True, "learning_rate": 0.0123456}


def record(number, f1, state="complete", reason=None, **settings):
    best_epoch = None if f1 is None else number + 1
    return TrialRecord(number, state, f1, best_epoch, 9, SETTINGS | settings, reason)


def test_cells_stand_below_their_headings():
    table = TrialTable(SPACE)
    rows = [table.row(record(7, 0.25)), table.row(record(10, 1 / 3, learning_rate=0.1), is_best=True)]
    assert [*table.heading, *rows] == [
        "          dev    best           learning              output",
        "trial      F1   epoch  epochs       rate  lowercase  dropout",
        "    7  0.2500       8       9    0.01235       true      0.5",
        "   10  0.3333*     11       9        0.1       true      0.5",
    ]


def test_a_star_is_for_a_trial_better_than_all_before():
    records = [
        record(0, 0.5),
        record(1, 0.5),
        record(2, 0.9, "interrupted"),
        record(3, 0.8, "pruned"),
        record(4, None, "failed", "diverged"),
        record(5, 0.6),
    ]
    rows = [row.split() for row in TrialTable(SPACE).rows(records)]
    assert [(row[0], row[1]) for row in rows] == [
        ("0", "0.5000*"),
        ("1", "0.5000"),
        ("3", "0.8000"),
        ("4", "failed"),
        ("5", "0.6000*"),
    ]
    assert [row[7:] for row in rows] == [[], [], ["pruned"], ["diverged"], []]


@pytest.mark.parametrize("rate", [0.001, 0.0012345678, 0.01])
def test_the_default_search_fits_a_terminal_of_eighty_columns(rate):
    settings = {"learning_rate": rate, "input_dropout": 0.15, "output_dropout": 0.6, "units": 128, "batch_size": 64}
    table = TrialTable(DEFAULT_SPACE)
    row = table.row(TrialRecord(100, "pruned", 0.5, 10, 20, settings), is_best=True)
    assert {len(line) for line in [*table.heading, row.removesuffix("  pruned")]} == {len(table.heading[0])}
    assert len(row) <= 80


def test_where_nothing_is_done_there_is_a_heading_alone():
    table = TrialTable(SPACE)
    assert (len(table.heading), table.rows([])) == (2, [])
