import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from small_language_models import LETTERS, write_language_model

from tagger.corpus.sentence import Sentence
from tagger.features import context as windows
from tagger.features.batching import batches_by_length, encode
from tagger.features.vocabulary import UNK, Vocabulary
from tagger.inference import context as groups
from tagger.inference.context import ContextReader, with_context

TOKEN = st.text(LETTERS + "x\U0001f600", min_size=1, max_size=9)
SENTENCES = st.lists(st.lists(TOKEN, max_size=12), max_size=12)
SOME = [["the", "boat", "."], ["Anna"], [], ["a\u00e9b", "x\U0001f600", "ter", "x"]]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Language models of characters by their layers and directions, and the directories of their contexts."""
    from tagger.training.character_model import open_character_model

    made = {}
    for layers, directions in ((1, "both"), (2, "both"), (2, "forward")):
        folder = tmp_path_factory.mktemp("context")
        model = write_language_model(folder / "model", unit="character", layers=layers, directions=directions)
        (folder / "context").mkdir()
        open_character_model(model).write(folder / "context")
        made[layers, directions] = model, folder / "context"
    return made


@pytest.fixture(params=[(1, "both"), (2, "both"), (2, "forward")], ids=str)
def model_and_reader(request, models):
    model, context = models[request.param]
    return model, ContextReader(context)


@pytest.fixture(scope="module")
def reader(models):
    return ContextReader(models[2, "both"][1])


def sigmoid(values):
    return 1.0 / (1.0 + np.exp(-values))


def states_after(weights, direction, text):
    """The last layer's state after each character, by the equations in float64 (Hochreiter and Schmidhuber 1997)."""
    rows = [4 + LETTERS.index(letter) if letter in LETTERS else UNK for letter in text]
    below = np.float64(weights["embedding"][rows])
    layer = 0
    while (name := f"encoder.{layer}.{direction}") + ".kernel" in weights:
        kernel, recurrent, bias = (np.float64(weights[f"{name}.{part}"]) for part in ("kernel", "recurrent", "bias"))
        h = c = np.zeros(len(recurrent))
        states = []
        for x in below:
            i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            states.append(h)
        below, layer = np.array(states), layer + 1
    return below


def by_the_book(model, tokens):
    """After a word's last character from the left, after its first one from the right."""
    weights, text = load_file(model / "weights.safetensors"), "\n" + " ".join(tokens) + "\n"
    forward = states_after(weights, "forward", text)
    both = "encoder.0.backward.kernel" in weights
    backward = states_after(weights, "backward", text[::-1])[::-1] if both else np.zeros((len(text), 0))
    found, start = [], 1
    for token in tokens:
        found.append(np.concatenate([forward[start + len(token) - 1], backward[start]]))
        start += len(token) + 1
    return np.array(found).reshape(len(tokens), -1)


def test_features_are_the_states_of_the_equations_at_each_word(model_and_reader):
    model, reader = model_and_reader
    found = reader.features(SOME)
    expected = np.concatenate([by_the_book(model, tokens) for tokens in SOME if tokens])
    assert found.dtype == np.float32
    assert found.shape == (8, reader.size) == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_no_sentences_have_no_features(reader):
    assert reader.features([]).shape == (0, reader.size)
    assert reader.features([[], []]).shape == (0, reader.size)


@settings(deadline=None)
@given(SENTENCES, st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 60))
def test_features_depend_on_nothing_but_the_sentence(reader, sentences, random, most, cells):
    """Whatever its neighbours, their order, batches and windows."""
    alone = [reader.features([tokens]) for tokens in sentences]
    order = list(range(len(sentences)))
    random.shuffle(order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_MOST_SENTENCES", most)
        patch.setattr(windows, "_MOST_CELLS", cells)
        found = reader.features([sentences[place] for place in order])
    expected = np.concatenate([np.zeros((0, reader.size)), *(alone[place] for place in order)])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_sentence_of_100_000_tokens_is_read_whole(reader):
    """What stands after a word does not touch its state from the left, nor what stands before that from the right."""
    tokens = [LETTERS[place % 5] * (1 + place % 3) for place in range(100_000)]
    found, half = reader.features([tokens]), reader.size // 2
    np.testing.assert_allclose(found[:50, :half], reader.features([tokens[:50]])[:, :half], atol=1e-6)
    np.testing.assert_allclose(found[-50:, half:], reader.features([tokens[-50:]])[:, half:], atol=1e-6)
    assert np.abs(found[49_000:49_001, :half] - reader.features([tokens[49_000:49_001]])[:, :half]).max() > 1e-3
    assert np.isfinite(found).all()


def test_a_graph_holds_its_weights_and_no_softmax(models):
    import onnx

    _, context = models[2, "both"]
    assert sorted(path.name for path in context.iterdir()) == [
        "context_backward.onnx",
        "context_forward.onnx",
        "context_units.json",
    ]
    graph = onnx.load(context / "context_forward.onnx", load_external_data=False).graph
    assert not any(tensor.external_data for tensor in graph.initializer)
    assert {node.op_type for node in graph.node} == {"Gather", "LSTM", "Squeeze", "Reshape"}
    onnx.checker.check_model(str(context / "context_forward.onnx"))


def test_one_direction_has_one_graph(models):
    assert not (models[2, "forward"][1] / "context_backward.onnx").exists()


class Counting:
    """Features of a token are its length and its place; takes down how many tokens were asked for at once."""

    size = 2

    def __init__(self):
        self.asked = []

    def features(self, sentences):
        rows = [(len(token), place) for tokens in sentences for place, token in enumerate(tokens)]
        self.asked.append(len(rows))
        return np.array(rows, np.float32).reshape(-1, 2)


@given(st.lists(st.lists(TOKEN, max_size=6), max_size=20), st.integers(1, 30))
def test_batches_get_the_features_of_their_own_tokens_some_at_a_time(tokens, most):
    sentences, context = [Sentence(tuple(some)) for some in tokens], Counting()
    vocabulary = Vocabulary(("<pad>", "<unk>", "<s>", "</s>"), 4, 4, lowercase=True, fold_digits=True)
    plain = list(batches_by_length(encode(sentences, vocabulary), 3, 12))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_MOST_TOKENS", most)
        found = list(with_context(plain, sentences, context))
    assert [batch.positions.tolist() for batch in found] == [batch.positions.tolist() for batch in plain]
    assert sum(context.asked) == sum(map(len, tokens))
    assert max(context.asked, default=0) <= max(most, 12)
    for batch in found:
        for row, position in enumerate(batch.positions.tolist()):
            expected = [[len(token), place] for place, token in enumerate(tokens[position])]
            length = len(expected)
            assert batch.context[row, :length].tolist() == expected
            assert not batch.context[row, length:].any()
