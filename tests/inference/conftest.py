"""Models to load without training: small networks with random weights, written as `tagger train` writes them."""

import shutil

import numpy as np
import pytest

from tagger.config import CharacterConfig, Config, EncoderConfig, LanguageModelConfig, TagConfig, WordConfig
from tagger.corpus.sentence import Sentence
from tagger.features.characters import build_character_vocabulary
from tagger.features.vocabulary import build_vocabulary
from tagger.inference.bundle import CARD, CHARACTERS, LABELS, SURFACES, WORDS, Manifest, write_lines, write_manifest
from tagger.inference.decoding import bioes_labels
from tagger.inference.tagger import Tagger

TRAIN = [
    Sentence(("Anna", "Weber", "lives", "in", "Trieste", "."), ("B-PER", "I-PER", "O", "O", "B-LOC", "O")),
    Sentence(("The", "Harbour", "Office", "hired", "12", "divers", "."), ("O", "B-ORG", "I-ORG", *"OOOO")),
    Sentence(
        ("a\u00a0b", "x\u2028y", "z\u0085", "c\rd", "<pad>", "<unk>", "</s>", "#tag", "naïve"), tuple("OOOOOOOOO")
    ),
]
VECTOR_WORDS = ("Anna", "london", "Paris", "no\u00a0break", "0000", "<s>")
SCORE = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3, "support": 8}


@pytest.fixture(scope="session")
def learned():
    """The sentences that every model here has its words from."""
    return TRAIN


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model of one layer, its words from train alone, trained on IOB2."""
    return write_model(tmp_path_factory.mktemp("models") / "model", layers=1, vector_words=())


@pytest.fixture(scope="session")
def deep_model(tmp_path_factory):
    """A model of two layers, its words widened by a vectors file."""
    return write_model(tmp_path_factory.mktemp("models") / "deep", layers=2, vector_words=VECTOR_WORDS)


@pytest.fixture(scope="session")
def spelling_model(tmp_path_factory):
    """A model that reads characters, with a conditional random field whose moves have scores."""
    return write_model(tmp_path_factory.mktemp("models") / "spelling", layers=1, characters="cnn", head="crf")


@pytest.fixture(scope="session")
def spelling_lstm_model(tmp_path_factory):
    """A model that reads characters by an LSTM."""
    return write_model(tmp_path_factory.mktemp("models") / "spelling_lstm", layers=2, characters="lstm")


@pytest.fixture(scope="session", params=["model", "deep_model", "spelling_model", "spelling_lstm_model"])
def any_model(request):
    """Each of them in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def tagger(any_model):
    """Each of them in turn, loaded."""
    return Tagger.load(any_model)


@pytest.fixture
def copied_spelling_model(spelling_model, tmp_path):
    """One to damage that reads characters."""
    return shutil.copytree(spelling_model, tmp_path / "spelling")


@pytest.fixture
def copied_model(model, tmp_path):
    """A model to damage."""
    return shutil.copytree(model, tmp_path / "model")


def write_model(directory, *, layers, vector_words=(), characters="none", head="softmax"):
    from tagger.network.network import Network
    from tagger.training.export import export_network

    config = Config(
        words=WordConfig(embedding_size=6),
        characters=CharacterConfig(characters=characters, character_size=4, character_features=6),
        encoder=EncoderConfig(units=5, layers=layers),
        tags=TagConfig(head=head),
        language_model=LanguageModelConfig(lm_words=10),
    )
    vocabulary = build_vocabulary(TRAIN, config.words, vector_words)
    labels = bioes_labels(("LOC", "ORG", "PER"))
    # Large values, so that the tags of a sentence differ and no two labels score alike.
    matrix = np.random.default_rng(layers).standard_normal((len(vocabulary), 6)).astype(np.float32) * 2
    letters = build_character_vocabulary(TRAIN) if characters != "none" else None
    network = Network(matrix, vocabulary, labels, config, letters)
    if network.crf is not None:
        for place, weight in enumerate(network.crf.weights().values()):
            weight.assign(np.random.default_rng(place).standard_normal(weight.shape).astype(np.float32) / 4)
    if network.characters is not None:
        for weight in network.characters.weights().values():
            weight.assign(weight.value * 2)
    directory.mkdir()
    export_network(network, directory)
    if letters is not None:
        write_lines(directory / CHARACTERS, letters.characters)
    write_lines(directory / WORDS, vocabulary.words)
    write_lines(directory / LABELS, labels)
    write_lines(directory / SURFACES, sorted({s.surface(e) for s in TRAIN for e in s.entities}))
    (directory / CARD).write_text("A model card.\n", encoding="utf-8")
    report = {"micro": SCORE, "types": {"PER": SCORE}}
    manifest = Manifest(
        tagger_version="0.0.1",
        config=config,
        scheme="IOB2",
        train_rows=vocabulary.train_rows,
        singleton_rows=vocabulary.singleton_rows,
        temperature=1.5,
        data={part: {"sentences": 3, "tokens": 1234, "entities": {"LOC": 1, "PER": 1}} for part in ("train", "dev")},
        scores={"strict": report, "default": report, "unseen": report},
        history=[{"epoch": 1, "tag_loss": 0.5}],
    )
    write_manifest(directory, manifest)
    return directory
