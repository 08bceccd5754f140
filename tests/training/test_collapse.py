"""What becomes of a run whose loss is no longer a number."""

import json
import math
from contextlib import nullcontext

import numpy as np
import pytest
from builders import small_config
from scripted_runs import config, script_runs, write_train
from small_runs import Idle, content, request, train

from tagger.errors import TaggerError
from tagger.evaluation.scores import Report, Score
from tagger.features.batching import EncodedSentences
from tagger.search_space import Choices
from tagger.training import judge, run
from tagger.training.learner import StepLosses
from tagger.training.loop import Collapsed, EpochDone, StepDone, train_epochs
from tagger.training.request import TrainRequest
from tagger.training.run import Finished, train_model

STEPS = 2  # an epoch
NOT_FINITE = pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])


class Fragile:
    """A learner that learns nothing, and whose losses are no numbers from a step on, the first being 0."""

    def __init__(self, step, loss=math.nan, surprise=0.0):
        self.breaks_at, self.loss, self.surprises = step, loss, surprise

    def step(self, batch, number, rate):
        return StepLosses(1.0, self.loss if number >= self.breaks_at else 1.0)

    def surprise(self, batch):
        return self.surprises

    def averaged(self):
        return nullcontext()


def events(learner, f1s, **options):
    data = EncodedSentences(np.zeros(8, np.int32), np.arange(0, 9, 2), np.zeros(8, np.int32))
    scores = iter(f1s)
    options = small_config(**({"batch_size": 2, "epochs": 5} | options))
    found = []
    try:
        for event in train_epochs(learner, data, data, options, lambda: Score(0.0, 0.0, next(scores), 1)):
            found.append(event)
    except TaggerError as error:
        found.append(str(error))
    return found


def kinds(found):
    return [type(event) for event in found]


@NOT_FINITE
@pytest.mark.parametrize("step", [2 * STEPS, 2 * STEPS + 1])
def test_after_a_good_epoch_the_run_ends_where_the_loss_is_no_number(loss, step):
    found = events(Fragile(step, loss), [0.5, 0.4])
    whole = [StepDone, StepDone, EpochDone]
    assert kinds(found) == [*whole, *whole, *[StepDone] * (step - 2 * STEPS), Collapsed]
    assert found[-1].epoch == 3


@NOT_FINITE
@pytest.mark.parametrize(("step", "f1s"), [(0, []), (1, []), (STEPS, [0.0]), (2 * STEPS, [0.0, 0.0])])
def test_with_nothing_good_before_it_is_an_error(loss, step, f1s):
    *_, last = events(Fragile(step, loss), f1s)
    epoch = 1 + step // STEPS
    assert last == f"epoch {epoch}: the loss is no longer a finite number; try a lower --learning-rate"


def test_weights_that_an_epochs_last_step_has_spoiled_are_not_scored():
    class Spoiled(Fragile):
        def surprise(self, batch):
            self.surprises = math.nan if self.surprises else 1.0
            return self.surprises

    found = events(Spoiled(99), [0.5])
    assert kinds(found) == [StepDone, StepDone, EpochDone, StepDone, StepDone, Collapsed]


class Breaking(Idle):
    """The idle learner, whose losses are no numbers from the third epoch on."""

    def step(self, batch, number, rate):
        losses = super().step(batch, number, rate)
        return losses if number < 2 * STEPS else StepLosses(math.nan, math.nan)


@pytest.fixture
def breaking(monkeypatch):
    """Runs whose third epoch collapses, and whose dev F1 is 0.5, then 0.25."""
    scores = iter([0.5, 0.25])
    monkeypatch.setattr(run, "Learner", Breaking)
    monkeypatch.setattr(judge, "score_strict", lambda *_: Report(Score(0.0, 0.0, next(scores), 1), {}))


@pytest.mark.usefixtures("breaking")
def test_the_best_model_before_is_kept_and_nothing_is_left_to_go_on_with(eight, tmp_path):
    *_, collapsed, finished = train(eight, tmp_path / "model", dev=eight, epochs=9)
    assert (collapsed, type(finished)) == (Collapsed(3), Finished)
    assert (finished.best_epoch, finished.resumable, finished.complete) == (1, False, True)
    history = [json.loads(line) for line in (tmp_path / "model" / "history.jsonl").read_text().splitlines()]
    assert [row["dev"]["f1"] for row in history] == [0.5, 0.25]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.usefixtures("breaking")
def test_it_is_the_model_of_a_run_that_ended_before(eight, tmp_path, monkeypatch):
    train(eight, tmp_path / "model", dev=eight, epochs=9)
    scores = iter([0.5])
    monkeypatch.setattr(judge, "score_strict", lambda *_: Report(Score(0.0, 0.0, next(scores), 1), {}))
    train(eight, tmp_path / "one", dev=eight, epochs=1)
    one, model = content(tmp_path / "one"), content(tmp_path / "model")
    different = {str(path) for path in model if model[path] != one[path]}
    assert different == {"run.toml", "history.jsonl", "learning_curve.png", "model.json", "README.md"}


@pytest.mark.usefixtures("breaking")
def test_a_stop_that_was_asked_for_in_the_collapse_leaves_nothing_to_go_on_with(eight, tmp_path):
    seen = []
    asked = request(eight, tmp_path / "model", dev=eight, epochs=9)
    for event in train_model(asked, lambda: Collapsed in kinds(seen)):
        seen.append(event)
    assert (seen[-1].resumable, seen[-1].complete) == (False, True)


def test_a_trial_that_collapses_has_failed_and_says_why(monkeypatch, tmp_path):
    from tagger.training.tuning import TuneRequest, tune

    runs = script_runs(monkeypatch, lambda options, epoch: 0.5)

    def collapse(request, stopping=None):
        for event in runs(request):
            if isinstance(event, EpochDone) and event.epoch == 3 and request.config.encoder.units == 32:
                yield Collapsed(3)
                return
            yield event

    monkeypatch.setattr("tagger.training.tuning.train_model", collapse)
    base = TrainRequest(write_train(tmp_path), tmp_path / "study", config=config())
    *_, done = tune(TuneRequest(base, 6, {"units": Choices((32, 64))}, prune=False))
    states = {record.settings["units"]: record.state for record in done.records}
    assert states == {32: "failed", 64: "complete"}
    (reason,) = {record.reason for record in done.records if record.state == "failed"}
    assert reason == Collapsed(3).reason
