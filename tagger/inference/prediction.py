"""What a tagger says of a sentence beside its tags: how sure it is."""

from dataclasses import dataclass

from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Prediction:
    """A tagged sentence, and the probability of each of its entities, in the order of `sentence.entities`."""

    sentence: Sentence
    confidences: tuple[float, ...]

    def confident(self, minimum: float, scheme: Scheme) -> Sentence:
        """The sentence with the entities that are at least so likely, its tags in this scheme."""
        if all(confidence >= minimum for confidence in self.confidences):
            return self.sentence
        pairs = zip(self.sentence.entities, self.confidences, strict=True)
        kept = [entity for entity, confidence in pairs if confidence >= minimum]
        return Sentence(self.sentence.tokens, scheme.tags_of(kept, len(self.sentence.tokens)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to tag a sentence, and the logarithm of its probability among all that are legal."""

    sentence: Sentence
    log_probability: float
