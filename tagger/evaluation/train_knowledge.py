"""What a model still knows of the text it was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

from tagger.features.vocabulary import SPECIALS, UNK, Vocabulary
from tagger.inference.bundle import Bundle

_FREQUENT = 1000  # words that stand first by their frequency
FAMILIARITIES = (f"among the first {_FREQUENT:,}", "seen more than once", "seen once", "known from vectors", "unknown")
SEEN, UNSEEN = "seen", "unseen"


@dataclass(frozen=True, slots=True)
class TrainKnowledge:
    """The surfaces of train's entities, and the words learned from: by falling frequency, but without their counts."""

    surfaces: frozenset[str]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, bundle: Bundle) -> "TrainKnowledge":
        """That of a model."""
        return cls(bundle.surfaces(), bundle.vocabulary())

    def novelty(self, surface: str) -> str:
        """Whether a surface is an entity of train, whatever its type."""
        return SEEN if surface in self.surfaces else UNSEEN

    def familiarity(self, words: Sequence[str]) -> str:
        """How well the least known of some words is known, one of `FAMILIARITIES`."""
        rows = [self.vocabulary.row(word) for word in words]
        if UNK in rows:
            return FAMILIARITIES[4]
        bounds = (len(SPECIALS) + _FREQUENT, self.vocabulary.singleton_rows, self.vocabulary.train_rows)
        rarest = max(rows)
        if rarest < min(bounds[:2]):
            return FAMILIARITIES[0]
        return FAMILIARITIES[1 + sum(rarest >= bound for bound in bounds[1:])]
