"""Read back by TensorBoard's own readers."""

import json
import re
import resource
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from tensorboard.util.tensor_util import make_ndarray
from werkzeug.test import Client

from tagger.errors import DataError
from tagger.evaluation.scores import Score
from tagger.training.loop import EpochDone
from tagger.training.tensorboard import PROJECTOR_ROWS, TensorBoardLog

PERSIAN, EMOJI = "\u0646\u0645\u06cc\u200c\u062e\u0648", "\U0001f469\u200d\U0001f52c"  # joined by what is not seen
AWKWARD = ["a\tb", "a\nb", "a\rb", "", " ", "\u00a0", "\ufeff", "\u2028", '"', "#", "0.5", PERSIAN, EMOJI]
STEP_SCALARS = {"train/tag_loss", "train/language_model_loss", "train/learning_rate", "speed/tokens_per_second"}
EPOCH_SCALARS = {
    *("dev/f1", "dev/precision", "dev/recall", "dev/perplexity"),
    *("train/epoch_tag_loss", "train/epoch_language_model_loss", "speed/epoch_seconds"),
}


def epoch_done(perplexity=90.0, f1=0.75):
    return EpochDone(3, 0.5, 6.0, perplexity, Score(0.8, 0.7, f1, 100), True, 12.0, 10.0, 1000)


def log_steps(log, numbers, tag_loss=1.0):
    for number in numbers:
        log.step(number, tag_loss, 5.0, 0.01, 1000.0)


def scalars(directory):
    """Name: [(step, value), ...], as event files are commonly read."""
    events = EventAccumulator(str(directory)).Reload()
    names = events.Tags()["scalars"]
    return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in names}


def served_scalars(directory):
    """The same, as the server reads it."""
    events = EventMultiplexer().AddRun(str(directory), "run").Reload()
    return {
        name: [(event.step, make_ndarray(event.tensor_proto).item()) for event in events.Tensors("run", name)]
        for name in events.PluginRunToTagToContent("scalars")["run"]
    }


readers = pytest.mark.parametrize("read", [scalars, served_scalars])


@readers
def test_steps_and_epochs_are_found_by_name_and_step(tmp_path, read):
    with TensorBoardLog(tmp_path) as log:
        log.step(0, 1.5, 8.0, 0.25, 1000.0)
        log.step(10, 0.5, 4.0, 0.125, 2000.0)
        log.epoch(epoch_done(), 10)
    assert read(tmp_path) == {
        "train/tag_loss": [(0, 1.5), (10, 0.5)],
        "train/language_model_loss": [(0, 8.0), (10, 4.0)],
        "train/learning_rate": [(0, 0.25), (10, 0.125)],
        "speed/tokens_per_second": [(0, 1000.0), (10, 2000.0)],
        "dev/f1": [(10, 0.75)],
        "dev/precision": [(10, pytest.approx(0.8))],
        "dev/recall": [(10, pytest.approx(0.7))],
        "dev/perplexity": [(10, 90.0)],
        "train/epoch_tag_loss": [(10, 0.5)],
        "train/epoch_language_model_loss": [(10, 6.0)],
        "speed/epoch_seconds": [(10, 12.0)],
    }


def test_without_a_language_model_nothing_is_said_of_one(tmp_path):
    with TensorBoardLog(tmp_path) as log:
        log.step(0, 1.0, None, 0.1, 10.0)
        log.epoch(epoch_done(perplexity=None), 0)
    absent = {"train/language_model_loss", "dev/perplexity", "train/epoch_language_model_loss"}
    (path,) = tmp_path.iterdir()
    written = {value.tag for event in EventFileLoader(str(path)).Load() for value in event.summary.value}
    assert written == (STEP_SCALARS | EPOCH_SCALARS) - absent


def test_what_is_logged_can_be_read_at_once(tmp_path):
    with TensorBoardLog(tmp_path) as log:
        log_steps(log, [0])
        assert scalars(tmp_path)["train/tag_loss"] == [(0, 1.0)]


def test_a_perplexity_beyond_float32_is_infinite(tmp_path):
    with TensorBoardLog(tmp_path) as log:
        log.epoch(epoch_done(perplexity=1e304), 7)
    assert scalars(tmp_path)["dev/perplexity"] == [(7, np.inf)]


def test_nothing_of_the_tensorboard_package_is_needed_to_write(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError):
        import tensorboard.summary  # noqa: F401
    with TensorBoardLog(tmp_path) as log:
        log_steps(log, [0])
        log.epoch(epoch_done(), 0)
        log.projector(np.ones((1, 1), np.float32), ["a"])
    monkeypatch.undo()
    assert set(scalars(tmp_path)) == STEP_SCALARS | EPOCH_SCALARS


@readers
def test_a_run_that_goes_on_shows_each_step_once(tmp_path, read):
    with TensorBoardLog(tmp_path) as log:
        log_steps(log, range(0, 20, 5), tag_loss=1.0)
        log.epoch(epoch_done(f1=0.25), 11)
        log.epoch(epoch_done(f1=0.5), 23)
    with TensorBoardLog(tmp_path, from_step=12) as log:
        log_steps(log, [12, 17, 22], tag_loss=2.0)
    found = read(tmp_path)
    assert found["train/tag_loss"] == [(0, 1.0), (5, 1.0), (10, 1.0), (12, 2.0), (17, 2.0), (22, 2.0)]
    assert found["dev/f1"] == [(11, 0.25)]


@readers
def test_a_run_that_begins_anew_hides_the_old_one(tmp_path, read):
    with TensorBoardLog(tmp_path) as log:
        log_steps(log, range(5), tag_loss=1.0)
    with TensorBoardLog(tmp_path) as log:
        log_steps(log, range(2), tag_loss=2.0)
    assert read(tmp_path)["train/tag_loss"] == [(0, 2.0), (1, 2.0)]


@readers
def test_runs_stand_in_the_order_they_were_made_though_the_clock_goes_back(tmp_path, read, monkeypatch):
    for run, now in enumerate([1_700_000_009.5, 1_700_000_009.7, 1_600_000_000.0]):
        monkeypatch.setattr("tagger.training.tensorboard.time.time", lambda now=now: now)
        with TensorBoardLog(tmp_path, from_step=run) as log:
            log_steps(log, range(run, 5), tag_loss=run)
    assert read(tmp_path)["train/tag_loss"] == [(0, 0.0), (1, 1.0), (2, 2.0), (3, 2.0), (4, 2.0)]


@readers
def test_a_file_cut_off_in_the_middle_of_a_record_costs_only_that_record(tmp_path, read):
    with TensorBoardLog(tmp_path) as log:
        log_steps(log, range(3))
    (cut,) = tmp_path.iterdir()
    cut.write_bytes(cut.read_bytes()[:-5])
    with TensorBoardLog(tmp_path, from_step=2) as log:
        log_steps(log, [2, 3])
    assert [step for step, _ in read(tmp_path)["train/tag_loss"]] == [0, 1, 2, 3]


def test_the_graph_is_the_compiled_function_s_with_shapes(tmp_path):
    def double(values):
        with tf.name_scope("layer"):
            return tf.add(values, values, name="twice")

    function = tf.function(double, input_signature=[tf.TensorSpec([None, 3], tf.float32, name="values")])
    with TensorBoardLog(tmp_path) as log:
        log.graph(function.get_concrete_function())
    nodes = {node.name: node for node in EventAccumulator(str(tmp_path)).Reload().Graph().node}
    assert {"values", "layer/twice"} <= set(nodes)
    assert list(nodes["layer/twice"].input) == ["values", "values"]
    (shape,) = nodes["layer/twice"].attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [-1, 3]


class Projector:
    """The projector's own server, asked as its page asks it."""

    def __init__(self, directory):
        runs = EventMultiplexer().AddRunsFromDirectory(str(directory)).Reload()
        provider = MultiplexerDataProvider(runs, str(directory))
        self.apps = ProjectorPlugin(TBContext(data_provider=provider, logdir=str(directory))).get_plugin_apps()
        assert self.get("/runs") == b'["."]'
        (self.embedding,) = json.loads(self.get("/info"))["embeddings"]

    def get(self, route):
        query = {"run": ".", "name": "embedding", "num_rows": "100000"}
        response = Client(self.apps[route]).get(query_string=query)
        assert response.status_code == 200, response.text
        return response.data

    def matrix(self):
        return np.frombuffer(self.get("/tensor"), np.float32).reshape(self.embedding["tensorShape"])

    def labels(self):
        """As the page makes them: lines that are not blank, and no table of columns."""
        lines = self.get("/metadata").decode().split("\n")
        blank = re.compile(r"[\s\ufeff]*")  # what String.trim takes away
        assert not any("\t" in line for line in lines)
        return [line for line in lines if not blank.fullmatch(line)]


def shown(directory, matrix, words):
    with TensorBoardLog(directory) as log:
        log_steps(log, [0])
        log.projector(np.asarray(matrix, np.float32), words)
    return Projector(directory)


def test_the_projector_shows_the_matrix_and_its_words(tmp_path):
    matrix = np.random.default_rng(0).normal(size=(40, 7)).astype(np.float32)
    words = [f"word{row}" for row in range(40)]
    projector = shown(tmp_path, matrix, words)
    assert projector.embedding["tensorShape"] == [40, 7]
    assert projector.labels() == words
    found = projector.matrix()
    np.testing.assert_array_equal(found.ravel()[1:], matrix.ravel()[1:])
    np.testing.assert_allclose(found[0, 0], matrix[0, 0], rtol=2.0**-14)


def test_every_word_has_a_line_of_its_own(tmp_path):
    labels = shown(tmp_path, np.ones((len(AWKWARD), 2)), AWKWARD).labels()
    assert len(labels) == len(AWKWARD)
    assert labels[:5] == [r"'a\tb'", r"'a\nb'", r"'a\rb'", "''", "' '"]
    assert labels[-5:] == AWKWARD[-5:]


@pytest.mark.parametrize("first", [b"1.5\n", b"\n\n\n\n", b"ab\ncd\n\xff\xff", b"\x00\x00\x00\x00", b"1\t2\n3\t4\n"])
def test_a_matrix_whose_bytes_are_text_is_read_as_a_matrix_all_the_same(tmp_path, first):
    matrix = np.zeros((3, 2), np.float32)
    matrix.ravel()[: len(first) // 4] = np.frombuffer(first, np.float32)
    np.testing.assert_allclose(shown(tmp_path, matrix, list("abc")).matrix(), matrix, rtol=2.0**-14, atol=1e-40)


def test_the_projector_shows_the_first_rows_of_a_large_matrix(tmp_path):
    rows = PROJECTOR_ROWS + 1
    projector = shown(tmp_path, np.arange(rows)[:, None], [str(row) for row in range(rows)])
    assert projector.matrix().shape == (PROJECTOR_ROWS, 1)
    assert projector.matrix()[-1] == PROJECTOR_ROWS - 1
    assert projector.labels() == [str(row) for row in range(PROJECTOR_ROWS)]


def test_rows_without_a_word_are_not_shown(tmp_path):
    projector = shown(tmp_path, np.arange(5)[:, None], list("abc"))
    assert projector.matrix().shape == (3, 1)
    assert projector.labels() == list("abc")


def test_a_later_matrix_takes_the_place_of_an_earlier_one(tmp_path):
    shown(tmp_path, np.ones((3, 2)), list("abc"))
    before = {path.name for path in tmp_path.iterdir()}
    with TensorBoardLog(tmp_path, from_step=1) as log:
        log.projector(np.full((2, 4), 5.0, np.float32), list("xy"))
    projector = Projector(tmp_path)
    np.testing.assert_allclose(projector.matrix(), np.full((2, 4), 5.0), rtol=2.0**-14)
    assert projector.labels() == ["x", "y"]
    assert len({path.name for path in tmp_path.iterdir()} - before) == 1  # the new event file alone


def test_a_directory_that_cannot_be_made_is_an_error_of_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for directory in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DataError, match=f"^{re.escape(str(directory))}: cannot be written: .+$"):
            TensorBoardLog(directory)


@contextmanager
def no_room():
    """Let no file of the process grow beyond a few bytes, as on a full disk.

    It ends inside the test: pytest's own output may be such a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_an_error_of_one_line(tmp_path):
    with TensorBoardLog(tmp_path) as log, no_room():
        with pytest.raises(DataError, match=f"^{re.escape(str(tmp_path))}: cannot be written: .+$"):
            log.projector(np.ones((2048, 1), np.float32), ["a"] * 2048)
        with pytest.raises(DataError, match=f"^{re.escape(str(tmp_path))}: cannot be written: .+$"):
            log_steps(log, range(1000))
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("events")] == []


def test_a_directory_that_goes_away_is_an_error_of_one_line(tmp_path):
    with TensorBoardLog(tmp_path / "log") as log:
        for path in (tmp_path / "log").iterdir():
            path.unlink()
        (tmp_path / "log").rmdir()
        with pytest.raises(DataError, match=r"cannot be written: .+$"):
            log.projector(np.ones((1, 1), np.float32), ["a"])
