"""A language model that reads on and says what could come next."""

import numpy as np
from numpy.typing import NDArray

from tagger.features.characters import Types
from tagger.inference.session import Spelling
from tagger.language_models.bundle import FORWARD, LanguageBundle
from tagger.language_models.encoding import Ids
from tagger.language_models.session import LanguageSession, Steps


class Reader:
    """The forward direction of a model, with all it has read.

    Attributes:
        log_probabilities: [C], of what comes next; of what comes first, those of the softmax's bias alone.
    """

    log_probabilities: NDArray[np.float32]

    def __init__(self, bundle: LanguageBundle, threads: int) -> None:
        self._session = LanguageSession(bundle.path, FORWARD, threads)
        self._spelling = None if bundle.spelling_path is None else Spelling(bundle.spelling_path, threads)
        name = f"language_model.{FORWARD}.bias"
        self._bias = bundle.weights([name])[name]
        self.forget()

    def forget(self) -> None:
        """Begin anew, with nothing read."""
        self._carried = self._session.zero()
        self.log_probabilities = self._bias - np.logaddexp.reduce(self._bias)

    def read(self, ids: Ids, types: Types | None = None) -> None:
        """Read on: words or characters [N], with the spelling of words where it matters."""
        count = len(ids)
        if not count:
            return
        features = type_ids = None
        if types is not None and self._spelling is not None:
            features, type_ids = self._spelling.word_features(types.words), types.type_ids[:, None]
        steps = Steps(ids[:, None], np.array([count], np.int32), features, type_ids)
        last = np.array([count - 1], np.int32)
        found, self._carried = self._session.log_probabilities(steps, self._carried, last)
        self.log_probabilities = found[0]
