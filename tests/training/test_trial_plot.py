"""The picture of a study: every trial stands where its numbers say, and none hides another."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from tagger.search_space import DEFAULT_SPACE, Choices, Range
from tagger.training.study import TrialRecord
from tagger.training.trial_plot import trial_figure

SPACE = {
    "learning_rate": Range(0.001, 0.1, log=True),
    "layers": Range(1, 3),
    "optimizer": Choices(("nadam", "adam")),
    "lowercase": Choices((True, False)),
}


def record(number, f1, state="complete", **settings):
    settings = {"learning_rate": 0.01, "layers": 2, "optimizer": "nadam", "lowercase": True} | settings
    return TrialRecord(number, state, f1, 1, 4, settings)


RECORDS = [
    record(0, 0.70, layers=1),
    record(1, 0.80, learning_rate=0.05, optimizer="adam"),
    record(2, None, "failed"),
    record(3, 0.75, "pruned", lowercase=False),
    record(4, 0.78, layers=3),
    record(5, 0.9, "interrupted"),
]


def axes_of(space, records):
    top, bottom = trial_figure(space, records).subfigs
    return top.axes[0], {axes.get_xlabel(): axes for axes in bottom.axes}


def marks_in(axes):
    """Where the marks of each kind stand."""
    return {group.get_label(): [tuple(point) for point in group.get_offsets().tolist()] for group in axes.collections}


def test_each_trial_is_marked_by_its_number_and_score():
    top, _ = axes_of(SPACE, RECORDS)
    assert marks_in(top) == {"complete": [(0, 0.70), (4, 0.78)], "pruned": [(3, 0.75)], "best": [(1, 0.80)]}
    assert {text.get_text() for text in top.get_legend().get_texts()} == {"best so far", "complete", "pruned", "best"}
    assert (top.get_xlabel(), top.get_ylabel()) == ("trial", "dev F1")


def test_the_line_is_the_best_of_the_complete_trials_so_far():
    (line,) = axes_of(SPACE, RECORDS)[0].lines
    assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == ([0, 1, 4, 4], [0.70, 0.80, 0.80, 0.80])
    assert line.get_drawstyle() == "steps-post"


def test_each_option_has_a_panel_with_the_score_by_its_value():
    _, panels = axes_of(SPACE, RECORDS)
    assert [*panels] == [*SPACE]
    assert marks_in(panels["layers"]) == {
        "complete": [(1, 0.70), (3, 0.78)],
        "pruned": [(2, 0.75)],
        "best": [(2, 0.80)],
    }
    assert marks_in(panels["learning_rate"])["best"] == [(0.05, 0.80)]
    assert (panels["learning_rate"].get_xscale(), panels["layers"].get_xscale()) == ("log", "linear")


def test_choices_stand_side_by_side_under_their_names():
    _, panels = axes_of(SPACE, RECORDS)
    names = {name: [tick.get_text() for tick in panels[name].get_xticklabels()] for name in ("optimizer", "lowercase")}
    assert names == {"optimizer": ["nadam", "adam"], "lowercase": ["true", "false"]}
    assert marks_in(panels["optimizer"])["best"] == [(1, 0.80)]
    assert marks_in(panels["lowercase"])["pruned"] == [(1, 0.75)]


def test_a_trial_far_below_the_others_stands_at_the_axis():
    records = [record(number, f1) for number, f1 in enumerate((0.90, 0.88, 0.89, 0.0, 0.88))]
    top, panels = axes_of(SPACE, records)
    low, high = top.get_ylim()
    assert 0.7 < low < 0.88
    assert high > 0.90
    assert marks_in(top)["below the axis"] == [(3, pytest.approx(low))]
    assert {axes.get_ylim() for axes in panels.values()} == {(low, high)}


@pytest.mark.parametrize("scores", [[], [0.0], [0.5], [0.0, 0.0], [0.0, 0.0, 0.4]])
def test_few_scores_or_equal_ones_have_an_axis_too(scores):
    top, _ = axes_of(SPACE, [record(number, f1) for number, f1 in enumerate(scores)])
    low, high = top.get_ylim()
    assert low < min(scores, default=0.5) <= max(scores, default=0.5) < high


@pytest.mark.parametrize("count", range(1, 8))
def test_any_number_of_options_has_room(count, recwarn):
    space = {**DEFAULT_SPACE, **SPACE}
    space = {name: space[name] for name in [*space][:count]}
    settings = {"input_dropout": 0.3, "output_dropout": 0.4, "units": 64, "batch_size": 16}
    stream = io.BytesIO()
    trial_figure(space, [record(number, f1, **settings) for number, f1 in ((0, 0.7), (1, 0.8))]).savefig(stream)
    stream.seek(0)
    picture = imread(stream, format="png")
    assert picture.shape[1] > 1000
    assert np.ptp(picture) > 0.5
    assert [str(warning.message) for warning in recwarn] == []


def test_every_picture_is_drawn_apart_from_the_others():
    import matplotlib.pyplot

    trial_figure(SPACE, RECORDS)
    assert matplotlib.pyplot.get_fignums() == []
