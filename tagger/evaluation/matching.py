"""Gold and predicted entities, brought together: what became of each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tagger.corpus.entities import Entity
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.evaluation.counts import Found
from tagger.evaluation.scores import strict_entities
from tagger.inference.prediction import Prediction

Pair = tuple[Entity, Entity]  # gold, predicted


class Kind(StrEnum):
    """What became of an entity.

    TYPE: the span is right, the type is not. BOUNDARY: the type is right, the span shares a token with the right one.
    BOTH: another type on a span that shares a token. MISSED, SPURIOUS: no entity of the other side shares a token, or
    none that is not taken.
    """

    RIGHT = "right"
    TYPE = "type"
    BOUNDARY = "boundary"
    BOTH = "both"
    MISSED = "missed"
    SPURIOUS = "spurious"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An entity of gold and the predicted one it goes with, or one of them alone.

    Args:
        sentence: its place, from 0. confidence: of the predicted entity, where there is one.
    """

    sentence: int
    gold: Entity | None
    predicted: Entity | None
    kind: Kind
    confidence: float | None


def outcomes_of(gold: Sequence[Sentence], predictions: Sequence[Prediction], scheme: Scheme) -> list[Outcome]:
    """What became of each entity, in the order of the text; each one of gold and each predicted stands in one outcome.

    Well-formed entities count, as in strict scores. Those that share most tokens go together first, and so the same
    spans always do; of equals the leftmost.
    """
    truth = _by_sentence(strict_entities(gold, scheme))
    answers = _by_sentence(strict_entities([prediction.sentence for prediction in predictions], scheme))
    found: list[Outcome] = []
    for place, prediction in enumerate(predictions):
        sure = dict(
            zip(prediction.sentence.entities, prediction.confidences, strict=False)
        )  # none where none are known
        outcomes = _outcomes_of_sentence(place, truth[place], answers[place], sure)
        found += sorted(outcomes, key=_start)
    return found


def _by_sentence(found: Found) -> dict[int, list[Entity]]:
    entities = defaultdict[int, list[Entity]](list)
    for place, entity in sorted(found):
        entities[place].append(entity)
    return entities


def _outcomes_of_sentence(
    place: int, gold: list[Entity], predicted: list[Entity], confidences: dict[Entity, float]
) -> Iterator[Outcome]:
    pairs = _paired(gold, predicted)
    for truth, answer in pairs:
        yield Outcome(place, truth, answer, _kind_of(truth, answer), confidences.get(answer))
    for entity in _without(gold, (pair[0] for pair in pairs)):
        yield Outcome(place, entity, None, Kind.MISSED, None)
    for entity in _without(predicted, (pair[1] for pair in pairs)):
        yield Outcome(place, None, entity, Kind.SPURIOUS, confidences.get(entity))


def _paired(gold: Iterable[Entity], predicted: Sequence[Entity]) -> list[Pair]:
    """Pairs that share a token; no two of gold do, nor two of the predicted."""
    candidates = [(truth, answer) for truth in gold for answer in predicted if _shared(truth, answer) > 0]
    pairs: dict[Entity, Entity] = {}
    for truth, answer in sorted(candidates, key=_precedence):
        if truth not in pairs and answer not in pairs.values():
            pairs[truth] = answer
    return list(pairs.items())


def _precedence(pair: Pair) -> tuple[int, int, int]:
    truth, answer = pair
    return -_shared(truth, answer), truth.start, answer.start


def _shared(one: Entity, other: Entity) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


def _kind_of(truth: Entity, answer: Entity) -> Kind:
    is_same_span = (truth.start, truth.end) == (answer.start, answer.end)
    if truth.type == answer.type:
        return Kind.RIGHT if is_same_span else Kind.BOUNDARY
    return Kind.TYPE if is_same_span else Kind.BOTH


def _without(entities: Iterable[Entity], taken: Iterable[Entity]) -> list[Entity]:
    left = set(taken)
    return [entity for entity in entities if entity not in left]


def _start(outcome: Outcome) -> int:
    entity = outcome.gold or outcome.predicted
    assert entity is not None
    return entity.start
