"""What a run works with once its files are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.config import Config
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import Vocabulary
from tagger.training.character_model import CharacterModel
from tagger.training.data import LabelledData


@dataclass(frozen=True, slots=True)
class UnlabelledData:
    """What is said of unlabelled text.

    Args:
        words, sentences: those counted for the vocabulary, of which none is held out. is_whole: they are all.
    """

    paths: Sequence[Path]
    words: int
    sentences: int
    is_whole: bool

    def to_json(self) -> dict[str, Any]:
        """What a model remembers, like the counts of labelled data."""
        names = [path.name.encode("utf-8", "backslashreplace").decode() for path in self.paths]
        counts = {"sentences": self.sentences, "tokens": self.words, "entities": {}}
        return {"files": names, "is_whole": self.is_whole} | counts


@dataclass(frozen=True, slots=True)
class Plan:
    """The resolved configuration, the sentences, and how they become numbers; `labels` are the K tags.

    `characters` are those of train, where the network reads any. `character_model` reads words in their sentence.
    """

    config: Config
    data: LabelledData
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    characters: CharacterVocabulary | None
    unlabelled: UnlabelledData | None = None
    character_model: CharacterModel | None = None
