import keras
import numpy as np
import pytest
import tensorflow as tf
from builders import noise, random_floats, textbook_lstm, values

from tagger.features.vocabulary import PAD, UNK
from tagger.network.characters import CharacterConvolution, CharacterEmbedding, CharacterLSTM

ALPHABET, SINGLETONS, SIZE = 12, 9, 5
LENGTHS = [3, 9, 2, 17, 1, 40, 8, 3]
PARTS = ("kernel", "recurrent", "bias")
ACTIVATIONS = {"tanh": np.tanh, "relu": lambda values: np.maximum(values, 0.0), "linear": lambda values: values}


def embedding(dropout=0.0, singleton_rate=0.0, seed=1):
    return CharacterEmbedding(ALPHABET, SINGLETONS, SIZE, dropout=dropout, singleton_rate=singleton_rate, seed=seed)


def shaken(encoder):
    for place, weight in enumerate(encoder.weights().values()):
        weight.assign(random_floats(place, *weight.shape))
    return encoder


def convolution(widths=(3,), activation="tanh", **options):
    return shaken(CharacterConvolution(embedding(**options), widths, 4, activation, seed=2))


def bidirectional(**options):
    return shaken(CharacterLSTM(embedding(**options), 4, 1.0, seed=2))


ENCODERS = [convolution, lambda **options: convolution((1, 2, 5), **options), bidirectional]


def random_words(lengths=LENGTHS, padding=0, seed=0):
    """Words of random characters, special ones too; beyond their ends stand random characters too."""
    char_ids = np.random.default_rng(seed).integers(0, ALPHABET, (len(lengths), max(lengths) + padding))
    return char_ids.astype(np.int32), np.array(lengths, np.int32)


def convolved_by_hand(weights, width, word):
    """Each filter at each place of a word, [C, filters], added up one by one in float64."""
    vectors, kernel = np.float64(weights["embedding"]), np.float64(weights[f"width_{width}.kernel"])
    before = (width - 1) // 2
    around = [PAD] * before + list(word) + [PAD] * (width // 2)
    sums = np.zeros((len(word), kernel.shape[2]))
    for place in range(len(word)):
        for offset in range(width):
            for size in range(SIZE):
                sums[place] += vectors[around[place + offset], size] * kernel[offset, size]
    return sums


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(1,), (2,), (3,), (3, 4, 7)])
def test_the_convolution_is_the_highest_of_the_sums_by_hand(widths, activation):
    encoder = convolution(widths, activation)
    char_ids, lengths = random_words(padding=2)
    found, weights = encoder(char_ids, lengths, None).numpy(), values(encoder)
    assert found.shape == (len(LENGTHS), encoder.size) == (len(LENGTHS), 4 * len(widths))
    for row, length in enumerate(lengths):
        word = char_ids[row, :length]
        sums = np.concatenate([convolved_by_hand(weights, width, word).max(axis=0) for width in widths])
        expected = ACTIVATIONS[activation](sums + np.float64(weights["bias"]))
        np.testing.assert_allclose(found[row], expected, atol=1e-5)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_the_convolution_and_its_gradient_are_those_of_keras_on_each_word_alone(width):
    """Keras pads with zeros outside the word, so here the vector of `PAD` is zeros; it has no slope to compare."""
    encoder = convolution((width,))
    matrix = values(encoder)["embedding"]
    matrix[PAD] = 0.0
    encoder.weights()["embedding"].assign(matrix)
    char_ids, lengths = random_words()
    char_ids[char_ids == PAD] = UNK
    weights = {name: weight.value for name, weight in encoder.weights().items()}
    layer = keras.layers.Conv1D(4, width, padding="same", activation="tanh")
    layer.build((None, None, SIZE))
    slopes = random_floats(9, len(LENGTHS), 4)

    def by_keras():
        trained = [weights[f"width_{width}.kernel"], weights["bias"]]
        words = [tf.gather(weights["embedding"], char_ids[None, row, :length]) for row, length in enumerate(lengths)]
        return tf.stack([tf.reduce_max(layer.stateless_call(trained, [], word)[0][0], axis=0) for word in words])

    ours, theirs = (gradients(make, weights, slopes) for make in (lambda: encoder(char_ids, lengths, None), by_keras))
    np.testing.assert_allclose(encoder(char_ids, lengths, None), by_keras(), atol=1e-5)
    for name in weights:
        first = 1 if name == "embedding" else 0
        np.testing.assert_allclose(ours[name][first:], theirs[name][first:], atol=1e-4, err_msg=name)
        assert np.abs(ours[name]).max() > 0.01


def gradients(make, weights, slopes):
    with tf.GradientTape() as tape:
        tape.watch(list(weights.values()))
        total = tf.reduce_sum(make() * slopes)
    return {name: tf.convert_to_tensor(slope).numpy() for name, slope in tape.gradient(total, weights).items()}


def test_the_lstm_and_its_gradient_are_those_of_keras_on_each_word_alone():
    encoder = bidirectional()
    char_ids, lengths = random_words(padding=3)
    weights = {name: weight.value for name, weight in encoder.weights().items()}
    layer = keras.layers.Bidirectional(keras.layers.LSTM(4))
    layer.build((None, None, SIZE))
    fixed = [variable.value for variable in layer.non_trainable_variables]
    slopes = random_floats(9, len(LENGTHS), 8)

    def by_keras():
        trained = [weights[f"{side}.{name}"] for side in ("forward", "backward") for name in PARTS]
        words = [tf.gather(weights["embedding"], char_ids[None, row, :length]) for row, length in enumerate(lengths)]
        return tf.concat([layer.stateless_call(trained, fixed, word)[0] for word in words], axis=0)

    ours, theirs = (gradients(make, weights, slopes) for make in (lambda: encoder(char_ids, lengths, None), by_keras))
    np.testing.assert_allclose(encoder(char_ids, lengths, None), by_keras(), atol=1e-5)
    for name in weights:
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-4, err_msg=name)
        assert np.abs(ours[name]).max() > 0.01


def test_the_lstm_gives_the_textbooks_last_states():
    encoder = bidirectional()
    char_ids, lengths = random_words()
    found, weights = encoder(char_ids, lengths, None).numpy(), values(encoder)
    assert found.shape == (len(LENGTHS), encoder.size) == (len(LENGTHS), 8)
    for row, length in enumerate(lengths):
        read = weights["embedding"][char_ids[row, :length]]
        forward = textbook_lstm(read, *(weights[f"forward.{name}"] for name in PARTS))[-1]
        backward = textbook_lstm(read[::-1], *(weights[f"backward.{name}"] for name in PARTS))[-1]
        np.testing.assert_allclose(found[row], np.concatenate([forward, backward]), atol=1e-5)


@pytest.mark.parametrize("make", ENCODERS)
def test_the_gradient_is_the_slope_between_two_near_points(make):
    encoder = make()
    char_ids, lengths = random_words([3, 1, 6])
    weights = {name: weight.value for name, weight in encoder.weights().items()}
    slopes = random_floats(9, 3, encoder.size)
    found = gradients(lambda: encoder(char_ids, lengths, None), weights, slopes)
    start = values(encoder)
    for name, slope in found.items():
        direction = np.sign(slope)
        near = []
        for shift in (2e-3, -2e-3):
            encoder.weights()[name].assign(start[name] + np.float32(shift) * direction)
            near.append(float(np.sum(np.float64(encoder(char_ids, lengths, None)) * slopes)))
        encoder.weights()[name].assign(start[name])
        np.testing.assert_allclose((near[0] - near[1]) / 4e-3, np.abs(slope).sum(), rtol=2e-2, err_msg=name)


def test_in_a_convolution_a_word_is_the_same_bits_whatever_stands_behind_and_beside_it():
    encoder = convolution((2, 3))
    char_ids, lengths = random_words(padding=5)
    together = encoder(char_ids, lengths, None).numpy()
    for row, length in enumerate(lengths):
        alone = encoder(char_ids[row : row + 1, :length], lengths[row : row + 1], None)
        np.testing.assert_array_equal(together[row : row + 1], alone)


def test_in_an_lstm_a_word_is_the_same_whatever_stands_behind_and_beside_it():
    """To the bit for what stands behind; matrix products of other sizes may round otherwise."""
    encoder = bidirectional()
    char_ids, lengths = random_words(padding=5)
    together = encoder(char_ids, lengths, None).numpy()
    poisoned = np.where(np.arange(char_ids.shape[1]) < lengths[:, None], char_ids, PAD)
    np.testing.assert_array_equal(encoder(poisoned, lengths, None), together)
    for row, length in enumerate(lengths):
        alone = encoder(char_ids[row : row + 1, :length], lengths[row : row + 1], None)
        np.testing.assert_allclose(together[row : row + 1], alone, atol=1e-6)


@pytest.mark.parametrize("make", ENCODERS)
@pytest.mark.parametrize("lengths", [[1], [1000, 1, 2]])
def test_words_of_one_and_of_a_thousand_characters_have_finite_features_and_slopes(make, lengths):
    encoder = make()
    char_ids, lengths = random_words(lengths)
    weights = {name: weight.value for name, weight in encoder.weights().items()}
    compiled = tf.function(lambda: encoder(char_ids, lengths, None), autograph=False)
    found = gradients(compiled, weights, 1.0)
    assert np.isfinite(encoder(char_ids, lengths, None)).all()
    assert all(np.isfinite(slope).all() for slope in found.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: CharacterConvolution(embedding(seed=seed), (3, 4), 4, "tanh", seed),
        lambda seed: CharacterLSTM(embedding(seed=seed), 4, 1.0, seed),
    ],
)
def test_initial_weights_are_a_function_of_the_seeds_and_no_two_are_alike(make):
    def matrices(seed):
        return {name: weight for name, weight in values(make(seed)).items() if not name.endswith("bias")}

    first, again, other = matrices(1), matrices(1), matrices(2)
    for name, matrix in first.items():
        np.testing.assert_array_equal(matrix, again[name])
        assert not np.array_equal(matrix, other[name])
    assert len({matrix.tobytes() for matrix in first.values()}) == len(first)


def test_the_forget_gates_begin_with_the_bias_asked_for():
    weights = values(CharacterLSTM(embedding(), 4, 2.5, seed=1))
    for side in ("forward", "backward"):
        i, f, c, o = np.split(weights[f"{side}.bias"], 4)
        np.testing.assert_array_equal(f, np.full(4, 2.5, np.float32))
        assert not np.concatenate([i, c, o]).any()


def test_dropout_zeroes_its_share_of_the_matrix_and_scales_up_the_rest():
    wide = CharacterEmbedding(300, 300, 200, dropout=0.3, singleton_rate=0.0, seed=1)
    matrix, found = wide.matrix.value.numpy(), wide(noise()).numpy()
    np.testing.assert_allclose(np.mean(found == 0.0), 0.3, atol=0.01)
    np.testing.assert_allclose(found[found != 0.0], matrix[found != 0.0] / 0.7, rtol=1e-5)
    np.testing.assert_array_equal(wide(None), matrix)


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_characters_seen_once_and_no_others_are_sometimes_unknown(rate):
    many = CharacterEmbedding(5000, 1000, 2, dropout=0.0, singleton_rate=rate, seed=1)
    matrix, found = many.matrix.value.numpy(), many(noise()).numpy()
    forgotten = (found == matrix[UNK]).all(axis=1)
    np.testing.assert_allclose(np.mean(forgotten[1000:]), rate, atol=0.03 if 0.0 < rate < 1.0 else 0.0)
    np.testing.assert_array_equal(found[~forgotten], matrix[~forgotten])
    assert np.flatnonzero(forgotten[:1000]).tolist() == [UNK]
    np.testing.assert_array_equal(many(None), matrix)


@pytest.mark.parametrize("make", ENCODERS)
def test_what_is_random_is_a_function_of_the_step_and_reaches_the_features(make):
    encoder = make(dropout=0.5, singleton_rate=0.5)
    words = random_words()
    first = encoder(*words, noise(0)).numpy()
    np.testing.assert_array_equal(encoder(*words, noise(0)), first)
    assert not np.array_equal(encoder(*words, noise(1)), first)
    np.testing.assert_array_equal(encoder(*words, None), make()(*words, None))


@pytest.mark.parametrize("make", ENCODERS)
def test_a_compiled_encoder_takes_any_batch_and_gives_what_an_eager_one_gives(make):
    encoder = make()
    signature = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32))
    compiled = tf.function(lambda *words: encoder(*words, None), input_signature=signature, autograph=False)
    for lengths in ([1], LENGTHS, [50, 50]):
        words = random_words(lengths)
        np.testing.assert_allclose(compiled(*words), encoder(*words, None), atol=1e-6)
