"""Brings TensorFlow in the way the program does, and lends the tests one small trained model."""

from pathlib import Path

import pytest
from builders import small_config
from small_runs import Idle

import tagger.training  # noqa: F401
from tagger.training import run
from tagger.training.request import TrainRequest
from tagger.training.run import Event, train_model

EIGHT_SENTENCES = """\
Anna B-PER
lives O
in O
Trieste B-LOC
. O

The O
Danube B-LOC
floods O
Linz B-LOC
. O

Port B-ORG
Authority I-ORG
of I-ORG
Bremen I-ORG
sues O
Marco B-PER
Lund I-PER

Storm O
over O
the O
Azores B-LOC

May B-PER
met O
April B-PER
in O
May O

Lund B-LOC
is O
a O
town O
in O
Sweden B-LOC

nobody O
came O

Bremen B-LOC
thanks O
Anna B-PER
"""


@pytest.fixture(scope="session")
def eight(tmp_path_factory) -> Path:
    """A column file of eight sentences, some of whose words are names in one and not in another."""
    path = tmp_path_factory.mktemp("eight") / "eight.conll"
    path.write_text(EIGHT_SENTENCES, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def by_heart(eight) -> list[Event]:
    """A run that learned the eight sentences, on a dev file that has a ninth which contradicts them.

    The model it ends with is not to be changed.
    """
    dev = eight.with_name("nine.conll")
    dev.write_text(EIGHT_SENTENCES + "\nnobody B-PER\ncame O\n", encoding="utf-8")
    config = small_config(units=24, embedding_size=16, learning_rate=0.02, batch_size=4, epochs=30, patience=30)
    return list(train_model(TrainRequest(eight, eight.with_name("model"), dev=dev, config=config)))


@pytest.fixture
def idle(monkeypatch) -> type[Idle]:
    """Runs train with the idle learner, which needs no compiling."""
    monkeypatch.setattr(run, "Learner", Idle)
    return Idle
