"""Whole runs that read characters, score whole sequences and keep averaged weights, on the sample cut small."""

import numpy as np
import pytest
import tensorflow as tf
from legal_sequences import legal_paths, path_scores
from safetensors.numpy import load_file
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from small_runs import content, request

from tagger.corpus.conll import read_conll, write_conll
from tagger.corpus.schemes import BIOES
from tagger.corpus.sentence import Sentence
from tagger.features.batching import encode, letters_of, pad
from tagger.features.labels import MoveScores
from tagger.inference import tagger as inference
from tagger.inference.bundle import WEIGHTS, Bundle, read_lines
from tagger.inference.tagger import Tagger
from tagger.network.characters import Letters
from tagger.network.network import Network
from tagger.training.learner import Learner
from tagger.training.run import train_model

pytestmark = pytest.mark.slow

OPTIONS = {
    "characters": "cnn",
    "head": "crf",
    "average_decay": 0.9,
    "word_dropout": 0.1,
    "character_dropout": 0.1,
    "input_dropout": 0.1,
    "state_dropout": 0.1,
    "units": 24,
    "embedding_size": 16,
    "layers": 2,
    "share_layers": True,
    "epochs": 8,
    "learning_rate": 0.03,
    "schedule": "constant",
}
UNSEEN = "Ωδ𝄞"


@pytest.fixture(scope="module")
def files(sample, tmp_path_factory):
    """Sixty sentences to learn, and sixteen to choose by, one of which has characters that the others lack."""
    folder = tmp_path_factory.mktemp("sample")
    train, dev = (folder / name for name in ("train.conll", "dev.conll"))
    write_conll(train, read_conll(sample / "train.conll")[:60])
    write_conll(dev, [*read_conll(sample / "dev.conll")[:15], Sentence((UNSEEN, "came"), ("B-PER", "O"))])
    return train, dev


@pytest.fixture(scope="module")
def trained(files):
    """The model of a run, and what its learner had after every step."""
    train, dev = files
    output, states, step_of = train.with_name("model"), [], Learner.step

    def step(learner, *arguments):
        done = step_of(learner, *arguments)
        states.append({name: value.copy() for name, value in learner.state().items()})
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "step", step)
        *_, finished = train_model(request(train, output, dev=dev, **OPTIONS))
    return output, states[: finished.best_epoch * 15]


@pytest.fixture(scope="module")
def model(trained):
    return trained[0]


def test_the_same_seed_writes_the_same_bytes(files, model):
    train, dev = files
    other = train.with_name("other")
    list(train_model(request(train, other, dev=dev, **OPTIONS)))
    made = content(model)
    assert {"characters.txt", "spelling.onnx"} <= {str(path) for path in made}
    assert content(other) == made


def test_the_weights_of_the_model_are_the_averages_of_the_best_epoch(trained):
    model, states = trained
    weights = load_file(model / WEIGHTS)
    for name, average in ((name, states[-1][f"average.{name}"]) for name in weights):
        np.testing.assert_array_equal(weights[name][: len(average)], average, err_msg=name)
    assert not np.allclose(weights["tag_head.bias"], states[-1]["tag_head.bias"])


def test_dev_was_scored_as_the_model_tags_it(files, model):
    """By seqeval itself, through the characters and the moves of the model on disk."""
    gold = read_conll(files[1])
    truth, answer = (
        [list(sentence.tags) for sentence in sentences] for sentences in (gold, Tagger.load(model).tag(gold))
    )
    manifest = Bundle.open(model).manifest
    expected = f1_score(truth, answer, mode="strict", scheme=IOB2)
    assert 0.0 < expected < 1.0
    assert max(row["dev"]["f1"] for row in manifest.history) == pytest.approx(expected)
    assert manifest.scores["strict"]["micro"]["f1"] == pytest.approx(expected)


def test_characters_are_those_of_train_alone(files, model):
    train, dev = files
    seen, also = ({character for sentence in read_conll(path) for token in sentence.tokens for character in token}
                  for path in (train, dev))  # fmt: skip
    assert set(UNSEEN) <= also - seen
    assert set(read_lines(model / "characters.txt")) == seen


@pytest.fixture(scope="module")
def keras_scores(model):
    """The scores of a sentence by a Keras network that has the model's weights."""
    bundle, weights = Bundle.open(model), load_file(model / WEIGHTS)
    parts = bundle.vocabulary(), bundle.labels(), bundle.manifest.config, bundle.characters()
    network = Network(weights["embedding"], *parts)
    for name, weight in network.weights().items():
        weight.assign(weights[name])
    vocabulary, _, _, characters = parts
    run = tf.function(lambda words, lengths, *letters: network(words, lengths, None, Letters(*letters)).logits,
                      reduce_retracing=True)  # fmt: skip

    def scores(tokens):
        batch = pad(encode([Sentence(tuple(tokens))], vocabulary, characters=characters), np.array([0]))
        return run(batch.word_ids, batch.lengths, *letters_of(batch)).numpy()[0]

    return scores


def pieces(files, size):
    """The tokens of dev, so many at a time, and some that nobody has seen."""
    tokens = [sentence.tokens for sentence in read_conll(files[1])]
    cut = [list(some[start : start + size]) for some in tokens for start in range(0, len(some), size)]
    return [*cut, ["x" * 2000, "Ω" * 2000], [UNSEEN, "Anna"], ["\ud800", ""]]


def test_tags_are_the_best_of_all_legal_sequences_under_the_scores_of_keras(files, model, keras_scores):
    weights = load_file(model / WEIGHTS)
    moves = MoveScores(*(weights[f"crf.{name}"] for name in ("transitions", "starts", "ends")))
    tagger, seen = Tagger.load(model, scheme=BIOES.name), set()
    for tokens in pieces(files, 4):
        paths = legal_paths(tagger.labels, len(tokens))
        best = paths[path_scores(keras_scores(tokens), paths, moves).argmax()]
        (tagged,) = tagger.tag([tokens])
        assert tagged.tags == tuple(tagger.labels[label] for label in best)
        seen |= set(tagged.tags)
    assert len(seen) > 2


@pytest.mark.parametrize("size", [1, 3, 64])
def test_tags_are_the_same_in_any_order_and_batch(files, model, monkeypatch, size):
    tagger = Tagger.load(model)
    sentences = [*(sentence.tokens for path in files for sentence in read_conll(path)), *pieces(files, 3), []]
    alone = [tagger.tag([tokens])[0].tags for tokens in sentences]
    monkeypatch.setattr(inference, "_BATCH_SENTENCES", size)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(sentences))
        together = tagger.tag([sentences[place] for place in order])
        assert [sentence.tags for sentence in together] == [alone[place] for place in order]
    assert len({tag for tags in alone for tag in tags}) > 2


def test_whoever_knows_the_word_still_reads_its_characters(files, model, keras_scores):
    """The same row of the matrix, as digits are folded, and other characters."""
    assert not np.allclose(keras_scores(["1", "Anna"]), keras_scores(["2", "Anna"]))
    words = Bundle.open(model).vocabulary()
    assert words.row("1") == words.row("2")
