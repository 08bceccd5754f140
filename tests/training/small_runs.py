"""Whole runs that are soon over."""

import shutil
from contextlib import nullcontext

from builders import small_config

from tagger.config import RunConfig
from tagger.training.learner import StepLosses
from tagger.training.request import TrainRequest
from tagger.training.run import train_model

TAG_BIAS = "tag_head.bias"


class Idle:
    """A learner that learns nothing but to add 1 to the tags' bias at every step."""

    def __init__(self, network, config, replicas=None):
        self.bias = network.weights()[TAG_BIAS]

    def step(self, batch, number, rate):
        self.bias.assign(self.bias.value + 1.0)
        return StepLosses(1.0, 1.0)

    def surprise(self, batch):
        return 0.0

    def averaged(self):
        return nullcontext()


def request(train, output, *, dev=None, vectors=None, **options):
    config = small_config(**({"epochs": 2, "batch_size": 4} | options))
    running = RunConfig(checkpoint_minutes=0.0)  # a run that goes wrong is to leave nothing
    return TrainRequest(train, output, dev=dev, vectors=vectors, config=config, running=running)


def train(*args, **options):
    return list(train_model(request(*args, **options)))


def unfinished(asked):
    """Where a run lives until its model is whole."""
    return asked.output.with_name(f"{asked.output.name}.unfinished")


def killed_after(asked, count, run=train_model):
    """Take so many events of a run and leave what a process that was killed then would."""
    place, events = unfinished(asked), run(asked)
    seen = [next(events) for _ in range(count)]
    shutil.copytree(place, place.with_name("copy"))
    events.close()
    shutil.rmtree(place, ignore_errors=True)
    place.with_name("copy").rename(place)
    return seen


def content(directory):
    """Every path below a directory, with the bytes of files."""
    return {path.relative_to(directory): path.read_bytes() if path.is_file() else None for path in directory.rglob("*")}
