import numpy as np
import pytest
import tensorflow as tf
from builders import (
    NOISY,
    ROWS,
    SINGLETON_ROWS,
    TAGS,
    TRAIN_ROWS,
    compiled_logits,
    noise,
    random_batch,
    random_floats,
    small_config,
    small_network,
    small_vocabulary,
    values,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features.vocabulary import UNK
from tagger.network.embedding import forget_singletons
from tagger.network.network import Network
from tagger.network.tag_head import masked_cross_entropy


@pytest.fixture(scope="module")
def deep_logits():
    return compiled_logits(small_network(layers=2))


@settings(deadline=None, max_examples=40)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), padding=st.integers(0, 5), seed=st.integers(0, 99))
def test_padding_and_batch_mates_change_no_logit(deep_logits, lengths, padding, seed):
    batch = random_batch(lengths, seed, padding)
    together = deep_logits(batch.word_ids, batch.lengths).numpy()
    assert together.shape == (len(lengths), max(lengths) + padding, TAGS)
    for row, length in enumerate(lengths):
        alone = deep_logits(batch.word_ids[row : row + 1, :length], batch.lengths[row : row + 1])
        np.testing.assert_allclose(together[row, :length], alone[0], atol=1e-6)


def test_a_tag_sees_the_whole_sentence(deep_logits):
    words = random_batch([6]).word_ids
    for changed in (0, 5):
        other = words.copy()
        other[0, changed] = 4 if words[0, changed] != 4 else 5
        length = np.array([6], np.int32)
        moved = np.abs(deep_logits(words, length).numpy() - deep_logits(other, length).numpy())[0].max(axis=-1)
        assert (moved > 1e-6).all()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_weight_gets_a_gradient_through_all_noise(layers):
    network, batch, draws = small_network(layers=layers, units=8, **NOISY), random_batch([9, 4, 6, 9]), noise()
    weights = network.weights()
    with tf.GradientTape() as tape:
        outputs = network(batch.word_ids, batch.lengths, draws)
        losses = network.language_model.losses(outputs.states, batch.word_ids, batch.lengths, draws)
        total = masked_cross_entropy(outputs.logits, batch.tag_ids, batch.lengths)
        total += tf.reduce_mean(losses["forward"]) + tf.reduce_mean(losses["backward"])
    gradients = tape.gradient(total, {name: weight.value for name, weight in weights.items()})
    assert {
        name for name, slope in gradients.items() if slope is None or not np.any(tf.convert_to_tensor(slope))
    } == set()
    assert isinstance(gradients["embedding"], tf.IndexedSlices)


def test_weights_are_named_once_each_and_all_of_them_by_their_shapes():
    names = {name: tuple(weight.shape) for name, weight in small_network(layers=2).weights().items()}
    lstm = {f"encoder.{layer}.{direction}.{name}": shape for layer, width in ((0, 5), (1, 8))
            for direction in ("forward", "backward")
            for name, shape in (("kernel", (width, 16)), ("recurrent", (4, 16)), ("bias", (16,)))}  # fmt: skip
    model = {f"language_model.{direction}.{name}": shape for direction in ("forward", "backward")
             for name, shape in (("projection", (4, 5)), ("bias", (15,)))}  # fmt: skip
    heads = {"embedding": (ROWS, 5), "tag_head.kernel": (8, TAGS), "tag_head.bias": (TAGS,)}
    assert names == lstm | model | heads


def test_without_weight_there_is_no_language_model_and_the_tags_are_the_same():
    batch = random_batch([4, 2])
    matrix = random_floats(0, ROWS, 5)
    having, lacking = (Network(matrix, small_vocabulary(), TAGS, small_config(lm_weight=weight)) for weight in (0.1, 0))
    assert lacking.language_model is None
    assert {name for name in having.weights() if name not in lacking.weights()} == {
        name for name in having.weights() if name.startswith("language_model.")
    }
    np.testing.assert_array_equal(*(network(batch.word_ids, batch.lengths).logits for network in (having, lacking)))


def test_initial_weights_are_a_function_of_the_seed():
    def fresh(seed):
        return values(Network(random_floats(0, ROWS, 5), small_vocabulary(), TAGS, small_config(layers=2, seed=seed)))

    first, again, other = fresh(1), fresh(1), fresh(2)
    for name, weight in first.items():
        np.testing.assert_array_equal(weight, again[name])
        assert name == "embedding" or name.endswith("bias") or not np.array_equal(weight, other[name])
    np.testing.assert_array_equal(first["embedding"], random_floats(0, ROWS, 5))


def test_about_the_share_asked_for_of_the_words_seen_once_becomes_unk_and_no_other_word():
    words = np.random.default_rng(0).integers(0, ROWS, (200, 50)).astype(np.int32)
    found = forget_singletons(words, SINGLETON_ROWS, TRAIN_ROWS, 0.3, noise()).numpy()
    is_singleton = (words >= SINGLETON_ROWS) & (words < TRAIN_ROWS)
    np.testing.assert_array_equal(found[~is_singleton], words[~is_singleton])
    forgotten = found[is_singleton] != words[is_singleton]
    assert (found[is_singleton][forgotten] == UNK).all()
    assert abs(forgotten.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / is_singleton.sum())


def test_each_occurrence_is_forgotten_by_itself_and_by_its_seed():
    words = np.full((30, 30), SINGLETON_ROWS, np.int32)
    first, again, other = (forget_singletons(words, 12, 16, 0.5, noise(seed)).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(np.unique(first, axis=0)) == len(np.unique(first, axis=1).T) == 30


def test_words_seen_once_are_read_as_unk_in_training_alone():
    network, batch = small_network(singleton_rate=1.0), random_batch([7, 5])
    as_unk = np.where((batch.word_ids >= SINGLETON_ROWS) & (batch.word_ids < TRAIN_ROWS), UNK, batch.word_ids)
    training = network(batch.word_ids, batch.lengths, noise()).logits
    np.testing.assert_allclose(training, network(as_unk, batch.lengths).logits, atol=1e-6)
    assert not np.allclose(training, network(batch.word_ids, batch.lengths).logits)


def test_noise_is_a_function_of_its_seed_and_its_absence_the_plain_network():
    noisy, plain, batch = small_network(**NOISY), small_network(), random_batch([7, 5])
    first, again, other = (noisy(batch.word_ids, batch.lengths, noise(seed)).logits.numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    np.testing.assert_array_equal(
        noisy(batch.word_ids, batch.lengths).logits, plain(batch.word_ids, batch.lengths).logits
    )
