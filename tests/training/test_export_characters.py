import numpy as np
import onnx
import onnxruntime
import pytest
from builders import random_floats, values
from onnx import TensorProto, helper

from tagger.corpus.conll import read_conll
from tagger.features.characters import (
    Types,
    build_character_vocabulary,
    distinct_words,
    types_of_batch,
    words_by_length,
)
from tagger.features.vocabulary import UNK
from tagger.network.characters import CharacterConvolution, CharacterEmbedding, CharacterLSTM
from tagger.training.export_characters import build_words_graph, convolution_part, gather_tokens_node, lstm_part

ALPHABET = 12
LENGTHS = [1, 2, 3, 1000, 17, 5]


def shaken(encoder):
    for place, weight in enumerate(encoder.weights().values()):
        weight.assign(random_floats(place, *weight.shape))
    return encoder


def convolution(widths=(3,), activation="tanh", characters=ALPHABET):
    rows = CharacterEmbedding(characters, characters, 5, dropout=0.5, singleton_rate=0.5, seed=1)
    encoder = shaken(CharacterConvolution(rows, widths, 4, activation, seed=2))
    return encoder, convolution_part(values(encoder), activation)


def bidirectional(characters=ALPHABET):
    rows = CharacterEmbedding(characters, characters, 5, dropout=0.5, singleton_rate=0.5, seed=1)
    encoder = shaken(CharacterLSTM(rows, 4, 1.0, seed=2))
    return encoder, lstm_part(values(encoder))


KINDS = {
    "convolution": convolution,
    "one character wide": lambda **options: convolution((1,), "linear", **options),
    "several widths": lambda **options: convolution((2, 3, 6), "relu", **options),
    "lstm": bidirectional,
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def session_of(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def runner(encoder, part):
    session = session_of(build_words_graph(part, encoder.size))

    def run(char_ids, char_lengths):
        return session.run(["word_features"], {"char_ids": char_ids, "char_lengths": char_lengths})[0]

    return run


def random_words(lengths, padding=0):
    """Beyond the ends of the words stand random characters too."""
    char_ids = np.random.default_rng(0).integers(UNK, ALPHABET, (len(lengths), max(lengths) + padding))
    return char_ids.astype(np.int32), np.array(lengths, np.int32)


@pytest.mark.parametrize("lengths", [[1], [2, 2], LENGTHS])
@pytest.mark.parametrize("padding", [0, 7])
def test_onnx_runtime_gives_the_features_of_tensorflow(kind, lengths, padding):
    encoder, part = kind()
    words = random_words(lengths, padding)
    found = runner(encoder, part)(*words)
    assert found.shape == (len(lengths), encoder.size)
    np.testing.assert_allclose(found, encoder(*words, None), atol=1e-5)


def test_a_word_is_the_same_whatever_stands_behind_and_beside_it(kind):
    """In a convolution to the bit; an LSTM's products of other sizes may round otherwise."""
    encoder, part = kind()
    run, (char_ids, lengths) = runner(encoder, part), random_words(LENGTHS, padding=3)
    together = run(char_ids, lengths)
    tolerance = 1e-6 if isinstance(encoder, CharacterLSTM) else 0.0
    for row, length in enumerate(lengths):
        alone = run(char_ids[row : row + 1, :length], lengths[row : row + 1])
        np.testing.assert_allclose(together[row : row + 1], alone, atol=tolerance, rtol=0.0)


def test_words_of_a_real_file_in_groups_of_like_length_are_those_of_a_batch_in_tensorflow(sample, kind):
    sentences = read_conll(sample / "dev.conll")
    vocabulary = build_character_vocabulary(sentences[::3])
    words, type_ids = distinct_words(token for sentence in sentences for token in sentence.tokens)
    types = Types(type_ids, vocabulary.encode(words))
    assert (types.words.characters == UNK).any()
    encoder, part = kind(characters=len(vocabulary))
    run, found = runner(encoder, part), np.full((len(types.words.lengths), encoder.size), np.nan, np.float32)
    for group in words_by_length(types.words, 500):
        found[group.positions] = run(group.char_ids, group.char_lengths)
    lengths = np.array([len(sentence.tokens) for sentence in sentences[:5]], np.int32)
    type_ids = np.zeros((5, lengths.max()), np.int32)
    type_ids[np.arange(lengths.max()) < lengths[:, None]] = types.type_ids[: lengths.sum()]
    batch = types_of_batch(types.words, type_ids, lengths)
    tokens = encoder(batch.words.char_ids, batch.words.char_lengths, None).numpy()[batch.places]
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(tokens[row, :length], found[type_ids[row, :length]], atol=1e-5)
    assert np.isfinite(found).all()


def test_the_graph_is_valid_and_the_same_weights_are_the_same_bytes(kind):
    graphs = [build_words_graph(part, encoder.size) for encoder, part in (kind(), kind())]
    onnx.checker.check_model(graphs[0], full_check=True)
    assert graphs[0].SerializeToString(deterministic=True) == graphs[1].SerializeToString(deterministic=True)
    assert [value.name for value in graphs[0].graph.input] == ["char_ids", "char_lengths"]


def test_a_part_goes_into_a_larger_graph_and_words_become_tokens_there(kind):
    encoder, part = kind()
    model = build_words_graph(part, encoder.size)
    model.graph.input.append(helper.make_tensor_value_info("places", TensorProto.INT32, ["B", "T"]))
    model.graph.node.append(gather_tokens_node("places", "tokens"))
    model.graph.output.append(helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["B", "T", encoder.size]))
    onnx.checker.check_model(model, full_check=True)
    char_ids, lengths = random_words([3, 1, 6])
    places = np.array([[0, 2, 2], [1, 1, 0]], np.int32)
    feeds = {"char_ids": char_ids, "char_lengths": lengths, "places": places}
    words, tokens = session_of(model).run(["word_features", "tokens"], feeds)
    np.testing.assert_array_equal(tokens, words[places])
