"""A pretraining run that is killed at whatever moment goes on to the bytes of an undisturbed one."""

from dataclasses import replace

import pytest
from pretraining_runs import SENTENCES, Idle, killed_after, resume, stopped_in
from small_runs import content, unfinished

from tagger.training.pretraining import loop, run
from tagger.training.pretraining.loop import Measured
from tagger.training.pretraining.run import pretrain


@pytest.mark.parametrize("learner", ["idle"], indirect=True)
@pytest.mark.parametrize("count", [2, 5, 6, 9])
def test_a_killed_run_ends_with_the_bytes_of_an_undisturbed_one(ask, options, undisturbed, count):
    """After a first step, the fourth, and the measure after it; and later."""
    asked = ask(**options)
    killed_after(asked, count)
    assert not asked.output.exists()
    resume(asked)
    assert content(asked.output) == undisturbed[1]
    assert not unfinished(asked).exists()


@pytest.mark.usefixtures("idle")
def test_a_kill_between_the_last_step_of_a_pass_and_its_measure_is_mended(ask, monkeypatch):
    monkeypatch.setattr(loop, "MEASURE_EVERY", 1000)
    list(pretrain(other := ask("other", **SENTENCES)))
    asked = ask(**SENTENCES)
    seen = killed_after(asked, 1 + 6)
    assert (seen[-1].place.number, seen[-1].place.steps) == (1, 6)
    resume(asked)
    assert content(asked.output) == content(other.output)


@pytest.mark.usefixtures("idle")
def test_a_kill_between_the_best_network_and_its_checkpoint_is_mended(ask, options, monkeypatch):
    """No checkpoint knows of the second network that was kept; a stop before it is measured anew takes the first."""
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 1.0 + 9.0 / (1.0 + bias))
    list(pretrain(other := ask("other", **options)))
    asked, save_of = ask(**options), run._Run._save

    def save(self):
        if len(self.history) == 2:
            raise KeyboardInterrupt
        save_of(self)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run._Run, "_save", save)
        list(pretrain(asked))
    assert len(list(unfinished(asked).glob("best-*"))) == 2
    stopped_in(replace(asked, resume=True), 1)
    resume(asked)
    assert content(asked.output) == content(other.output)


@pytest.mark.usefixtures("idle")
def test_of_networks_that_were_measured_only_the_best_is_kept(ask, monkeypatch):
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 1.0 + 9.0 / (1.0 + bias))
    asked = ask(**SENTENCES)
    seen = killed_after(asked, 8)  # before its second measure
    assert [event.steps for event in seen if isinstance(event, Measured) and event.is_best] == [4]
    killed_after(replace(asked, resume=True), 4)
    assert [path.name for path in unfinished(asked).glob("best-*")] == ["best-6"]
