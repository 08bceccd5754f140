"""When passes are measured, of a learner that is told what to say."""

import math
from contextlib import nullcontext

import numpy as np
import pytest
from language_networks import language_config

from tagger.training.pretraining.loop import Measured, Stepped, learn_passes
from tagger.training.pretraining.streams import StreamWindow


class Counted:
    """A learner of loss 1 whose measures are given; and its text, so many reads a pass."""

    def __init__(self, *perplexities):
        self.perplexities, self.steps = list(perplexities), 5

    def one_pass(self, number):
        window = np.zeros((2, 3), np.int32), np.zeros((2, 3), np.int32)
        return (StreamWindow(window, window, begins=False) for _ in range(self.steps))

    def held_out(self):
        return iter(())

    def step(self, read, number, rate):
        return float(number)

    def averaged(self):
        return nullcontext()

    def surprise(self, reads):
        return math.log(self.perplexities.pop(0)) * 10, 10


@pytest.mark.usefixtures("measured_often")
def test_passes_are_measured_at_their_ends_and_within():
    fake = Counted(9.0, 7.0, 8.0, 6.0)
    events = list(learn_passes(fake, fake, language_config(epochs=2).training))
    measured = [event for event in events if isinstance(event, Measured)]
    assert [(one.passes, one.steps, one.is_best, one.is_end) for one in measured] == [
        (0.8, 4, True, False),
        (1.0, 5, True, False),
        (1.8, 9, False, False),
        (2.0, 10, True, True),
    ]
    assert [one.words for one in measured] == [24, 6, 24, 6]
    assert [one.loss for one in measured] == [1.5, 4.0, 6.5, 9.0]  # means of the steps' numbers
    assert all(one.is_due for one in measured)
    shares = [event.share for event in events if isinstance(event, Stepped)]
    assert shares == pytest.approx([step / 10 for step in range(1, 11)])
