"""How far a run is: the bar of a terminal, the lines of a log, and what is said of an early end."""

import io
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

import tagger.training  # noqa: F401
from tagger.commands.training_display import show_training
from tagger.commands.training_progress import Bar, Lines, training_view
from tagger.config import Config, TrainingConfig
from tagger.corpus.schemes import SCHEMES
from tagger.evaluation.scores import Report, Score, Scores
from tagger.training.context import ContextRead
from tagger.training.loop import EpochDone, Position, Progress, StepDone
from tagger.training.plan import UnlabelledData
from tagger.training.run import Finished, Started, Waiting

CODE = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")


def started(*history, epochs=3, patience=2, position=None, raw=None):
    """A run that has `history` behind it."""
    data = SimpleNamespace(train=(), dev=(), dev_is_held_out=False, scheme=next(iter(SCHEMES.values())))
    config = Config(training=TrainingConfig(epochs=epochs, patience=patience))
    progress = Progress(position or Position(len(history) + 1), history)
    return Started(SimpleNamespace(config=config, data=data, vocabulary=(), unlabelled=raw), 1, 0, progress)


def step(epoch=1, tokens=250, seconds=5.0):
    """A step after which so many of an epoch's 1000 tokens are read, in so many seconds."""
    return StepDone(epoch, tokens, 1000, 0, 0.5, 6.0, 0.01, Position(epoch, 1, (0.0, 0.0, 0.0), seconds))


def epoch(number=1, f1=0.25, *, is_best=True, beside=2.0, complete=True):
    """An epoch whose steps took 20 seconds, and the scoring of dev `beside` more."""
    score = Score(0.5, 0.5, f1, 8)
    return EpochDone(number, 0.5, 6.0, 90.0, score, is_best, 20.0 + beside, 20.0, 1000, complete=complete)


def finished(*, resumable=False):
    score = Score(0.5, 0.5, 0.5, 8)
    report = Report(score, {"PER": score})
    return Finished("model", 1, Scores(report, report, report), resumable)


class Clock:
    """Shows the second it is set to."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def said(capsys):
    """What a run says on standard error whose events come at such seconds."""

    def said(*timed):
        clock = Clock()
        with Lines(clock) as lines:
            for second, event in timed:
                clock.now = 1000.0 + second
                lines.see(event)
        out, err = capsys.readouterr()
        assert out == ""
        return err.splitlines()

    return said


def test_a_long_epoch_has_a_line_every_thirty_seconds(said):
    steps = [(second, step(tokens=second, seconds=float(second))) for second in range(1, 100)]
    lines = said((0, started(epochs=1)), *steps)
    assert [re.search(r"\d+%", line)[0] for line in lines] == ["3%", "6%", "9%"]


def test_a_line_says_how_far_the_epoch_is_and_how_long_it_takes(said):
    (line,) = said((0, started()), (0, epoch()), (31, step(epoch=2)))
    # 250 tokens in 5 seconds: 15 seconds for the other 750, 20 for the third epoch, and twice 2 for dev
    assert line == (
        "epoch 2/3, 25% read, loss 0.5000, 50 tokens/s, 0:15 left of the epoch, at most 0:39 left of the run"
    )


def test_short_epochs_have_none(said):
    ends = [(20 * number, epoch(number)) for number in range(1, 10)]
    steps = [(20 * number + 19, step(number + 1)) for number in range(1, 10)]
    assert said((0, started(epochs=20)), *sorted(ends + steps, key=lambda timed: timed[0])) == []


def test_the_step_in_which_a_run_is_asked_to_stop_is_no_line(said):
    last = replace(step(), is_last=True)
    assert said((0, started()), (40, last)) == []


def test_a_long_wait_before_the_first_step_is_no_line(said):
    assert said((100, started()), (129, step())) == []


def test_reading_with_a_language_model_is_a_line_now_and_then(said):
    reads = [(second, ContextRead(second, 100)) for second in range(1, 101)]
    assert said(*reads) == ["reading characters, 30%", "reading characters, 60%", "reading characters, 90%"]
    assert said((40, ContextRead(100, 100))) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5.0, "0:15 left of"), (400.0, "20:00 left of"), (4000.0, "3:20:00 left of"), (0.01, "0:00 left of")],
)
def test_times_are_hours_minutes_and_seconds(said, seconds, text):
    (line,) = said((0, started()), (30, step(seconds=seconds)))
    assert text in line


def frames(*events, width=80, no_color=True):
    """What stands on a terminal after the last of the events."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, no_color=no_color)
    with Bar(console) as bar:
        for event in events:
            bar.see(event)
        bar._progress.refresh()
        shown = stream.getvalue()
    return CODE.sub("", shown.rsplit("\r", 1)[-1])


def test_before_the_first_step_no_number_is_made_up():
    assert re.fullmatch(r"[\u2501 ]+ reading", frames().strip())
    assert re.fullmatch(r"[\u2501 ]+ reading characters, 25%", frames(ContextRead(50, 200)).strip())
    assert re.fullmatch(r"epoch 1/3 [\u2501 ]+ compiling", frames(started()).strip())


def test_the_bar_says_how_far_the_run_is():
    done = (started(), epoch(), step(epoch=2))
    words = "at most 0:39 left  loss 0.5000  50 tokens/s  best F1 0.2500"
    assert re.fullmatch(rf"epoch 2/3 \S+ *{re.escape(words)}", frames(*done, width=120).strip())
    drawn = frames(*done, width=240).count("\u2501")
    assert drawn == pytest.approx(40 * (1 + 0.25) / 3, abs=1)


def test_a_run_that_goes_on_knows_its_best_and_its_pace():
    before = epoch(1, 0.75), epoch(2, 0.5, is_best=False, beside=4.0)
    shown = frames(started(*before, position=Position(3, 1)), step(epoch=3), width=120)
    assert "at most 0:19 left" in shown  # 15 seconds of steps and 4 for dev
    assert "best F1 0.7500" in shown


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("seconds", [5.0, 50_000.0])
def test_the_bar_leaves_room_for_the_ctrl_c_that_a_terminal_writes_behind_it(width, seconds):
    shown = frames(started(epochs=100), epoch(), step(epoch=12, tokens=999, seconds=seconds), width=width)
    assert "\n" not in shown
    assert "\u2026" not in shown
    assert len(shown) <= width - len("^C") - 1


@pytest.mark.parametrize(("width", "ends"), [(60, "loss 0.5000"), (80, "tokens/s"), (100, "best F1 0.2500")])
def test_a_narrow_terminal_sees_what_matters_most(width, ends):
    shown = frames(started(), epoch(), step(epoch=2), width=width).strip()
    assert "at most 0:39 left" in shown
    assert shown.endswith(ends)


class Terminal(io.StringIO):
    """Takes standard output and standard error."""

    def isatty(self):
        return True


@pytest.fixture
def no_sentences(monkeypatch):
    counts = {"sentences": 0, "tokens": 0, "entities": {}}
    monkeypatch.setattr("tagger.commands.training_display.describe", lambda sentences: counts)


@pytest.mark.usefixtures("no_sentences")
def test_a_long_path_is_one_line_of_the_report(monkeypatch):
    terminal, path = Terminal(), "/models/" + "a long name/" * 20
    monkeypatch.setattr("sys.stdout", terminal)
    events = [started(), step(), epoch(), replace(finished(), output=path)]
    show_training(events, Bar(Console(file=terminal, force_terminal=True, width=60)))
    assert terminal.getvalue().endswith(f"\nThe model is in {path}\n")


def test_the_bar_is_gone_at_the_end():
    shown = frames(started(), step(), epoch(), finished())
    assert shown.strip() == ""


@pytest.mark.parametrize(
    ("environment", "view"),
    [
        ({"TTY_COMPATIBLE": "1", "TERM": "xterm"}, Bar),
        ({"TTY_COMPATIBLE": "1", "TERM": "dumb"}, Lines),
        ({"TTY_COMPATIBLE": "0", "TERM": "xterm"}, Lines),
    ],
)
def test_only_a_terminal_that_can_move_its_cursor_has_the_bar(monkeypatch, environment, view):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert type(training_view()) is view


STOPPED = "\nstopped: no better dev F1 for 2 epochs\n"
GOES_ON = "\nthe run is not finished; go on with the same command and --resume\n"
BETTER, WORSE, WORSE_STILL = epoch(1), epoch(2, is_best=False), epoch(3, is_best=False)


@pytest.mark.parametrize(
    ("events", "is_stopped", "goes_on"),
    [
        ([started(epochs=9), BETTER, WORSE, WORSE_STILL, finished()], True, False),
        ([started(BETTER, WORSE, epochs=9), WORSE_STILL, finished()], True, False),
        ([started(BETTER, WORSE, WORSE_STILL, epochs=9), finished()], True, False),
        ([started(epochs=3), BETTER, WORSE, WORSE_STILL, finished()], False, False),
        ([started(epochs=9), BETTER, WORSE, finished(resumable=True)], False, True),
        ([started(epochs=9), BETTER, WORSE, WORSE_STILL, finished(resumable=True)], False, True),
        ([started(epochs=9), BETTER, WORSE, finished()], False, False),  # asked to stop, and no checkpoints are kept
        (
            [started(BETTER, WORSE, epochs=9), epoch(3, is_best=False, complete=False), finished(resumable=True)],
            False,
            True,
        ),
        ([started(BETTER, WORSE, epochs=9), epoch(3, is_best=False, complete=False), finished()], False, False),
    ],
)
@pytest.mark.usefixtures("no_sentences")
def test_the_end_is_said_to_be_early_only_where_dev_was_no_better(capsys, events, is_stopped, goes_on):
    show_training(events)
    out = capsys.readouterr().out
    assert (STOPPED in out) is is_stopped
    assert (GOES_ON in out) is goes_on


def test_who_is_waited_for_is_said_at_once_and_not_among_the_results(capsys):
    show_training([Waiting(("one:1", "two:2"))])
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", "waiting for one:1, two:2\n")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [(999, "999 words"), (1_000, "1.0K words"), (1_249_999, "1.2M words"), (20_500_000_000, "20.5G words")],
)
def test_unlabelled_text_is_counted_in_the_lines_and_beside_the_bar(said, tokens, text):
    mixed = replace(step(), unlabelled_tokens=tokens)
    (line,) = said((0, started()), (31, mixed))
    assert f"25% read, {text} of raw text, loss 0.5000, " in line
    assert f"{text} of raw text" in frames(started(), mixed, width=200)
    assert "raw text" not in frames(started(), step(), width=200)


def test_its_perplexity_has_a_column_where_there_is_such_text(capsys):
    raw = UnlabelledData(["a.txt"], words=1_234_567, sentences=9_876, is_whole=True)
    show_training([started(raw=raw), replace(epoch(), unlabelled_perplexity=4321.06)])
    lines = capsys.readouterr().out.splitlines()
    assert "unlabelled: 9,876 sentences, 1,234,567 words" in lines
    heading, row = (next(line for line in lines if line.split()[:1] == [start]) for start in ("epoch", "1"))
    assert len(heading) == len(row)
    end = heading.index("unlabelled") + len("unlabelled")
    assert row[:end].endswith(" 4321.1")
    show_training([started(raw=replace(raw, is_whole=False))])
    assert "unlabelled: more than 9,876 sentences, more than 1,234,567 words" in capsys.readouterr().out
    show_training([started(), epoch()])
    assert "unlabelled" not in capsys.readouterr().out
