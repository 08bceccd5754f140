"""Pretraining runs that are soon over, and what becomes of them when they are stopped, killed or refused."""

import math
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from small_runs import content
from small_runs import killed_after as killed

from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import find_raw_text
from tagger.training.pretraining.loop import Stepped
from tagger.training.pretraining.run import pretrain
from tagger.training.pretraining.streams import StreamWindow

TEXT = "the river rises in Linz .\nAnna swims\nthe river falls in Linz again\nstorms come and go\n" * 6
NOISY = {"input_dropout": 0.3, "output_dropout": 0.3, "state_dropout": 0.2, "lm_softmax": "sampled"}
SENTENCES = {"batch_size": 4, "epochs": 2, "average_decay": 0.9} | NOISY  # 22 sentences: two passes of six steps
STREAM = {"stream": True, "batch_size": 4, "window": 5, "epochs": 2} | NOISY
EVERY_STEP, NO_CHECKPOINTS = 1e-9, 0.0


class Idle:
    """A learner that learns nothing: steps add what they have read, and what was carried to them, to a bias."""

    def __init__(self, network, config):
        self.bias, self.carried = network.weights()["language_model.forward.bias"], 0.0

    def step(self, read, number, rate):
        ids = read.onward[0] if isinstance(read, StreamWindow) else read.word_ids
        self.carried = (self.carried if isinstance(read, StreamWindow) and not read.begins else 0.0) / 2 + ids.sum()
        self.bias.assign(self.bias.value + (self.carried % 7 + number) * rate)
        return float(self.carried)

    def surprise(self, reads):
        assert sum(1 for _ in reads) > 0
        return 10 * math.log(self.perplexity(float(self.bias.value[0]))), 10

    def perplexity(self, bias):
        return 50.0 + 40.0 * math.cos(bias * 3)

    def averaged(self):
        return nullcontext()

    def state(self):
        return {"bias": self.bias.value.numpy(), "carried": np.array([self.carried])}

    def restore(self, state):
        self.bias.assign(state["bias"])
        self.carried = float(state["carried"][0])


def raw(path, *, tokenized=True, **options):
    return find_raw_text([path], TextFormat(**options), ColumnFormat(), tokenized=tokenized)


def killed_after(asked, count):
    return killed(asked, count, pretrain)


def stopped_in(asked, step):
    """The events of a run that is asked to stop in a step, the first being 1."""
    asks = []
    return list(pretrain(asked, lambda: asks.append(1) or len(asks) >= step))


def resume(asked):
    return list(pretrain(replace(asked, resume=True)))


def steps_in(events):
    return [(event.place.number, event.place.total, event.rate) for event in events if isinstance(event, Stepped)]


def refused(asked, kind, match):
    """The request is refused in one line, and nothing is touched."""
    before = content(asked.output.parent)
    with pytest.raises(kind, match=match) as raised:
        list(pretrain(asked))
    assert "\n" not in str(raised.value)
    assert content(asked.output.parent) == before
