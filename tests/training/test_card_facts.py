"""What is counted for a card, against counts by hand and what TensorFlow and ONNX Runtime say of the same network."""

import numpy as np
import onnx
import pytest
from builders import small_network

from tagger.corpus.sentence import Sentence
from tagger.inference.bundle import NETWORK, RUN_FILE, SPELLING, WEIGHTS
from tagger.training.card_facts import card_facts
from tagger.training.export import export_network

TRAIN = [
    Sentence(("Anna", "Weber", "visits", "Ὀδυσσεύς", "42"), ("B-PER", "I-PER", "O", "B-PER", "O")),
    Sentence(("in", "oslo", "or", "Oslo", "Anna", "Weber"), ("O", "B-LOC", "O", "B-LOC", "B-PER", "I-PER")),
    Sentence(("in", "Oslo"), ("O", "B-LOC")),
]


@pytest.fixture
def exported(tmp_path):
    def export(**options):
        export_network(small_network(**options), tmp_path)
        return tmp_path

    return export


def test_text_is_counted_by_hand(exported):
    text = card_facts(TRAIN, exported()).text
    assert text.longest == 6
    assert text.surfaces == {"LOC": 2, "PER": 2}
    assert text.capitalised == 5 / 6
    letters = sum(len(token) for sentence in TRAIN for token in sentence.tokens if token != "42")
    assert text.scripts == pytest.approx({"Latin": (letters - 8) / letters, "Greek": 8 / letters})


def test_a_script_of_a_letter_in_a_hundred_or_less_is_not_told(exported):
    sentence = Sentence(("a" * 1000 + "я" * 9,), ("B-X",))
    assert list(card_facts([sentence], exported()).text.scripts) == ["Latin"]


def test_text_without_letters_has_no_script(exported):
    assert card_facts([Sentence(("42", "."), ("B-X", "O"))], exported()).text.scripts == {}


@pytest.mark.parametrize("characters", ["none", "cnn", "lstm"])
def test_parameters_are_those_of_the_network(exported, characters):
    size = card_facts(TRAIN, exported(characters=characters, head="crf")).size
    weights = small_network(characters=characters, head="crf").weights()
    assert size.parameters == sum(int(np.prod(weight.shape)) for weight in weights.values())
    assert size.embedding == 19 * 5


def products_in(path):
    """Weights of all products of matrices in a graph, counted node by node, each LSTM's for each of its directions."""
    graph = onnx.load(path, load_external_data=False).graph
    sizes = {constant.name: int(np.prod(constant.dims)) for constant in graph.initializer}
    used = [name for node in graph.node if node.op_type == "LSTM" for name in node.input[1:3]]
    used += [name for node in graph.node if node.op_type == "MatMul" for name in node.input if name in sizes]
    return sum(sizes[name] for name in used)


@pytest.mark.parametrize("options", [{}, {"layers": 2}, {"layers": 3, "share_layers": True}, {"characters": "lstm"}])
def test_products_of_a_word_are_those_of_the_graph(exported, options):
    model = exported(**options)
    size = card_facts(TRAIN, model).size
    assert size.products == products_in(model / NETWORK) > 0
    assert size.letter_products == (products_in(model / SPELLING) if options.get("characters") == "lstm" else None)


def test_a_convolution_of_letters_multiplies_nothing(exported):
    model = exported(characters="cnn")
    assert card_facts(TRAIN, model).size.letter_products is None
    assert products_in(model / SPELLING) == 0


def test_size_is_that_of_all_files_but_the_one_that_names_paths(exported):
    model = exported()
    before = card_facts(TRAIN, model).size.size
    assert before == sum((model / name).stat().st_size for name in (NETWORK, WEIGHTS))
    (model / "words.txt").write_bytes(b"12345")
    (model / RUN_FILE).write_bytes(b"1234567")
    assert card_facts(TRAIN, model).size.size == before + 5
