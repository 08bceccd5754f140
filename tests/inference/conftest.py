"""Small models with random weights, each made once."""

import shutil

import pytest
from small_language_models import write_language_model
from small_models import TRAIN, VECTOR_WORDS, write_model

from tagger.inference.tagger import Tagger


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


@pytest.fixture(scope="session")
def context_model(tmp_path_factory):
    """A model that reads characters, and words in their sentence with a language model of characters."""
    folder = tmp_path_factory.mktemp("models")
    character_lm = write_language_model(folder / "lm", unit="character", layers=2, scale=3.0)
    return write_model(folder / "context", layers=1, characters="cnn", head="crf", character_lm=character_lm)


@pytest.fixture(
    scope="session", params=["model", "deep_model", "spelling_model", "spelling_lstm_model", "context_model"]
)
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
