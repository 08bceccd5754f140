"""Steps of a network that reads context, against the network called by hand."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from builders import TRAIN_ROWS, legal, random_batch, random_floats, small_config, small_network, spelled

from tagger.features.batching import letters_of
from tagger.features.mixing import mixed
from tagger.network.characters import Letters
from tagger.network.tag_head import masked_cross_entropy
from tagger.training.learner import Learner

SIZE = 3
OPTIONS = {"lm_softmax": "full", "lm_weight": 0.7}


@pytest.fixture(autouse=True)
def _eagerly():
    """Few small steps are sooner done than compiled."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def batch_of(lengths, characters, seed=0):
    batch = legal(random_batch(lengths, seed, rows=TRAIN_ROWS))
    batch = replace(batch, context=random_floats(seed + 50, *batch.word_ids.shape, SIZE))
    return spelled(batch, seed) if characters != "none" else batch


def by_hand(network, batch):
    """The tags' mean loss, and the language model's, both directions added up."""
    letters = Letters(*letters_of(batch)) if batch.types is not None else None
    outputs = network(batch.word_ids, batch.lengths, None, letters, batch.context)
    losses = network.language_model.losses(outputs.states, batch.word_ids, batch.lengths, None)
    both = tf.reduce_mean(losses["forward"]) + tf.reduce_mean(losses["backward"])
    return float(masked_cross_entropy(outputs.logits, batch.tag_ids, batch.lengths)), float(both)


@pytest.mark.parametrize("characters", ["none", "cnn"])
def test_a_step_and_the_perplexity_see_the_context(characters):
    network = small_network(context=SIZE, characters=characters, **OPTIONS)
    batch = batch_of([5, 1, 3], characters)
    tags, language_model = by_hand(network, batch)
    other = by_hand(network, replace(batch, context=batch.context + 1.0))
    assert abs(tags - other[0]) > 1e-3
    learner = Learner(network, small_config(characters=characters, **OPTIONS))
    assert learner.surprise(batch) == pytest.approx(9 * language_model, rel=1e-5)
    losses = learner.step(batch, 0, 0.0)
    assert (losses.tags, losses.language_model) == (pytest.approx(tags, rel=1e-5), pytest.approx(language_model, 1e-5))


@pytest.mark.parametrize("characters", ["none", "cnn"])
def test_sentences_without_tags_bring_their_own_context(characters):
    network = small_network(context=SIZE, characters=characters, **OPTIONS)
    own, beside = batch_of([4, 2], characters), batch_of([6, 1, 1], characters, seed=1)
    learner = Learner(network, small_config(characters=characters, **OPTIONS))
    expected, (_, unlabelled) = by_hand(network, own), by_hand(network, beside)
    losses = learner.step(mixed(own, beside), 0, 0.0)
    found = losses.tags, losses.language_model, losses.unlabelled
    np.testing.assert_allclose(found, (*expected, unlabelled), rtol=1e-5)


def test_the_weights_of_the_context_learn():
    network = small_network(context=SIZE, **OPTIONS)
    kernel = network.weights()["encoder.0.forward.kernel"]
    before = kernel.numpy().copy()
    assert len(before) == 5 + SIZE
    Learner(network, small_config(**OPTIONS)).step(batch_of([5, 2], "none"), 0, 0.01)
    assert (np.abs(kernel.numpy() - before).max(axis=1)[-SIZE:] > 0.0).all()
