import re

import matplotlib
import numpy as np
import pytest
from PIL import Image

from tagger.errors import DataError
from tagger.training.learning_curve import learning_curve, write_learning_curve

LOSS, PERPLEXITY, SCORES = "Tag loss on train", "Language model on dev", "Entities on dev"


def history(f1s, losses=None, perplexities=None):
    """Rows as a manifest keeps them."""
    losses = losses or [1.0 / (place + 1) for place in range(len(f1s))]
    perplexities = perplexities or [None] * len(f1s)
    return [
        {
            "epoch": place + 1,
            "tag_loss": loss,
            "lm_loss": 3.0,
            "perplexity": perplexity,
            "dev": {"precision": min(1.0, 1.1 * f1), "recall": 0.9 * f1, "f1": f1, "support": 40},
        }
        for place, (f1, loss, perplexity) in enumerate(zip(f1s, losses, perplexities, strict=True))
    ]


def rising(epochs, top=0.9):
    return [top * (1.0 - 0.5 ** (epoch + 1)) for epoch in range(epochs)]


def panels_of(rows):
    """The panels by their titles, laid out and drawn."""
    figure = learning_curve(rows)
    figure.draw_without_rendering()
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def curves_of(axes):
    """The lines over epochs, by their names."""
    found = {line.get_label(): line.get_xydata().tolist() for line in axes.lines if len(set(line.get_xdata())) > 1}
    return {name.lstrip("_"): points for name, points in found.items()}


def ticks_of(axis):
    """Values and texts of the ticks that are within the axis."""
    low, high = sorted(axis.get_view_interval())
    ticks = zip(axis.get_majorticklocs().tolist(), [label.get_text() for label in axis.get_ticklabels()], strict=True)
    return {value: text for value, text in ticks if low <= value <= high}


def test_the_curves_are_the_rows():
    rows = history([0.5, 0.7, 0.6], losses=[1.5, 0.9, 0.4], perplexities=[90.0, 40.0, 30.0])
    panels = panels_of(rows)
    assert list(panels) == [LOSS, SCORES, PERPLEXITY]
    assert list(curves_of(panels[LOSS]).values()) == [[[1, 1.5], [2, 0.9], [3, 0.4]]]
    assert list(curves_of(panels[PERPLEXITY]).values()) == [[[1, 90.0], [2, 40.0], [3, 30.0]]]
    assert curves_of(panels[SCORES]) == {
        "F1": [[1, 0.5], [2, 0.7], [3, 0.6]],
        "precision": [[row["epoch"], row["dev"]["precision"]] for row in rows],
        "recall": [[row["epoch"], row["dev"]["recall"]] for row in rows],
    }
    legend = [text.get_text() for text in panels[SCORES].get_legend().get_texts()]
    assert legend == ["F1", "precision", "recall"]


def test_without_a_language_model_there_is_no_panel_of_it():
    panels = panels_of(history(rising(4)))
    assert list(panels) == [LOSS, SCORES]
    assert all(axes.get_xlabel() == "epoch" for axes in panels.values())


@pytest.mark.parametrize(
    ("f1s", "epoch", "text"),
    [
        ([0.5, 0.91304, 0.7], 2, "best F1 91.30\nepoch 2"),
        ([0.25, 0.75, 0.5, 0.75], 2, "best F1 75.00\nepoch 2"),  # the first of equals, whose weights are kept
        ([0.0, 0.0], 1, "best F1 0.00\nepoch 1"),
        ([1.0], 1, "best F1 100.00\nepoch 1"),
    ],
)
def test_the_best_epoch_is_marked_and_named(f1s, epoch, text):
    axes = panels_of(history(f1s))[SCORES]
    assert [annotation.get_text() for annotation in axes.texts] == [text]
    (ring,) = axes.collections
    assert ring.get_offsets().tolist() == [[epoch, f1s[epoch - 1]]]
    assert [line.get_xdata() for line in axes.lines if list(line.get_ydata()) == [0, 1]] == [[epoch, epoch]]


@pytest.mark.parametrize("best", [1, 10, 20])
@pytest.mark.parametrize("level", [0.0, 0.99])
def test_the_label_of_the_best_stays_within_its_panel(best, level):
    f1s = [level] * 20
    f1s[best - 1] = level + 0.01
    axes = panels_of(history(f1s))[SCORES]
    (label,) = axes.texts
    corners = axes.transAxes.inverted().transform(label.get_window_extent().corners())
    assert corners.min() >= 0.0
    assert corners.max() <= 1.0


@pytest.mark.parametrize("f1s", [[0.0] * 3, [0.003] * 3, [1.0] * 3, [0.5, 0.51], rising(10), rising(200)])
def test_the_label_of_the_best_covers_no_curve(f1s):
    axes = panels_of(history(f1s))[SCORES]
    (label,) = axes.texts
    covered = label.get_window_extent()
    epochs = np.linspace(1, len(f1s), 1000)
    for points in curves_of(axes).values():
        drawn = np.column_stack([epochs, np.interp(epochs, *np.transpose(points))])
        assert not any(covered.contains(*point) for point in axes.transData.transform(drawn))


@pytest.mark.parametrize("f1s", [[0.0] * 3, [1.0] * 3, [0.0, 1.0], [0.9, 0.905, 0.903]])
def test_all_scores_are_in_view_and_little_else(f1s):
    rows = history(f1s)
    low, high = panels_of(rows)[SCORES].get_ylim()
    shown = [row["dev"][name] for row in rows for name in ("f1", "precision", "recall")]
    assert low <= min(shown) <= max(shown) <= high
    assert low >= -0.03
    assert high <= 1.03
    assert high - low > 0.01


@pytest.mark.parametrize("epochs", [1, 2, 7, 20, 200])
def test_epochs_are_whole_numbers_from_the_first_to_the_last(epochs):
    for axes in panels_of(history(rising(epochs), perplexities=[50.0] * epochs)).values():
        ticks = ticks_of(axes.xaxis)
        assert 1 <= len(ticks) <= 9
        assert all(text == str(int(value)) and 1 <= value <= epochs for value, text in ticks.items())
        assert axes.get_xlim() == (0.5, epochs + 0.5)


@pytest.mark.parametrize(("epochs", "marker"), [(2, "o"), (40, "o"), (41, ""), (200, "")])
def test_epochs_are_dots_while_they_are_few(epochs, marker):
    panels = panels_of(history(rising(epochs)))
    lines = [panels[LOSS].lines[1], panels[SCORES].lines[1]]
    assert [line.get_marker() for line in lines] == [marker] * 2
    assert [len(line.get_xdata()) for line in lines] == [epochs] * 2


def test_a_lone_epoch_is_seen_as_dots():
    panels = panels_of(history([0.5], perplexities=[20.0]))
    dots = [line.get_marker() for axes in panels.values() for line in axes.lines if len(line.get_xdata()) == 1]
    assert dots == ["o"] * 5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("perplexities", "scale"),
    [
        ([300.0, 200.0, 150.0], "linear"),
        ([3000.0, 200.0, 100.0], "log"),
        ([1e12, 1e6, 100.0], "log"),
        ([1e304, 1e5, 1e2], "log"),
        ([1e304, 1e250, 1e200], "linear"),
        ([0.0, 0.0, 0.0], "linear"),
        ([100.0, 50.0, 0.0], "linear"),
    ],
)
def test_huge_perplexities_can_be_read(perplexities, scale):
    axes = panels_of(history(rising(3), perplexities=perplexities))[PERPLEXITY]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == scale
    assert ("logarithmic" in axes.get_ylabel()) == (scale == "log")
    assert low <= min(perplexities)
    assert high >= min(max(perplexities), 1e100)
    texts = [re.sub(r"[${}^ ]", "", text.replace(r"\times", "x")) for text in ticks_of(axes.yaxis).values()]
    assert 2 <= len(texts) <= 12
    assert max(map(len, texts)) <= 7
    assert not axes.yaxis.get_minorticklocs().size


@pytest.mark.parametrize(
    ("perplexities", "ticks"),
    [
        ([1600.0, 700.0, 400.0], {0.0: "0", 500.0: "500", 1000.0: "1,000", 1500.0: "1,500"}),
        ([9e7, 2e7, 3e6], {3e6: None, 1e7: "$10^{7}$", 2e7: r"$2\times 10^{7}$", 5e7: r"$5\times 10^{7}$"}),
    ],
)
def test_ticks_are_written_short(perplexities, ticks):
    found = ticks_of(panels_of(history(rising(3), perplexities=perplexities))[PERPLEXITY].yaxis)
    for value, text in ticks.items():
        assert found.get(value) == text


def test_scores_are_written_as_percent():
    ticks = ticks_of(panels_of(history([0.3, 0.6, 0.7]))[SCORES].yaxis)
    assert len(ticks) >= 3
    assert all(float(text) == pytest.approx(100.0 * value) for value, text in ticks.items())


def test_the_same_rows_make_the_same_bytes(tmp_path):
    rows = history(rising(5), perplexities=[90.0, 80.0, 70.0, 60.0, 50.0])
    names = ["first.png", "again.png", "other.png"]
    for name, drawn in zip(names, (rows, rows, rows[:4]), strict=True):
        write_learning_curve(tmp_path / name, drawn)
    first, again, other = ((tmp_path / name).read_bytes() for name in names)
    assert first == again != other


def test_the_file_is_a_png_that_says_nothing_of_time_or_version(tmp_path):
    write_learning_curve(tmp_path / "curve.png", history(rising(5)))
    with Image.open(tmp_path / "curve.png") as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (1800, 900))
        assert set(image.info) == {"dpi"}
        assert len(np.unique(np.asarray(image.convert("L")))) > 50  # something is drawn on it


def test_a_user_s_own_settings_of_matplotlib_neither_matter_nor_change(tmp_path):
    rows = history(rising(5))
    write_learning_curve(tmp_path / "curve.png", rows)
    own = {
        "font.size": 20.0,
        "savefig.dpi": 50,
        "savefig.bbox": "tight",
        "figure.facecolor": "black",
        "axes.grid": False,
    }
    with matplotlib.rc_context(own | {"savefig.facecolor": "red", "lines.marker": "x", "axes.edgecolor": "red"}):
        before = matplotlib.rcParams.copy()
        write_learning_curve(tmp_path / "own.png", rows)
        assert matplotlib.rcParams.copy() == before
    assert (tmp_path / "own.png").read_bytes() == (tmp_path / "curve.png").read_bytes()


def test_a_place_that_cannot_be_written_is_an_error_of_one_line(tmp_path):
    with pytest.raises(DataError, match=r"^.+none/curve\.png: cannot be written: .+$"):
        write_learning_curve(tmp_path / "none" / "curve.png", history(rising(2)))
    assert list(tmp_path.iterdir()) == []
