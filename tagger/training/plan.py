"""What a run works with once its files are read."""

from dataclasses import dataclass

from tagger.config import Config
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import Vocabulary
from tagger.training.data import LabelledData


@dataclass(frozen=True, slots=True)
class Plan:
    """The resolved configuration, the sentences, and how they become numbers; `labels` are the K tags.

    `characters` are those of train, where the network reads any.
    """

    config: Config
    data: LabelledData
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    characters: CharacterVocabulary | None
