import math
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from builders import (
    NOISY,
    SINGLETON_ROWS,
    TRAIN_ROWS,
    log_softmax,
    random_batch,
    small_config,
    small_network,
    unpacked,
    values,
)

from tagger.corpus.conll import read_conll
from tagger.evaluation.scores import Score
from tagger.features.batching import EncodedSentences
from tagger.features.vocabulary import UNK
from tagger.inference.tagger import Tagger
from tagger.network.tag_head import masked_cross_entropy
from tagger.training.learner import Learner
from tagger.training.loop import train_epochs

DIRECTIONS = ("forward", "backward")


@pytest.fixture
def eagerly():
    """Few small steps are sooner done than compiled."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def train_batch(*args, **options):
    """A batch of words that train has: no others are ever learned from."""
    return random_batch(*args, rows=TRAIN_ROWS, **options)


def pair(**options):
    """A network, and the learner that moves it."""
    network = small_network(**options)
    return network, Learner(network, small_config(**options))


def neighbours_surprise(network, word_ids, batch):
    """-log p of the next and of the previous word of every token of `batch`, [2, N], in NumPy; `word_ids` are read."""
    states, weights, found = network(word_ids, batch.lengths).states, values(network), []
    for direction in DIRECTIONS:
        for row, length in enumerate(batch.lengths):
            words = [word if word < TRAIN_ROWS else UNK for word in batch.word_ids[row, :length].tolist()]
            targets = [*words[1:], 3] if direction == "forward" else [2, *words[:-1]]
            own = unpacked(getattr(states, direction).numpy(), batch.lengths)[row, :length]
            projected = own @ weights[f"language_model.{direction}.projection"]
            logits = projected @ weights["embedding"][1:TRAIN_ROWS].T + weights[f"language_model.{direction}.bias"]
            found += (-log_softmax(logits)[range(length), np.array(targets) - 1]).tolist()
    return np.reshape(found, (2, -1))


@pytest.mark.usefixtures("eagerly")
def test_the_losses_of_a_step_are_means_over_tokens_before_it():
    network, learner = pair(lm_softmax="full")
    batch = train_batch([5, 1, 3], padding=1)
    logits = log_softmax(network(batch.word_ids, batch.lengths).logits.numpy())
    tags = [-logits[row, step, batch.tag_ids[row, step]] for row in range(3) for step in range(batch.lengths[row])]
    both = neighbours_surprise(network, batch.word_ids, batch).mean(axis=1).sum()
    losses = learner.step(batch, 0, 0.01)
    assert losses.tags == pytest.approx(np.mean(tags), abs=1e-5)
    assert losses.language_model == pytest.approx(both, abs=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_dropped_words_are_still_predicted_as_themselves():
    network, learner = pair(lm_softmax="full", word_dropout=1 - 1e-6)
    batch = train_batch([5, 4, 6])
    both = neighbours_surprise(network, np.full_like(batch.word_ids, UNK), batch).mean(axis=1).sum()
    assert both != pytest.approx(neighbours_surprise(network, batch.word_ids, batch).mean(axis=1).sum(), abs=1e-3)
    assert learner.step(batch, 0, 0.01).language_model == pytest.approx(both, abs=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_words_read_as_unk_are_still_predicted_as_themselves():
    network, learner = pair(lm_softmax="full", singleton_rate=1.0)
    batch = train_batch([5, 4, 6])
    is_singleton = (batch.word_ids >= SINGLETON_ROWS) & (batch.word_ids < TRAIN_ROWS)
    assert is_singleton.any()
    both = neighbours_surprise(network, np.where(is_singleton, UNK, batch.word_ids), batch).mean(axis=1).sum()
    assert learner.step(batch, 0, 0.01).language_model == pytest.approx(both, abs=1e-5)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_a_step_descends_the_tags_loss_plus_gamma_times_the_language_models(gamma):
    """Adam's first step goes down every slope by the rate itself."""
    options = {"lm_softmax": "full", "lm_weight": gamma, "optimizer": "adam", "clip_norm": 0.0}
    network, learner = pair(**options)
    batch = train_batch([5, 1, 3])
    before = values(network)
    with tf.GradientTape() as tape:
        outputs = network(batch.word_ids, batch.lengths)
        total = masked_cross_entropy(outputs.logits, batch.tag_ids, batch.lengths)
        if gamma:
            losses = network.language_model.losses(outputs.states, batch.word_ids, batch.lengths, None)
            total += gamma * (tf.reduce_mean(losses["forward"]) + tf.reduce_mean(losses["backward"]))
    slopes = tape.gradient(total, {name: weight.value for name, weight in network.weights().items()})
    learner.step(batch, 0, 0.01)
    for name, weight in values(network).items():
        slope = tf.convert_to_tensor(slopes[name]).numpy()
        steep = np.abs(slope) > 1e-4
        assert steep.any()
        np.testing.assert_allclose((weight - before[name])[steep], -0.01 * np.sign(slope)[steep], atol=3e-5)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(("gamma", "moved"), [(0.1, {*range(1, 9), 10, 14}), (0.0, set())])
def test_the_language_model_alone_moves_the_embedding_of_words_read_and_of_its_classes(gamma, moved):
    """Without a kernel the tag head passes no slope on; five words told apart make classes of the rows 1 to 8."""
    network, learner = pair(lm_weight=gamma, lm_words=5, lm_softmax="full")
    kernel = network.weights()["tag_head.kernel"]
    kernel.assign(np.zeros(kernel.shape, np.float32))
    batch, before = train_batch([4]), values(network)["embedding"]
    batch.word_ids[:] = [10, 5, 14, 10]
    learner.step(batch, 0, 0.01)
    changed = (values(network)["embedding"] != before).any(axis=1)
    assert set(np.flatnonzero(changed).tolist()) == moved
    assert TRAIN_ROWS > 14


@pytest.mark.usefixtures("eagerly")
def test_chance_is_a_function_of_the_seed_and_the_steps_number_alone():
    batch, other_batch = train_batch([6, 4]), train_batch([3])

    def losses(learner, *numbers):
        return [learner.step(batch, number, 0.0) for number in numbers]

    (_, first), (_, second), (_, third) = (pair(seed=seed, **NOISY) for seed in (1, 1, 2))
    found = losses(first, 0, 1, 2, 3)
    second.step(other_batch, 9, 0.0)
    assert losses(second, 3, 1, 0, 2) == [found[3], found[1], found[0], found[2]]
    assert len(set(found + losses(third, 0, 1, 2, 3))) == 8


def test_a_step_and_a_surprise_are_traced_once_for_all_shapes_of_batches():
    network, learner = pair(layers=2, **NOISY)
    traces, losses = Counter(), network.language_model.losses

    def counting(states, word_ids, lengths, noise):
        traces["surprise" if noise is None else "step"] += 1
        return losses(states, word_ids, lengths, noise)

    network.language_model.losses = counting
    for number, lengths in enumerate([[1], [3, 2], [7] * 9, [2, 11, 5]]):
        learner.step(train_batch(lengths, padding=number), number, 0.1 / (number + 1))
        learner.surprise(train_batch(lengths))
    assert traces == {"step": 1, "surprise": 1}


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("noisy", [{}, NOISY])
def test_surprise_is_the_sum_over_tokens_by_the_full_softmax_and_without_noise(noisy):
    network, learner = pair(**noisy)
    batch = train_batch([5, 1, 3], padding=2)
    expected = neighbours_surprise(network, batch.word_ids, batch).sum()
    assert learner.surprise(batch) == pytest.approx(expected, rel=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_perplexity_of_dev_is_the_exponential_of_the_mean_surprise():
    network, learner = pair(seed=3)
    lengths = [3, 1, 7, 2, 5]
    tokens = np.concatenate([train_batch([length], seed=length).word_ids[0] for length in lengths])
    dev = EncodedSentences(tokens, np.cumsum([0, *lengths]), np.zeros_like(tokens))
    config = small_config(learning_rate=0.0, epochs=1)
    *_, epoch = train_epochs(learner, dev, dev, config, lambda: Score(0.0, 0.0, 0.0, 0))
    surprises = []
    for start, length in zip(dev.offsets[:-1], lengths, strict=True):
        batch = train_batch([length])
        batch.word_ids[0] = tokens[start : start + length]
        surprises += neighbours_surprise(network, batch.word_ids, batch).ravel().tolist()
    assert len(surprises) == 2 * sum(lengths)
    assert epoch.perplexity == pytest.approx(math.exp(np.mean(surprises)), rel=1e-5)


def test_eight_sentences_are_learned_by_heart(by_heart, eight):
    gold = read_conll(eight)
    assert Tagger.load(by_heart[-1].output).tag(sentence.tokens for sentence in gold) == gold


@pytest.mark.usefixtures("eagerly")
def test_at_an_embedding_rate_of_nothing_the_matrix_alone_stays():
    network, learner = pair(embedding_rate=0.0)
    before = values(network)
    learner.step(train_batch([4, 2]), 0, 0.01)
    stayed = {name for name, weight in values(network).items() if (weight == before[name]).all()}
    assert stayed == {"embedding"}
