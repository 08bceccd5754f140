import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import NOISY
from safetensors.numpy import load_file
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from small_runs import TAG_BIAS, content, request, train

from tagger.corpus.conll import read_conll, write_conll
from tagger.errors import DataError, TaggerError
from tagger.evaluation.scores import Report, Score
from tagger.inference.bundle import Bundle
from tagger.inference.tagger import Tagger
from tagger.training import judge
from tagger.training.learner import StepLosses
from tagger.training.loop import EpochDone, StepDone
from tagger.training.run import Finished, Started, train_model


def some_sentences(sample, path, count=40):
    write_conll(path, read_conll(sample / "train.conll")[:count])
    return path


def test_the_same_seed_writes_the_same_bytes(sample, tmp_path):
    path = some_sentences(sample, tmp_path / "some.conll", 12)
    for name in ("one", "other"):
        train(path, tmp_path / name, **NOISY)
    one, other = content(tmp_path / "one"), content(tmp_path / "other")
    assert sorted(map(str, one)) == ["README.md", "history.jsonl", "labels.txt", "learning_curve.png", "model.json",
                                     "network.onnx", "run.toml", "surfaces.txt", "weights.safetensors",
                                     "words.txt"]  # fmt: skip
    assert one == other


def test_events_tell_the_run_from_start_to_end(idle, eight, tmp_path):
    started, *between, finished = train(eight, tmp_path / "model", dev=eight, epochs=2)
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert [type(event) for event in between] == [StepDone, StepDone, EpochDone] * 2
    saved = load_file(tmp_path / "model" / "weights.safetensors")
    assert started.parameters == sum(weight.size for weight in saved.values())
    assert started.pretrained == 0
    assert finished.output == tmp_path / "model"


def test_what_was_scored_is_what_stands_on_disk(by_heart):
    """13 of 14 entities are found and nothing else: seqeval itself, the run, the model and its card say F1 26/27."""
    *_, finished = by_heart
    model, epochs = finished.output, [event for event in by_heart if isinstance(event, EpochDone)]
    gold = read_conll(model.with_name("nine.conll"))
    predicted = Tagger.load(model).tag(gold)
    truth, answer = ([list(sentence.tags) for sentence in sentences] for sentences in (gold, predicted))
    manifest = Bundle.open(model).manifest
    best = max(epochs, key=lambda event: event.dev.f1)  # the first of equals
    for found in (
        f1_score(truth, answer, mode="strict", scheme=IOB2),
        finished.scores.strict.micro.f1,
        manifest.scores["strict"]["micro"]["f1"],
        manifest.history[best.epoch - 1]["dev"]["f1"],
        best.dev.f1,
    ):
        assert found == pytest.approx(26 / 27)
    card = (model / "README.md").read_text()
    assert re.search(r"\| \*\*all\*\* \| 1\.0000 \| 0\.9286 \| 0\.9630 \| .* \| 14 \|", card)
    assert finished.best_epoch == best.epoch
    assert len(manifest.history) == len(epochs) == 30


@pytest.mark.parametrize(("f1s", "best"), [([0.1, 0.5, 0.2, 0.5], 2), ([0.0, 0.0, 0.0], 3), ([0.1, 0.2, 0.3, 0.4], 4)])
@pytest.mark.usefixtures("idle")
def test_the_best_epochs_weights_are_kept(monkeypatch, eight, tmp_path, f1s, best):
    scripted = iter(f1s)
    monkeypatch.setattr(judge, "score_strict", lambda *_: Report(Score(0.0, 0.0, next(scripted), 1), {}))
    *_, finished = train(eight, tmp_path / "model", dev=eight, epochs=len(f1s), patience=2)
    assert finished.best_epoch == best
    bias = load_file(tmp_path / "model" / "weights.safetensors")[TAG_BIAS]
    np.testing.assert_array_equal(bias, np.full(bias.shape, 2.0 * best, np.float32))  # two steps an epoch
    assert [row["dev"]["f1"] for row in Bundle.open(tmp_path / "model").manifest.history] == f1s


@pytest.mark.parametrize("held_out", [True, False])
def test_dev_widens_no_vocabulary(idle, tmp_path, held_out):
    path, dev = tmp_path / "train.conll", tmp_path / "dev.conll"
    path.write_text("".join(f"word{chr(97 + place)} O\nRome B-LOC\n\n" for place in range(20)))
    dev.write_text("unheard O\nOslo B-LOC\n\n")
    started, *_ = train(path, tmp_path / "model", dev=None if held_out else dev, fold_digits=False)
    model = tmp_path / "model"
    written = {token.lower() for sentence in started.plan.data.train for token in sentence.tokens}
    assert set((model / "words.txt").read_text().split("\n")[4:-1]) == written
    assert len(written) == (19 if held_out else 21)
    assert (model / "surfaces.txt").read_text() == "Rome\n"
    assert Bundle.open(model).manifest.data["dev"]["held_out_of_train"] == held_out


def test_pretrained_vectors_are_where_the_embedding_begins(idle, eight, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("anna 1 2 3\nelsewhere 4 5 6\n")
    started, *_ = train(eight, tmp_path / "model", vectors=vectors, embedding_size=None)
    words = (tmp_path / "model" / "words.txt").read_text().split("\n")[:-1]
    embedding = load_file(tmp_path / "model" / "weights.safetensors")["embedding"]
    assert embedding.shape == (len(words), 3)
    assert embedding[words.index("anna")].tolist() == [1, 2, 3]
    assert embedding[words.index("elsewhere")].tolist() == [4, 5, 6]
    assert started.pretrained == 2
    assert Bundle.open(tmp_path / "model").manifest.config.words.embedding_size == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("anna 1 2 3\n", "vectors.txt:1: expected a vector of 5 numbers, found 3"),
        ("2 3\nanna 1 2 3\nlund 1 2 3\n", "vectors.txt:1: expected a vector of 5 numbers, found 3"),
        ("anna 1 2 3 4 5\nlund 1 2 3 4\n", "vectors.txt:2: expected a vector of 5 numbers, found 4"),
        ("anna 1 2 3 4 x\n", "vectors.txt:1: expected a finite number in a vector, found 'x'"),
        ("", "vectors.txt:1: found no word vectors"),
    ],
)
def test_vectors_that_do_not_fit_end_the_run_before_it_begins(eight, tmp_path, text, message):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text(text)
    with pytest.raises(DataError) as caught:
        next(train_model(request(eight, tmp_path / "model", vectors=vectors, embedding_size=5)))
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == [vectors]


def test_weights_that_are_no_numbers_are_never_written(idle, monkeypatch, eight, tmp_path):
    def explode(self, *_):
        self.bias.assign(self.bias.value * np.nan)
        return StepLosses(1.0, 1.0)

    monkeypatch.setattr(idle, "step", explode)
    with pytest.raises(TaggerError, match="--learning-rate"):
        train(eight, tmp_path / "model", dev=eight, epochs=1)
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_bytes_depend_on_the_seed_and_on_no_process(sample, tmp_path):
    path = some_sentences(sample, tmp_path / "some.conll", 60)
    for name, seed, hashes in (("one", "5", "1"), ("same", "5", "2"), ("other", "6", "1")):
        options = ["--units", "8", "--embedding-size", "8", "--epochs", "2", "--state-dropout", "0.2", "--seed", seed]
        command = [sys.executable, "-m", "tagger", "train", path, "--output", tmp_path / name, *options]
        subprocess.run(command, check=True, capture_output=True, cwd=sample, env=os.environ | {
            "PYTHONHASHSEED": hashes, "PYTHONPATH": str(sample.parent.parent)})  # fmt: skip
    one, same, other = (content(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert {name for name in map(str, one) if one[Path(name)] != other[Path(name)]} >= {
        "weights.safetensors",
        "model.json",
    }
