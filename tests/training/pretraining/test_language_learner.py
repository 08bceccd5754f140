"""A step of a language model, what it keeps, and the surprise of text against sums by hand."""

import numpy as np
import pytest
import tensorflow as tf
from builders import random_batch, values
from language_networks import language_config, language_network, surprises

from tagger.features.vocabulary import END, START
from tagger.training.pretraining.learner import LanguageLearner
from tagger.training.pretraining.streams import windows_of

LENGTHS = [3, 5, 1]
NOISY = {"input_dropout": 0.3, "output_dropout": 0.3, "state_dropout": 0.2, "word_dropout": 0.2}
TEXT = np.random.default_rng(5).integers(1, 16, 40).astype(np.int32)


@pytest.fixture(autouse=True)
def eagerly():
    """Few small steps are sooner done than compiled."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def pair(**options):
    """A network, and the learner that moves it."""
    network = language_network(**options)
    return network, LanguageLearner(network, language_config(**options))


def reads_of(options, steps=4):
    """Batches of sentences, or windows of a stream."""
    if options.get("stream"):
        return list(windows_of(TEXT, 2, 5))[:steps]
    return [random_batch(LENGTHS, seed=seed, rows=16) for seed in range(steps)]


KINDS = [{}, {"stream": True, "layers": 2}]


@pytest.mark.parametrize("options", KINDS)
def test_surprise_is_the_sum_over_all_words_in_both_directions(options):
    network, learner = pair(**options)
    reads = reads_of(options)
    total = 0.0
    if options:
        for direction, text in (("forward", TEXT), ("backward", TEXT[::-1])):
            for start in (0, 19):
                part = text[start : start + 20]
                total += surprises(network, direction, part[:19], part[1:20].tolist()).sum()
        count = 2 * 2 * 19
    else:
        for batch in reads:
            for ids, length in zip(batch.word_ids.tolist(), batch.lengths, strict=True):
                words = ids[:length]
                total += surprises(network, "forward", words, [*words[1:], END]).sum()
                total += surprises(network, "backward", words[::-1], [*words[-2::-1], START]).sum()
        count = 2 * len(reads) * sum(LENGTHS)
    found, words = learner.surprise(iter(reads))
    assert words == count
    assert found == pytest.approx(total, rel=1e-5)


def test_streams_that_begin_are_measured_from_blank_states():
    _, learner = pair(stream=True)
    windows = reads_of({"stream": True})
    once, twice = learner.surprise(iter(windows)), learner.surprise(iter(windows * 2))
    assert twice == (pytest.approx(2 * once[0], rel=1e-6), 2 * once[1])


def test_measuring_leaves_a_stream_that_is_learned_from_where_it_stands():
    first, second, *_ = windows_of(TEXT, 2, 5)
    (_, undisturbed), (_, measured) = pair(stream=True), pair(stream=True)
    for learner in (undisturbed, measured):
        learner.step(first, 0, 0.01)
    measured.surprise(iter([first]))
    assert undisturbed.step(second, 1, 0.01) == measured.step(second, 1, 0.01)


@pytest.mark.parametrize("options", KINDS)
def test_the_loss_of_a_step_is_the_mean_of_what_it_read(options):
    """At rate 0 nothing moves, and a stream goes on from window to window."""
    _, learner = pair(**options)
    reads = reads_of(options)
    found = [learner.step(read, number, 0.0) for number, read in enumerate(reads)]
    sizes = [read.onward[0].size if options else int(read.lengths.sum()) for read in reads]
    surprise, words = learner.surprise(iter(reads))
    assert words == 2 * sum(sizes)
    assert np.dot(found, sizes) / sum(sizes) == pytest.approx(surprise / words, rel=1e-5)


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_steps_make_the_text_less_surprising(options, softmax):
    _, learner = pair(**options, lm_softmax=softmax)
    reads = reads_of(options, steps=2)
    before, _ = learner.surprise(iter(reads[:2]))
    for number in range(6):
        learner.step(reads[number % 2], number, 0.05)
    assert learner.surprise(iter(reads[:2]))[0] < 0.9 * before


@pytest.mark.parametrize("options", KINDS)
def test_the_same_seed_learns_the_same_bytes_and_another_does_not(options):
    states = []
    for seed in (1, 1, 2):
        _, learner = pair(**options, **NOISY, seed=seed, lm_softmax="sampled")
        for number, read in enumerate(reads_of(options, steps=2)):
            learner.step(read, number, 0.02)
        states.append(learner.state())
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])
    assert any(not np.array_equal(value, states[2][name]) for name, value in states[0].items())


@pytest.mark.parametrize("options", [{}, {"stream": True, "layers": 2}, {"directions": "forward"}])
def test_a_state_is_gone_on_with_as_if_nothing_had_been(options):
    whole = options | NOISY | {"lm_softmax": "sampled", "average_decay": 0.9}
    reads = reads_of(options)
    (_, learner), (_, other) = pair(**whole), pair(**whole)
    learner.step(reads[0], 0, 0.02)
    other.restore(learner.state())
    for number in (1, 2):
        assert learner.step(reads[number], number, 0.02) == other.step(reads[number], number, 0.02)
    kept = other.state()
    for name, value in learner.state().items():
        np.testing.assert_array_equal(value, kept[name])


def test_rows_of_vectors_that_the_text_has_no_word_for_stay():
    network, learner = pair()
    before = values(network)["embedding"]
    for number, batch in enumerate(reads_of({})):
        learner.step(batch, number, 0.02)
    after = values(network)["embedding"]
    np.testing.assert_array_equal(after[16:], before[16:])
    assert (after[4:13] != before[4:13]).any(axis=1).all()
    kept = [value for name, value in learner.state().items() if "embedding" in name and name != "embedding"]
    assert {value.shape for value in kept} == {(16, 5)}  # what the optimizer keeps of them


def test_the_average_is_what_is_measured_and_the_weights_come_back():
    """After one step of decay 0.9 it has moved 9/11 of the way (Polyak's early moves go further)."""
    network, learner = pair(average_decay=0.9)
    begun = values(network)
    learner.step(reads_of({})[0], 0, 0.05)
    moved = values(network)
    with learner.averaged():
        averaged = values(network)
    for name, value in averaged.items():
        np.testing.assert_allclose(value, begun[name] + 9 / 11 * (moved[name] - begun[name]), atol=1e-6)
        np.testing.assert_array_equal(values(network)[name], moved[name])
    assert np.abs(averaged["encoder.0.forward.bias"] - moved["encoder.0.forward.bias"]).max() > 1e-4


def test_without_averages_the_weights_themselves_are_measured():
    network, learner = pair()
    learner.step(reads_of({})[0], 0, 0.05)
    before = values(network)
    with learner.averaged():
        np.testing.assert_array_equal(values(network)["embedding"], before["embedding"])


def test_words_with_a_rate_of_nothing_stay_while_all_else_learns():
    network, learner = pair(embedding_rate=0.0)
    before = values(network)
    for number, read in enumerate(reads_of({})):
        learner.step(read, number, 0.01)
    for name, value in values(network).items():
        assert np.array_equal(value, before[name]) == (name == "embedding"), name
