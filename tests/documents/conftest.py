"""A model to load without training, and texts that it has something to say of."""

import pytest
from small_models import write_model

from tagger.corpus.document import Document


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model of one layer with random weights, as those of tests/inference."""
    return write_model(tmp_path_factory.mktemp("models") / "model", layers=1)


@pytest.fixture(scope="session")
def words(sample):
    """The words of the sample's text."""
    lines = (sample / "train.conll").read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line and "DOCSTART" not in line]


@pytest.fixture(scope="session")
def windows(words):
    """Ten windows of one to three documents, no two alike; one document is empty, one outside ASCII."""
    texts = [" ".join(words[start : start + 5 * (start + 2)]) for start in range(18)]
    texts[4], texts[7] = "", "Zoë in 東京 🚀\r\nand Łódź"
    documents = [Document(f"Nr. {number}", text) for number, text in enumerate(texts)]
    ends = [1, 3, 4, 6, 9, 10, 12, 13, 15, 18]
    return [documents[start:end] for start, end in zip([0, *ends], ends, strict=False)]
