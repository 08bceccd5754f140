from dataclasses import replace

import numpy as np
import onnx
import pytest
import tensorflow as tf
from builders import (
    TAGS,
    TRAIN_ROWS,
    compiled_logits,
    random_batch,
    random_floats,
    small_config,
    small_network,
    spelled,
    values,
)
from safetensors.numpy import load_file, save_file

from tagger.corpus.conll import read_conll
from tagger.features.batching import batches_by_length, encode, letters_of, shuffled_batches
from tagger.features.characters import build_character_vocabulary
from tagger.features.vocabulary import build_vocabulary
from tagger.inference.bundle import open_session
from tagger.inference.decoding import bioes_labels
from tagger.inference.session import Session
from tagger.network.characters import Letters
from tagger.network.network import Network
from tagger.training.export import export_network
from tagger.training.learner import Learner

GRAPH, WEIGHTS = "network.onnx", "weights.safetensors"
LSTM_NUMBERS = 2 * (5 * 16 + 4 * 16 + 2 * 16)  # of one layer: kernel, recurrent and ONNX's two biases


@pytest.fixture
def exported(tmp_path):
    export_network(small_network(), tmp_path)
    return tmp_path


NETWORKS = {
    "one layer": {},
    "two layers": {"layers": 2},
    "shared layers": {"layers": 3, "share_layers": True},
    "convolution": {"characters": "cnn"},
    "characters' LSTM": {"characters": "lstm", "character_features": 7, "layers": 2},
    "random field": {"head": "crf", "characters": "cnn", "character_width": 4},
}


@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_keras_and_onnx_runtime_agree_on_real_batches_after_some_training(sample, tmp_path, options):
    sentences = read_conll(sample / "dev.conll")
    config = small_config(units=16, embedding_size=12, learning_rate=0.01, **options)
    vocabulary = build_vocabulary(sentences[::2], config.words)
    labels = bioes_labels(["LOC", "MISC", "ORG", "PER"])
    characters = build_character_vocabulary(sentences[::2]) if "characters" in options else None
    network = Network(random_floats(0, len(vocabulary), 12), vocabulary, labels, config, characters)
    learner, encoded = Learner(network, config), encode(sentences, vocabulary, labels, characters)
    for number, batch in zip(range(5), shuffled_batches(encoded, 32, np.random.default_rng(0)), strict=False):
        learner.step(batch, number, 0.01)
    export_network(network, tmp_path)
    session, tokens = open_session(tmp_path, spelling=characters is not None), 0
    features = session.word_features(encoded.types.words) if characters else None
    logits = tf.function(lambda words, lengths, *letters: network(words, lengths, None, Letters(*letters)).logits,
                         reduce_retracing=True) if characters else compiled_logits(network)  # fmt: skip
    for batch in batches_by_length(encoded, 64, 2000):
        onnx_scores = session.scores(batch, features)
        keras_scores = logits(batch.word_ids, batch.lengths, *letters_of(batch))
        for row, length in enumerate(batch.lengths):
            np.testing.assert_allclose(onnx_scores[row, :length], keras_scores[row, :length], atol=1e-4)
        tokens += int(batch.lengths.sum())
    assert tokens == sum(len(sentence.tokens) for sentence in sentences)


@pytest.mark.parametrize("characters", ["none", "cnn"])
def test_context_stands_behind_words_and_characters_as_in_keras(tmp_path, characters):
    network = small_network(characters=characters, context=3)
    batch = replace(random_batch([3, 1, 6], padding=2), context=random_floats(9, 3, 8, 3))
    batch = spelled(batch) if characters != "none" else batch
    export_network(network, tmp_path)
    session = open_session(tmp_path, spelling=characters != "none")
    features = session.word_features(batch.types.words) if batch.types else None
    scores = session.scores(batch, features)
    letters = Letters(*letters_of(batch)) if batch.types else None
    logits = network(batch.word_ids, batch.lengths, None, letters, batch.context).logits.numpy()
    other = network(batch.word_ids, batch.lengths, None, letters, batch.context + 1.0).logits.numpy()
    for row, length in enumerate(batch.lengths):
        np.testing.assert_allclose(scores[row, :length], logits[row, :length], atol=1e-4)
        assert np.abs(logits[row, :length] - other[row, :length]).max() > 1e-2
    graph = onnx.load(str(tmp_path / GRAPH), load_external_data=False).graph
    shapes = {value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
              for value in graph.input}  # fmt: skip
    assert shapes["context"] == ["B", "T", 3]
    onnx.checker.check_model(str(tmp_path / GRAPH), full_check=True)


@pytest.mark.parametrize("layers", [1, 2, 3, 11])
@pytest.mark.parametrize("lengths", [[1], [3, 1, 6], [2, 2]])
def test_any_depth_and_batch_is_scored_as_in_keras(tmp_path, layers, lengths):
    network, batch = small_network(layers=layers), random_batch(lengths, padding=2)
    export_network(network, tmp_path)
    scores = Session(tmp_path / GRAPH).scores(batch)
    assert scores.shape == (len(lengths), max(lengths) + 2, TAGS)
    logits = network(batch.word_ids, batch.lengths).logits.numpy()
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(scores[row, :length], logits[row, :length], atol=1e-5)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_graph_is_valid_with_its_weights_beside_it(tmp_path, layers):
    export_network(small_network(layers=layers), tmp_path)
    onnx.checker.check_model(str(tmp_path / GRAPH), full_check=True)
    graph = onnx.load(str(tmp_path / GRAPH), load_external_data=False).graph
    sizes = {value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
             for value in (*graph.input, *graph.output)}  # fmt: skip
    assert sizes == {"word_ids": ["B", "T"], "lengths": ["B"], "logits": ["B", "T", TAGS]}


def test_the_graph_holds_no_second_embedding_and_no_language_model(exported):
    graph = onnx.load(str(exported / GRAPH), load_external_data=False).graph
    outside = [tensor for tensor in graph.initializer if tensor.external_data]
    assert [tensor.name for tensor in outside] == ["embedding"]
    inside = sum(int(np.prod(tensor.dims)) for tensor in graph.initializer if not tensor.external_data)
    assert inside == LSTM_NUMBERS + 1 + 8 * TAGS + TAGS  # the one is a shape


def test_the_embedding_is_read_from_the_weights_file(exported):
    weights = load_file(exported / WEIGHTS)
    weights["embedding"] = weights["embedding"][:, ::-1].copy()
    save_file(weights, exported / WEIGHTS)
    other = small_network()
    other.embedding.matrix.assign(weights["embedding"])
    batch = random_batch([4])
    expected = other(batch.word_ids, batch.lengths).logits
    np.testing.assert_allclose(Session(exported / GRAPH).scores(batch), expected, atol=1e-5)


def test_the_graph_holds_a_shared_cell_once(tmp_path):
    export_network(small_network(layers=3, share_layers=True), tmp_path)
    onnx.checker.check_model(str(tmp_path / GRAPH), full_check=True)
    graph = onnx.load(str(tmp_path / GRAPH), load_external_data=False).graph
    inside = sum(int(np.prod(tensor.dims)) for tensor in graph.initializer if not tensor.external_data)
    assert inside == LSTM_NUMBERS + 1 + 2 * 8 * 5 + 8 * TAGS + TAGS
    assert [node.op_type for node in graph.node].count("LSTM") == 3


@pytest.mark.slow
def test_a_learner_of_shared_layers_goes_on_from_what_was_kept():
    options, batch = {"layers": 3, "share_layers": True}, random_batch([4, 2], rows=TRAIN_ROWS)
    network, (one, other) = small_network(**options), (small_network(**options, seed=seed) for seed in (1, 2))
    learners = [Learner(each, small_config(**options)) for each in (one, other)]
    learners[0].step(batch, 0, 0.01)
    kept = learners[0].state()
    assert sum(name.startswith("encoder.") for name in kept if name in network.weights()) == 2 * 3 + 2
    learners[1].restore(kept)
    for learner in learners:
        learner.step(batch, 1, 0.01)
    for name, weight in values(one).items():
        np.testing.assert_array_equal(values(other)[name], weight)
        assert not np.array_equal(weight, values(network)[name]), name


@pytest.mark.parametrize("lm_weight", [0.0, 0.1])
def test_the_weights_file_holds_every_weight_bit_for_bit(tmp_path, lm_weight):
    network = small_network(layers=2, lm_weight=lm_weight, share_layers=True, characters="cnn", head="crf")
    export_network(network, tmp_path)
    saved, held = load_file(tmp_path / WEIGHTS), values(network)
    assert saved.keys() == held.keys()
    assert any(name.startswith("language_model.") for name in saved) == (lm_weight > 0)
    for name, weight in held.items():
        assert saved[name].dtype == np.float32
        np.testing.assert_array_equal(saved[name], weight)


def test_the_same_weights_are_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        export_network(small_network(layers=2), tmp_path / name)
    for name in (GRAPH, WEIGHTS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_an_export_leaves_the_network_as_it_was_and_writes_over_an_older_one(exported):
    network = small_network()
    before = values(network)
    network.weights()["tag_head.bias"].assign(before["tag_head.bias"] + 1.0)
    export_network(network, exported)
    batch = random_batch([4, 2])
    scores = Session(exported / GRAPH).scores(batch)
    np.testing.assert_allclose(scores[0], network(batch.word_ids, batch.lengths).logits[0], atol=1e-5)
    assert {name for name, weight in values(network).items() if not np.array_equal(weight, before[name])} == {
        "tag_head.bias"
    }
    assert sorted(path.name for path in exported.iterdir()) == [GRAPH, WEIGHTS]
