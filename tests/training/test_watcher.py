"""What a run writes for TensorBoard, read back by TensorBoard's own reader."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from builders import NOISY, small_config, small_network
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tagger.evaluation.scores import Score
from tagger.features.batching import EncodedSentences
from tagger.training.learner import Learner, StepLosses
from tagger.training.loop import EpochDone, Progress, StepDone, train_epochs
from tagger.training.watcher import Watcher

LENGTHS = [3, 1, 4, 1, 5, 9, 2]
TAG_LOSSES = [4.0, 2.0, 1.0, 8.0, 0.5, 0.25]  # two epochs of three steps
LM_LOSSES = [9.0, 7.0, 5.0, 6.0, 3.0, 1.0]


class Scripted:
    """A learner whose step n has the losses of row n, whatever it is given."""

    def step(self, batch, number, rate):
        return StepLosses(TAG_LOSSES[number], LM_LOSSES[number])

    def surprise(self, batch):
        return 0.0

    def averaged(self):
        return nullcontext()

    def state(self):
        return {"embedding": np.ones((1, 2), np.float32)}

    def graph(self):
        return tf.function(lambda: tf.constant(1.0)).get_concrete_function()


class Clock:
    """Gives the seconds of a list, one a look, and then the last for ever."""

    def __init__(self, *seconds):
        self.left = list(seconds)

    def __call__(self):
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def every_second():
    return Clock(*range(100))


def watch(directory, *, progress=None, end=None, clock=None, lm_weight=0.1):
    """Run two epochs of three steps, or go on from `progress`; after the event numbered `end`, the run is killed."""
    config = small_config(batch_size=3, epochs=2, learning_rate=0.5, schedule="constant", lm_weight=lm_weight)
    plan = SimpleNamespace(config=config, vocabulary=SimpleNamespace(words=["a"], train_rows=1))
    data = EncodedSentences(
        np.zeros(sum(LENGTHS), np.int32), np.cumsum([0, *LENGTHS]), np.zeros(sum(LENGTHS), np.int32)
    )
    learner, found, progress = Scripted(), [], progress or Progress()
    with Watcher(directory, plan, learner, progress, clock or every_second()) as watcher:
        for event in train_epochs(learner, data, data, config, lambda: Score(0.5, 0.5, 0.5, 1), progress=progress):
            progress = progress.after(event) if isinstance(event, EpochDone) else progress
            watcher.see(event)
            found.append(event)
            if len(found) == end:
                break
    return found, progress


def scalars(directory, name):
    return [(event.step, event.value) for event in EventAccumulator(str(directory)).Reload().Scalars(name)]


def numbered(losses, start=0):
    return [(step, pytest.approx(loss)) for step, loss in enumerate(losses, start)]


def test_the_loss_of_a_step_is_its_own_and_not_the_mean_of_the_epoch(tmp_path):
    watch(tmp_path)
    assert scalars(tmp_path, "train/tag_loss") == numbered(TAG_LOSSES)
    assert scalars(tmp_path, "train/language_model_loss") == numbered(LM_LOSSES)


def test_a_step_within_the_second_has_its_share_in_no_other_step_s_loss(tmp_path):
    watch(tmp_path, clock=Clock(0.0, 0.5, 1.0, 1.5, 2.5, 3.0))
    logged = [0, 2, 4]
    assert scalars(tmp_path, "train/tag_loss") == [(step, pytest.approx(TAG_LOSSES[step])) for step in logged]


@pytest.mark.parametrize("end", [1, 2, 3, 4, 5, 6, 7])
def test_a_run_that_goes_on_knows_what_came_before(tmp_path, end):
    found, progress = watch(tmp_path, end=end)
    last = found[-1]
    if isinstance(last, StepDone):
        progress = Progress(last.position, progress.history)
    watch(tmp_path, progress=progress)
    assert scalars(tmp_path, "train/tag_loss") == numbered(TAG_LOSSES)


def test_without_a_language_model_its_loss_is_not_there(tmp_path):
    watch(tmp_path, lm_weight=0.0)
    names = EventAccumulator(str(tmp_path)).Reload().Tags()["scalars"]
    assert "train/tag_loss" in names
    assert not [name for name in names if "language_model" in name or "perplexity" in name]


def test_where_no_logs_are_asked_for_none_are_written(tmp_path):
    found, _ = watch(None)
    assert len(found) == 8
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def step_graph(tmp_path_factory):
    """Nodes of the training step of a network with every part, by their names in the event file."""
    tf.config.experimental.enable_op_determinism()  # as in every run; some operations are others then
    directory = tmp_path_factory.mktemp("graph")
    options = NOISY | {"layers": 2}
    learner = Learner(small_network(**options), small_config(**options))
    plan = SimpleNamespace(config=small_config(**options))
    with Watcher(directory, plan, learner, Progress()):
        pass
    return {node.name: node for node in EventAccumulator(str(directory)).Reload().Graph().node}


def boxes(names, depth):
    return {"/".join(name.split("/")[:depth]) for name in names if name.count("/") >= depth}


PARTS = {"forget_words", "embedding", "encoder", "tag_head", "tag_loss", "language_model"}
STEP = PARTS | {"gradient_tape", "optimizer", "packing"}


def test_the_graph_of_a_step_reads_as_the_model(step_graph):
    assert boxes(step_graph, 1) >= STEP
    assert {f"encoder/{direction}_{place}" for direction in ("forward", "backward") for place in (0, 1)} <= boxes(
        step_graph, 2
    )
    assert {"language_model/forward", "language_model/backward"} <= boxes(step_graph, 2)


def test_little_stands_outside_its_boxes(step_graph):
    assert len([name for name in step_graph if name.split("/")[0] not in STEP]) < 40


def test_each_weight_is_updated_in_a_box_of_its_own(step_graph):
    writes = {"AssignVariableOp", "ResourceScatterUpdate"}
    found = [name.rsplit("/", 1)[0] for name, node in step_graph.items() if node.op in writes]
    weights = small_network(**NOISY, layers=2).weights()
    assert sorted(found) == sorted(f"optimizer/{name}" for name in weights for _ in ("mean", "square", "itself"))


def test_what_is_done_stands_in_the_box_that_says_so(step_graph):
    by_operation = {}
    for name, node in step_graph.items():
        by_operation.setdefault(node.op, []).append("/".join(name.split("/")[:-1]))
    assert {name.split("/")[0] for name in by_operation["LogSoftmax"]} == {"tag_loss"}
    reads = {name.split("/")[0] for name in by_operation["ResourceGather"]}
    assert reads == {"embedding", "language_model", "optimizer"}
    exponents = {name for name in by_operation["Exp"] if name.startswith("language_model/")}
    assert exponents == {"language_model/forward", "language_model/backward"}
