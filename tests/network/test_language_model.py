import numpy as np
import pytest
import tensorflow as tf
from builders import ROWS, log_softmax, noise, random_batch, random_floats, small_network, unpacked, values

from tagger.network.noise import Noise

UNITS, SIZE, ALL = 4, 5, 15  # ALL: the classes when every word of train is one
STATES = random_floats(3, 6, UNITS)  # [N, H]
DIRECTIONS = ("forward", "backward")


@pytest.fixture(scope="module")
def network():
    return small_network()


def by_hand(network, states, direction, classes=ALL):
    """Logits in NumPy, [N, C]."""
    weights = {name: np.float64(weight) for name, weight in values(network).items()}
    projected = states @ weights[f"language_model.{direction}.projection"]
    return projected @ weights["embedding"][1 : classes + 1].T + weights[f"language_model.{direction}.bias"]


def test_targets_are_the_next_and_the_previous_word_and_the_sentence_bounds():
    """Row r is class r - 1: <unk> 0, <s> 1, </s> 2; with five words told apart, rows from 9 on are <unk>."""
    head = small_network(lm_words=5).language_model
    words, lengths = np.array([[4, 9, 12, 6], [5, 18, 7, 7], [8, 0, 0, 0]], np.int32), np.array([4, 2, 1], np.int32)
    forward, backward = (head.targets(words, lengths, direction).numpy() for direction in DIRECTIONS)
    assert [row[:length].tolist() for row, length in zip(forward, lengths, strict=True)] == [[0, 0, 5, 2], [0, 2], [2]]
    assert [row[:length].tolist() for row, length in zip(backward, lengths, strict=True)] == [[1, 3, 0, 0], [1, 4], [1]]


@pytest.mark.parametrize(("lm_words", "classes"), [(1, 4), (5, 8), (12, 15), (13, 15), (7500, 15)])
def test_classes_are_unk_the_bounds_and_the_most_frequent_words_of_train(lm_words, classes):
    head = small_network(lm_words=lm_words).language_model
    assert head.logits(STATES, "forward").shape == (6, classes)
    every_word = np.arange(4, ROWS, dtype=np.int32)[:, None]  # each a sentence's first, before another
    pairs, lengths = np.pad(every_word, [[0, 0], [1, 0]], constant_values=4), np.full(ROWS - 4, 2, np.int32)
    targets = head.targets(pairs, lengths, "forward")[:, 0].numpy()
    assert targets.tolist() == [row - 1 if row <= classes else 0 for row in range(4, ROWS)]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_logits_are_projected_states_times_the_embedding_plus_a_bias(network, direction):
    logits = network.language_model.logits(STATES, direction)
    np.testing.assert_allclose(logits, by_hand(network, STATES, direction), atol=1e-5)


def test_the_softmax_is_tied_to_the_one_matrix_there_is():
    network = small_network()
    weights = network.weights()
    assert [name for name, weight in weights.items() if weight.shape[-1] == SIZE and len(weight.shape) == 2
            and weight.shape[0] >= ALL] == ["embedding"]  # fmt: skip
    before = network.language_model.logits(STATES, "forward").numpy()
    changed, step = values(network)["embedding"], random_floats(9, SIZE)
    changed[7] += step  # class 6
    weights["embedding"].assign(changed)
    moved = network.language_model.logits(STATES, "forward").numpy() - before
    projection = values(network)["language_model.forward.projection"]
    np.testing.assert_allclose(moved[:, 6], STATES @ projection @ step, atol=1e-5)
    assert not np.delete(moved, 6, axis=1).any()


@pytest.mark.parametrize("layers", [1, 2])
def test_no_prediction_has_seen_the_word_it_predicts_or_one_beyond(layers):
    network = small_network(layers=layers)
    sentence = random_batch([7]).word_ids[0]
    variants = np.tile(sentence, (8, 1))  # row t has another word at t, the last row none
    variants[range(7), range(7)] = np.where(sentence == 4, 5, 4)
    states = network(variants, np.full(8, 7, np.int32)).states
    forward = network.language_model.logits(states.forward, "forward").numpy().reshape(8, 7, -1)
    backward = network.language_model.logits(states.backward, "backward").numpy().reshape(8, 7, -1)
    for t in range(7):
        forward_moved = np.abs(forward[t] - forward[-1]).max(axis=-1) > 1e-6
        backward_moved = np.abs(backward[t] - backward[-1]).max(axis=-1) > 1e-6
        assert forward_moved.tolist() == [place >= t for place in range(7)]
        assert backward_moved.tolist() == [place <= t for place in range(7)]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_full_loss_is_that_of_numpy(network, direction):
    targets = np.array([0, 1, 2, 14, 7, 7], np.int32)
    losses = network.language_model.full_losses(STATES, targets, direction)
    expected = -log_softmax(by_hand(network, STATES, direction))[range(6), targets]
    np.testing.assert_allclose(losses, expected, atol=1e-5)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_without_noise_every_real_token_has_its_full_loss_and_padding_none(network, direction):
    batch = random_batch([3, 1, 5], padding=2)
    states = network(batch.word_ids, batch.lengths).states
    losses = network.language_model.losses(states, batch.word_ids, batch.lengths, None)[direction].numpy()
    expected = []
    for row, length in enumerate(batch.lengths):
        words = np.where(batch.word_ids[row, :length] < 16, batch.word_ids[row, :length], 1).tolist()
        targets = [*words[1:], 3] if direction == "forward" else [2, *words[:-1]]  # rows, </s> and <s>
        own = unpacked(getattr(states, direction).numpy(), batch.lengths)[row, :length]
        logits = by_hand(network, own, direction)
        expected += (-log_softmax(logits)[range(length), np.array(targets) - 1]).tolist()
    np.testing.assert_allclose(losses, expected, atol=1e-5)


def test_the_loss_moves_the_classes_rows_of_the_embedding_and_no_other():
    """With the states held still, the gradient is the softmax's alone: (p - 1) times the projected state."""
    network = small_network(lm_words=5)
    targets = np.array([0, 3, 3, 7, 1, 2], np.int32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network.language_model.full_losses(STATES, targets, "forward"))
    gradient = tape.gradient(loss, network.embedding.matrix.value)
    errors = np.exp(log_softmax(by_hand(network, STATES, "forward", classes=8))) - np.eye(8)[targets]  # [N, C]
    expected = np.zeros((ROWS, SIZE))
    expected[1:9] = errors.T @ STATES @ values(network)["language_model.forward.projection"]
    np.testing.assert_allclose(tf.convert_to_tensor(gradient), expected, atol=1e-5)


def sampled_losses(samples, targets, seeds):
    """The sampled losses under many seeds, [seeds, N], and the full ones, [N]."""
    head = small_network(lm_samples=samples).language_model
    targets = np.array(targets, np.int32)
    states = STATES[: len(targets)]
    draw = tf.function(lambda seed: head.sampled_losses(states, targets, "forward", head.sample(Noise(seed))))
    found = [draw(tf.constant([seed, 3], tf.int32)).numpy() for seed in range(seeds)]
    return np.float64(found), head.full_losses(states, targets, "forward").numpy()


@pytest.mark.parametrize("samples", [2, 6, 40])
def test_the_sampled_denominator_is_right_on_average(samples):
    """exp(loss) is the denominator over the target's term, so its mean must be that of the full softmax."""
    found, full = sampled_losses(samples, targets=[0, 1, 2, 5, 9, 14], seeds=1500)
    estimates = np.exp(found)
    error = estimates.std(axis=0) / np.sqrt(1500)
    assert (error > 0).all()
    assert (error < 0.06 * np.exp(full)).all()
    assert (np.abs(estimates.mean(axis=0) - np.exp(full)) < 4 * error).all()


def test_a_sample_that_is_the_target_does_not_count_against_it():
    """With one sample a step, only such a hit leaves nothing to tell the target from: log-uniformly often."""
    found, _ = sampled_losses(samples=1, targets=[0, 1, 14], seeds=1500)
    assert (found > -1e-6).all()
    hits = (np.abs(found) < 1e-6).mean(axis=0)
    chances = np.log(np.array([2 / 1, 3 / 2, 16 / 15])) / np.log(16)
    assert (np.abs(hits - chances) < 4 * np.sqrt(chances * (1 - chances) / 1500)).all()


def test_with_noise_the_loss_is_sampled_anew_for_each_seed(network):
    batch = random_batch([3, 4])
    states = network(batch.word_ids, batch.lengths).states
    losses = [network.language_model.losses(states, batch.word_ids, batch.lengths, source)["backward"].numpy()
              for source in (noise(1), noise(1), noise(2), None)]  # fmt: skip
    np.testing.assert_array_equal(losses[0], losses[1])
    assert len({row.tobytes() for row in losses}) == 3
