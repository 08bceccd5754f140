"""A trainable named-entity tagger."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tagger.corpus.conll import read_conll, write_conll
    from tagger.corpus.document import TaggedDocument, TextEntity
    from tagger.corpus.entities import Entity
    from tagger.corpus.sentence import Sentence
    from tagger.inference.prediction import Candidate, Prediction
    from tagger.inference.tagger import Tagger

_HOMES = {
    "Candidate": "tagger.inference.prediction",
    "Entity": "tagger.corpus.entities",
    "Prediction": "tagger.inference.prediction",
    "Sentence": "tagger.corpus.sentence",
    "TaggedDocument": "tagger.corpus.document",
    "Tagger": "tagger.inference.tagger",
    "TextEntity": "tagger.corpus.document",
    "read_conll": "tagger.corpus.conll",
    "write_conll": "tagger.corpus.conll",
}

__all__ = [
    "Candidate",
    "Entity",
    "Prediction",
    "Sentence",
    "TaggedDocument",
    "Tagger",
    "TextEntity",
    "__version__",
    "read_conll",
    "write_conll",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `tagger --help` does not wait for ONNX Runtime."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tagger' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
