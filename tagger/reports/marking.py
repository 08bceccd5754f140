"""Sentences with lines above and below their words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from tagger.corpus.entities import Entity
from tagger.corpus.sentence import Sentence
from tagger.evaluation.matching import Kind, Outcome

_NEAR = 40  # tokens beside an error that are shown; of very long sentences the rest is left out
_GAP = " […] "
RIGHT = "ok"  # how an entity that is right looks


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of tokens under the same marks, or the blank between two runs; `classes` says how it looks."""

    text: str
    classes: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a token belongs to; `is_near` some error or in a sentence short enough to be shown whole."""

    gold: Entity | None = None
    predicted: Entity | None = None
    is_near: bool = True
    is_right: bool = False

    def shared(self, other: "Mark") -> "Mark":
        """The mark of the blank between two tokens."""
        return Mark(
            self.gold if self.gold == other.gold else None,
            self.predicted if self.predicted == other.predicted else None,
        )

    def classes(self, numbers: Mapping[str, int]) -> str:
        """How it looks."""
        if self.is_right:
            return RIGHT
        names = [f"g{numbers[self.gold.type]}"] if self.gold else []
        return " ".join([*names, f"p{numbers[self.predicted.type]}"] if self.predicted else names)


_FAR = Mark(is_near=False)


def marked(sentence: Sentence, outcomes: Sequence[Outcome], numbers: Mapping[str, int]) -> Iterator[Piece]:
    """The sentence as runs of tokens with the same marks; what is far from any error is left out.

    Args:
        numbers: those of the types, by which they have their colours.
    """
    marks = _marks(sentence, outcomes)
    before: Mark | None = None
    for mark, run in groupby(zip(sentence.tokens, marks, strict=True), key=itemgetter(1)):
        if not mark.is_near:
            yield Piece(_GAP)
        else:
            if before is not None and before.is_near:
                yield Piece(" ", before.shared(mark).classes(numbers))
            yield Piece(" ".join(token for token, _ in run), mark.classes(numbers))
        before = mark


def _marks(sentence: Sentence, outcomes: Sequence[Outcome]) -> list[Mark]:
    """The mark of each token."""
    length = len(sentence.tokens)
    gold: list[Entity | None] = [None] * length
    predicted: list[Entity | None] = [None] * length
    near, right = [length <= 2 * _NEAR] * length, [False] * length
    for one in outcomes:
        for entity, row in ((one.gold, gold), (one.predicted, predicted)):
            if entity:
                width = entity.end - entity.start
                row[entity.start : entity.end] = [entity] * width
                if one.kind is Kind.RIGHT:
                    right[entity.start : entity.end] = [True] * width
                else:
                    start, end = max(0, entity.start - _NEAR), min(length, entity.end + _NEAR)
                    near[start:end] = [True] * (end - start)
    return [Mark(*values) if values[2] else _FAR for values in zip(gold, predicted, near, right, strict=True)]
