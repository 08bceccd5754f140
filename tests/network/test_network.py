import numpy as np
import pytest
import tensorflow as tf
from builders import (
    LABELS,
    NOISY,
    ROWS,
    SINGLETON_ROWS,
    TAGS,
    TRAIN_ROWS,
    compiled_logits,
    legal,
    noise,
    random_batch,
    random_floats,
    small_config,
    small_network,
    small_vocabulary,
    spelled,
    values,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features.batching import letters_of
from tagger.features.vocabulary import SPECIALS, UNK
from tagger.network.characters import Letters
from tagger.network.embedding import drop_words, forget_words
from tagger.network.encoder import pack
from tagger.network.network import Network
from tagger.network.noise import Noise, Share, Span
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


@pytest.mark.parametrize(
    "options",
    [
        {"layers": 1},
        {"layers": 2},
        {"layers": 3},
        {"layers": 3, "share_layers": True},
        {"characters": "cnn", "character_dropout": 0.3, "head": "crf"},
        {"characters": "lstm", "character_dropout": 0.3, "head": "crf", "layers": 2, "word_dropout": 0.2},
    ],
)
def test_every_weight_gets_a_gradient_through_all_noise(options):
    network, draws = small_network(units=8, **NOISY, **options), noise()
    batch = legal(spelled(random_batch([9, 4, 6, 9])))
    weights = network.weights()
    letters = Letters(*letters_of(batch)) if network.characters is not None else None
    tag_loss = network.crf.loss if network.crf is not None else masked_cross_entropy
    with tf.GradientTape() as tape:
        outputs = network(batch.word_ids, batch.lengths, draws, letters)
        losses = network.language_model.losses(outputs.states, batch.word_ids, batch.lengths, draws)
        total = tag_loss(outputs.logits, batch.tag_ids, batch.lengths)
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


def test_characters_a_random_field_and_shared_layers_add_weights_of_their_own():
    options = {"layers": 3, "share_layers": True, "head": "crf", "lm_weight": 0.0, "characters": "cnn"}
    sizes = {"character_size": 6, "character_features": 7, "character_width": 2}
    names = {name: tuple(weight.shape) for name, weight in small_network(**options, **sizes).weights().items()}
    lstm = {f"encoder.0.{direction}.{name}": shape for direction in ("forward", "backward")
            for name, shape in (("kernel", (5 + 7, 16)), ("recurrent", (4, 16)), ("bias", (16,)))}  # fmt: skip
    projections = {f"encoder.{layer}.projection": (8, 5 + 7) for layer in (1, 2)}
    characters = {"embedding": (4 + 6, 6), "width_2.kernel": (2, 6, 7), "bias": (7,)}
    moves = {"transitions": (TAGS, TAGS), "starts": (TAGS,), "ends": (TAGS,)}
    heads = {"embedding": (ROWS, 5), "tag_head.kernel": (8, TAGS), "tag_head.bias": (TAGS,)}
    parts = {f"characters.{name}": shape for name, shape in characters.items()}
    assert names == lstm | projections | parts | {f"crf.{name}": shape for name, shape in moves.items()} | heads


@pytest.mark.parametrize("characters", ["cnn", "lstm"])
def test_the_features_of_a_word_stand_beside_its_row(characters):
    """The same network without characters, given the joined vectors for its matrix, scores the same."""
    network, batch = small_network(characters=characters, character_features=3), spelled(random_batch([5, 2, 7]))
    letters = Letters(*letters_of(batch))
    features = network.characters(letters.char_ids, letters.char_lengths, None).numpy()
    joined = np.concatenate([values(network)["embedding"][batch.word_ids], features[letters.places]], axis=-1)
    packing = pack(batch.lengths)
    states = network.encoder(packing.pack(joined), packing, None)[-1].joined()
    found = network(batch.word_ids, batch.lengths, None, letters).logits
    np.testing.assert_allclose(packing.pack(found), network.tag_head(states), atol=1e-6)
    other = letters._replace(places=np.roll(letters.places, 1, axis=1))
    assert not np.allclose(found, network(batch.word_ids, batch.lengths, None, other).logits)


def test_without_weight_there_is_no_language_model_and_the_tags_are_the_same():
    batch = random_batch([4, 2])
    matrix = random_floats(0, ROWS, 5)
    having, lacking = (
        Network(matrix, small_vocabulary(), LABELS, small_config(lm_weight=weight)) for weight in (0.1, 0)
    )
    assert lacking.language_model is None
    assert {name for name in having.weights() if name not in lacking.weights()} == {
        name for name in having.weights() if name.startswith("language_model.")
    }
    np.testing.assert_array_equal(*(network(batch.word_ids, batch.lengths).logits for network in (having, lacking)))


def test_initial_weights_are_a_function_of_the_seed():
    def fresh(seed):
        return values(Network(random_floats(0, ROWS, 5), small_vocabulary(), LABELS, small_config(layers=2, seed=seed)))

    first, again, other = fresh(1), fresh(1), fresh(2)
    for name, weight in first.items():
        np.testing.assert_array_equal(weight, again[name])
        assert name == "embedding" or name.endswith("bias") or not np.array_equal(weight, other[name])
    np.testing.assert_array_equal(first["embedding"], random_floats(0, ROWS, 5))


def rates(rate):
    found = np.zeros(ROWS, np.float32)
    found[SINGLETON_ROWS:TRAIN_ROWS] = rate
    return found


def test_about_the_share_asked_for_of_the_words_seen_once_becomes_unk_and_no_other_word():
    words = np.random.default_rng(0).integers(0, ROWS, 10_000).astype(np.int32)
    found = forget_words(words, rates(0.3), noise()).numpy()
    is_singleton = (words >= SINGLETON_ROWS) & (words < TRAIN_ROWS)
    np.testing.assert_array_equal(found[~is_singleton], words[~is_singleton])
    forgotten = found[is_singleton] != words[is_singleton]
    assert (found[is_singleton][forgotten] == UNK).all()
    assert abs(forgotten.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / is_singleton.sum())


def test_each_occurrence_is_forgotten_by_itself_and_by_its_seed():
    words = np.full(900, SINGLETON_ROWS, np.int32)
    first, again, other = (forget_words(words, rates(0.5), noise(seed)).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    by_thirty = first.reshape(30, 30)
    assert len(np.unique(by_thirty, axis=0)) == len(np.unique(by_thirty.T, axis=0)) == 30


def test_words_seen_once_are_read_as_unk_in_training_alone():
    network, batch = small_network(singleton_rate=1.0), random_batch([7, 5])
    as_unk = np.where((batch.word_ids >= SINGLETON_ROWS) & (batch.word_ids < TRAIN_ROWS), UNK, batch.word_ids)
    training = network(batch.word_ids, batch.lengths, noise()).logits
    np.testing.assert_allclose(training, network(as_unk, batch.lengths).logits, atol=1e-6)
    assert not np.allclose(training, network(batch.word_ids, batch.lengths).logits)


def test_about_the_share_asked_for_of_all_words_is_dropped_each_by_itself():
    words = np.random.default_rng(0).integers(len(SPECIALS), ROWS, 10_000).astype(np.int32)
    np.testing.assert_array_equal(drop_words(words, 0.0, noise()), words)
    first, again, other = (drop_words(words, 0.3, noise(seed)).numpy() for seed in (1, 1, 2))
    dropped = first != words
    assert (first[dropped] == UNK).all()
    assert abs(dropped.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / words.size)
    assert len(np.unique(dropped.reshape(200, 50), axis=0)) == 200
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_shares_of_a_batch_drop_the_words_that_the_whole_drops():
    words = np.full(70, SINGLETON_ROWS, np.int32)
    whole = drop_words(words, 0.5, noise()).numpy()
    shares = [drop_words(words[start:end], 0.5, Noise(tf.constant([0, 7]), Share(Span(0, 1), Span(start, 70))))
              for start, end in ((0, 30), (30, 40), (40, 70))]  # fmt: skip
    np.testing.assert_array_equal(np.concatenate(shares), whole)


def test_words_are_dropped_in_training_alone_and_at_the_rate_0_none():
    calm, dropping, batch = small_network(), small_network(word_dropout=1 - 1e-6), random_batch([7, 5])
    as_unk = np.full_like(batch.word_ids, UNK)
    training = dropping(batch.word_ids, batch.lengths, noise()).logits
    np.testing.assert_allclose(training, calm(as_unk, batch.lengths).logits, atol=1e-6)
    plain = calm(batch.word_ids, batch.lengths).logits
    assert not np.allclose(training, plain)
    np.testing.assert_array_equal(dropping(batch.word_ids, batch.lengths).logits, plain)
    np.testing.assert_array_equal(calm(batch.word_ids, batch.lengths, noise()).logits, plain)


def test_a_dropped_word_keeps_its_characters():
    network, batch = small_network(characters="cnn", word_dropout=1 - 1e-6), spelled(random_batch([7, 5]))
    letters = Letters(*letters_of(batch))
    training = network(batch.word_ids, batch.lengths, noise(), letters).logits
    as_unk = network(np.full_like(batch.word_ids, UNK), batch.lengths, None, letters).logits
    np.testing.assert_allclose(training, as_unk, atol=1e-6)
    other = letters._replace(places=np.zeros_like(letters.places))
    assert not np.allclose(training, network(batch.word_ids, batch.lengths, noise(), other).logits)


def test_noise_is_a_function_of_its_seed_and_its_absence_the_plain_network():
    noisy, plain, batch = small_network(**NOISY), small_network(), random_batch([7, 5])
    first, again, other = (noisy(batch.word_ids, batch.lengths, noise(seed)).logits.numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    np.testing.assert_array_equal(
        noisy(batch.word_ids, batch.lengths).logits, plain(batch.word_ids, batch.lengths).logits
    )
