"""Requests for small language models, and learners that make them at once."""

import pytest
from language_networks import language_config
from pretraining_runs import EVERY_STEP, NO_CHECKPOINTS, SENTENCES, STREAM, TEXT, Idle, raw
from small_runs import content

from tagger.training.pretraining import loop, run
from tagger.training.pretraining.request import PretrainRequest
from tagger.training.pretraining.run import pretrain


@pytest.fixture
def measured_often(monkeypatch):
    """Passes of more than four steps are measured within."""
    monkeypatch.setattr(loop, "MEASURE_EVERY", 4)


@pytest.fixture
def idle(monkeypatch):
    """Runs pretrain with the idle learner, which needs no compiling."""
    monkeypatch.setattr(run, "LanguageLearner", Idle)


@pytest.fixture
def ask(tmp_path, measured_often):
    """A request for a model of some text, by default an unusual one."""

    def ask(output="model", text=TEXT, minutes=EVERY_STEP, dev=None, **options):
        path = tmp_path / "text.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if dev is not None:
            (tmp_path / "dev.txt").write_text(dev)
            dev = raw(tmp_path / "dev.txt")
        config = language_config(**options)
        return PretrainRequest(raw(path), tmp_path / output, dev, config=config, checkpoint_minutes=minutes)

    return ask


@pytest.fixture(params=[SENTENCES, STREAM], ids=["sentences", "stream"])
def options(request):
    return request.param


@pytest.fixture(params=["idle", pytest.param("real", marks=pytest.mark.slow)])
def learner(request, monkeypatch):
    """Which learner runs have."""
    if request.param == "idle":
        monkeypatch.setattr(run, "LanguageLearner", Idle)


@pytest.fixture
def undisturbed(ask, options, learner):
    asked = ask("other", minutes=NO_CHECKPOINTS, **options)
    return list(pretrain(asked)), content(asked.output)
