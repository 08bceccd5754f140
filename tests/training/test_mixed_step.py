"""A step on labelled and unlabelled sentences at once, against passes over each alone."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from builders import NOISY, TRAIN_ROWS, legal, random_batch, small_config, small_network, spelled, values

from tagger.features.batching import letters_of
from tagger.features.mixing import mixed
from tagger.network.characters import Letters
from tagger.network.tag_head import masked_cross_entropy
from tagger.training.learner import Learner
from tagger.training.optimizer import Optimizer

GAMMA, WEIGHT = 0.7, 3.0
OPTIONS = {"lm_softmax": "full", "lm_weight": GAMMA, "unlabelled_weight": WEIGHT}
KINDS = {"softmax": {}, "crf": {"head": "crf"}, "two layers": {"layers": 2}, "characters": {"characters": "cnn"}}


@pytest.fixture
def eagerly():
    """Few small steps are sooner done than compiled."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def slopes(monkeypatch):
    """The gradients of the steps taken, by weight; no weight moves."""
    seen = []

    def see(optimizer, gradients, coefficients):
        seen.append({name: tf.convert_to_tensor(gradient).numpy() for name, gradient in gradients.items()})

    monkeypatch.setattr(Optimizer, "apply", see)
    return seen


def batches(lengths=((5, 1, 3), (2, 7)), **options):
    """A labelled batch and one to be read beside it."""
    kind = spelled if options.get("characters") else (lambda batch, seed: batch)
    return [kind(legal(random_batch(each, seed, rows=TRAIN_ROWS)), seed) for seed, each in enumerate(lengths)]


def tag_loss(network, batch):
    outputs = network(batch.word_ids, batch.lengths, None, letters(batch))
    loss = network.crf.loss if network.crf is not None else masked_cross_entropy
    return loss(outputs.logits, batch.tag_ids, batch.lengths)


def language_loss(network, batch):
    """The mean over the batch's own tokens, both directions added up."""
    outputs = network(batch.word_ids, batch.lengths, None, letters(batch))
    losses = network.language_model.losses(outputs.states, batch.word_ids, batch.lengths, None)
    return tf.reduce_mean(losses["forward"]) + tf.reduce_mean(losses["backward"])


def letters(batch):
    return Letters(*letters_of(batch)) if batch.types is not None else None


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_the_loss_and_its_gradient_are_the_weighted_sums_of_those_of_separate_passes(slopes, options):
    network = small_network(**OPTIONS | options)
    learner = Learner(network, small_config(**OPTIONS | options))
    own, other = batches(**options)
    with tf.GradientTape() as tape:
        tags, language_model, unlabelled = (
            tag_loss(network, own),
            language_loss(network, own),
            language_loss(network, other),
        )
        total = tags + GAMMA * language_model + GAMMA * WEIGHT * unlabelled
    expected = tape.gradient(total, {name: weight.value for name, weight in network.weights().items()})
    losses = learner.step(mixed(own, other), 0, 0.01)
    assert losses.tags == pytest.approx(float(tags), abs=1e-5)
    assert losses.language_model == pytest.approx(float(language_model), abs=1e-5)
    assert losses.unlabelled == pytest.approx(float(unlabelled), abs=1e-5)
    (found,) = slopes
    assert found.keys() == expected.keys()
    for name, slope in found.items():
        assert np.abs(slope).max() > 1e-4, name
        np.testing.assert_allclose(slope, tf.convert_to_tensor(expected[name]).numpy(), atol=2e-6, err_msg=name)


@pytest.mark.usefixtures("eagerly", "slopes")
@pytest.mark.parametrize("head", ["softmax", "crf"])
def test_sentences_beside_them_do_not_change_the_losses_of_labelled_ones(head):
    options = OPTIONS | {"head": head}
    learner = Learner(small_network(**options), small_config(**options))
    own, *_ = batches()
    alone = learner.step(own, 0, 0.01)
    for place, lengths in enumerate([[1], [9, 9, 9], [2, 4]]):
        other = random_batch(lengths, 5 + place, rows=TRAIN_ROWS)
        beside = learner.step(mixed(own, other), 0, 0.01)
        assert beside.tags == pytest.approx(alone.tags, abs=1e-6)
        assert beside.language_model == pytest.approx(alone.language_model, abs=1e-5)
        assert beside.unlabelled > 0.0
    assert alone.unlabelled == 0.0


@pytest.mark.usefixtures("eagerly")
def test_tags_of_sentences_beside_mean_nothing(slopes):
    learner = Learner(small_network(**OPTIONS), small_config(**OPTIONS))
    own, other = batches()
    both = mixed(own, other)
    changed = both.tag_ids.copy()
    changed[both.labelled :] = 2
    losses = [learner.step(batch, 0, 0.01) for batch in (both, replace(both, tag_ids=changed))]
    assert losses[0] == losses[1]
    assert all((slopes[0][name] == slopes[1][name]).all() for name in slopes[0])


def test_a_compiled_step_with_all_that_is_random_is_a_function_of_its_number():
    options = NOISY | {"characters": "cnn", "character_dropout": 0.2}
    own, other = batches(characters="cnn")

    def after(*numbers):
        network = small_network(**options)
        learner = Learner(network, small_config(**options))
        losses = [learner.step(mixed(own, other), number, 0.01) for number in numbers]
        return losses, values(network)

    (one, weights), (again, same), (later, others) = after(3), after(3), after(4)
    assert one == again != later
    assert all((weights[name] == same[name]).all() for name in weights)
    assert any((weights[name] != others[name]).any() for name in weights)
