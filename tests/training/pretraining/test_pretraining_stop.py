"""A pretraining run that is stopped ends with a model, and goes on to the bytes of an undisturbed one."""

from dataclasses import replace

import pytest
from pretraining_runs import NO_CHECKPOINTS, SENTENCES, STREAM, Idle, resume, steps_in, stopped_in
from small_runs import content, unfinished

from tagger.language_models.bundle import LanguageBundle
from tagger.training.pretraining import loop, run
from tagger.training.pretraining.run import pretrain


def test_a_run_that_was_stopped_at_any_step_ends_with_the_bytes_of_an_undisturbed_one(ask, options, undisturbed):
    """What was measured because of the stop is in its model, and in no other."""
    events, model = undisturbed
    last = len(steps_in(events))
    for step in (1, 4, 6, 7, last - 1) if run.LanguageLearner is Idle else (3, 8):
        asked = ask(f"model{step}", **options)
        *_, measured, finished = seen = stopped_in(asked, step)
        assert (finished.resumable, len(steps_in(seen))) == (True, step)
        assert measured.steps == step
        manifest = LanguageBundle.open(asked.output).manifest
        assert manifest.history[-1]["steps"] == step
        assert manifest.perplexity == finished.perplexity
        assert steps_in(seen + resume(asked)) == steps_in(events)
        assert content(asked.output) == model
        assert not unfinished(asked).exists()


@pytest.mark.parametrize("learner", ["idle"], indirect=True)
def test_a_run_that_was_stopped_again_and_again_ends_with_the_same_bytes(ask, options, undisturbed):
    asked = ask(**options)
    for resuming in (False, True, True):
        stopped_in(replace(asked, resume=resuming), 2)
    resume(asked)
    assert content(asked.output) == undisturbed[1]


@pytest.mark.parametrize("learner", ["idle"], indirect=True)
def test_a_stop_in_the_last_step_is_the_end(ask, options, undisturbed):
    asked, last = ask(**options), len(steps_in(undisturbed[0]))
    *_, finished = stopped_in(asked, last)
    assert not finished.resumable
    assert content(asked.output) == undisturbed[1]
    assert not unfinished(asked).exists()


@pytest.mark.usefixtures("idle")
def test_a_stop_without_checkpoints_leaves_a_model_and_nothing_to_go_on_with(ask, tmp_path):
    *_, finished = stopped_in(ask(minutes=NO_CHECKPOINTS, **SENTENCES), 3)
    assert not finished.resumable
    assert LanguageBundle.open(finished.output).manifest.history[-1]["steps"] == 3
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model"}


@pytest.mark.usefixtures("idle")
def test_what_a_stop_measured_worse_does_not_become_the_model(ask, monkeypatch):
    """A perplexity that grows with the bias, and so with every step."""
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 2.0 + bias)
    asked = ask(**STREAM)
    *_, finished = stopped_in(asked, 6)
    history = LanguageBundle.open(asked.output).manifest.history
    assert [row["steps"] for row in history] == [4, 6]
    assert finished.perplexity == history[0]["perplexity"] < history[1]["perplexity"]
    bias = LanguageBundle.open(asked.output).weights()["language_model.forward.bias"][0]
    assert bias + 2.0 == pytest.approx(finished.perplexity, rel=1e-6)


@pytest.mark.usefixtures("idle")
def test_what_a_stop_measured_best_becomes_the_model_and_is_forgotten_by_the_run(ask, monkeypatch):
    """Stopped where the text was foretold best: the run that goes on ends with what it measures itself."""
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 2.0 + abs(bias - seen[5]))
    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(Idle, "perplexity", lambda learner, bias: seen.append(bias) or 2.0)
        patch.setattr(loop, "MEASURE_EVERY", 1)
        list(pretrain(ask("first", **STREAM)))
    list(pretrain(other := ask("other", **STREAM)))
    asked = ask(**STREAM)
    *_, finished = stopped_in(asked, 6)
    assert finished.perplexity == pytest.approx(2.0)
    assert LanguageBundle.open(asked.output).weights()["language_model.forward.bias"][0] == pytest.approx(seen[5])
    *_, finished = resume(asked)
    assert finished.perplexity > 2.01
    assert content(asked.output) == content(other.output)
