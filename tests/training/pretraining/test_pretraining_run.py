"""Whole pretraining runs: the same bytes, the network that was measured best, and what is left behind."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from language_networks import language_config
from pretraining_runs import NO_CHECKPOINTS, SENTENCES, STREAM, refused
from small_runs import content, unfinished

from tagger.errors import DataError, TaggerError
from tagger.features.vocabulary import END
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.perplexity import measure_perplexity
from tagger.training.pretraining import run
from tagger.training.pretraining.learner import LanguageLearner
from tagger.training.pretraining.loop import Measured
from tagger.training.pretraining.prepare import prepare_text
from tagger.training.pretraining.run import PretrainingFinished, PretrainingStarted, pretrain
from tagger.training.pretraining.streams import StreamWindow
from tagger.training.pretraining.texts import word_stream


def test_a_run_leaves_a_whole_model_and_nothing_else(ask, options, learner, tmp_path):
    events = list(pretrain(asked := ask(**options)))
    assert isinstance(events[0], PretrainingStarted)
    measured = [event for event in events if isinstance(event, Measured)]
    assert events[-1] == PretrainingFinished(asked.output, min(one.perplexity for one in measured), resumable=False)
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model"}
    manifest = LanguageBundle.open(asked.output).manifest
    held_out = (12, 2) if options is SENTENCES else (0, 0)  # the first sentence and the 21st, whose words it never saw
    assert manifest.data == {"words": 108 - held_out[0], "sentences": 24 - held_out[1]}
    assert [row["passes"] for row in manifest.history][-1] == pytest.approx(2.0, abs=0.2)
    assert manifest.perplexity == events[-1].perplexity
    rows = [json.loads(line) for line in (asked.output / "history.jsonl").read_text().splitlines()]
    assert rows == manifest.history
    assert "seconds" not in rows[0]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(ask, options, undisturbed):
    list(pretrain(asked := ask(**options)))
    assert content(asked.output) == undisturbed[1]
    list(pretrain(replace(asked, config=language_config(seed=2, **options))))
    assert content(asked.output) != undisturbed[1]


@pytest.mark.slow
def test_a_model_has_the_network_that_was_measured_best(ask):
    """At a rate of 5 the text becomes more surprising with each step, and the first measure is the best."""
    asked = ask(**STREAM | {"clip_norm": 0.0, "learning_rate": 5.0, "schedule": "constant"})
    *events, finished = pretrain(asked)
    measured = [event for event in events if isinstance(event, Measured)]
    prepared = prepare_text(asked)
    for name, weight in prepared.network.weights().items():
        weight.assign(LanguageBundle.open(asked.output).weights()[name])
    surprise, words = LanguageLearner(prepared.network, asked.config).surprise(prepared.text.held_out())
    assert math.exp(surprise / words) == pytest.approx(finished.perplexity, rel=1e-6)
    assert finished.perplexity == min(one.perplexity for one in measured) < measured[-1].perplexity


@pytest.mark.parametrize("name", ["thesis.txt", "model.json"])
@pytest.mark.usefixtures("idle")
def test_what_is_not_only_a_language_model_is_not_replaced(ask, name):
    """A tagger's bundle is none; neither is a language model with something beside it."""
    list(pretrain(asked := ask(**SENTENCES)))
    list(pretrain(asked))  # replaced by another
    (asked.output / name).write_text("{}")
    refused(asked, DataError, "model: not only a language model stands there; name another directory with --output")
    (asked.output / "language_model.json").unlink()
    refused(asked, DataError, "not only a language model stands there")


@pytest.mark.usefixtures("idle")
def test_a_model_is_replaced_only_by_a_whole_one(ask, monkeypatch):
    list(pretrain(asked := ask(**SENTENCES)))
    stood = content(asked.output)

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run, "complete_language_model", crash)
        list(pretrain(ask(minutes=NO_CHECKPOINTS, **SENTENCES | {"seed": 2})))
    assert content(asked.output) == stood
    assert not unfinished(asked).exists()


@pytest.mark.slow
@pytest.mark.parametrize("options", [SENTENCES, STREAM, STREAM | {"unit": "character"}])
def test_a_loss_that_is_no_number_is_one_line(ask, options):
    asked = ask(minutes=NO_CHECKPOINTS, **options | {"learning_rate": 100.0, "clip_norm": 0.0, "lm_softmax": "full"})
    refused(asked, TaggerError, "^pass [12]: the loss is no longer a finite number; try a lower --learning-rate$")


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("directions", ["both", "forward"])
def test_the_written_model_has_the_perplexity_that_was_measured(ask, layers, directions):
    """ONNX Runtime reads one stream from zero states; so does the network, of windows made for it."""
    options = STREAM | {"layers": layers, "directions": directions, "lm_words": 6, "window": 20}  # one stream of dev
    asked = ask(dev="the river swims in Linz\nstorms go\nAnna rises again\n", **options)
    started, *_, finished = pretrain(asked)
    prepared = started.prepared
    for name, weight in prepared.network.weights().items():
        weight.assign(LanguageBundle.open(finished.output).weights()[name])
    ids = np.concatenate(list(word_stream(asked.dev, prepared.vocabulary)))
    both = []
    for text in (ids, ids[::-1]):
        read = np.concatenate([[END], text])[None].astype(np.int32)
        both.append((read[:, :-1], read[:, 1:]))
    surprise, count = LanguageLearner(prepared.network, asked.config).surprise(iter([StreamWindow(*both, begins=True)]))
    assert count == len(ids) * (2 if directions == "both" else 1)
    found = measure_perplexity(LanguageBundle.open(finished.output), asked.dev)
    assert found.overall == pytest.approx(math.exp(surprise / count), rel=1e-4)
    if directions == "forward":  # where what is measured while training is the same
        assert finished.perplexity == pytest.approx(found.overall, rel=1e-4)


@pytest.mark.slow
def test_of_sentences_too(ask):
    asked = ask(dev="the river swims in Linz\nstorms go\nAnna rises again\n", **SENTENCES)
    *_, finished = pretrain(asked)
    found = measure_perplexity(LanguageBundle.open(finished.output), asked.dev)
    assert found.overall == pytest.approx(finished.perplexity, rel=1e-4)
