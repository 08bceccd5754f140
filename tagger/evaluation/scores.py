"""Entity scores. The only place that knows seqeval."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1, IOB2, IOBES, Entities

from tagger.corpus.entities import Entity, split_tag
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.evaluation.calibration import Calibration, calibration_of
from tagger.evaluation.counts import Found, SentenceCounts, count_by_sentence
from tagger.evaluation.intervals import Intervals, f1_intervals
from tagger.inference.prediction import Prediction

_SEQEVAL_SCHEMES = {"IOB1": IOB1, "IOB2": IOB2}  # all others are BIOES in other letters
_BIOES_LETTERS = {"M": "I", "L": "E", "U": "S", "W": "S"}


@dataclass(frozen=True, slots=True)
class Score:
    """Fractions of 1; `support` counts gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Report:
    """Scores of all entities together, and of each type, types in alphabetical order."""

    micro: Score
    types: dict[str, Score]


@dataclass(frozen=True, slots=True)
class Scores:
    """Three views of one tagging.

    Args:
        strict: only well-formed entities count, seqeval's `mode="strict"`; the headline.
        default: seqeval's default, which forgives as conlleval does.
        unseen: strict, of entities whose surface is no entity of train.
        calibration: how far confidences are from the strict share of right entities; None where there are none.
        intervals: of strict F1, by a bootstrap over sentences; None where it was not asked for.
    """

    strict: Report
    default: Report
    unseen: Report
    calibration: Calibration | None = None
    intervals: Intervals | None = None

    def to_json(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Scores":
        """The inverse of `to_json`."""
        reports = {name: _report_from(values[name]) for name in ("strict", "default", "unseen")}
        calibration, intervals = values.get("calibration"), values.get("intervals")
        return cls(
            **reports,
            calibration=Calibration(**calibration) if calibration else None,
            intervals=Intervals.from_json(intervals) if intervals else None,
        )


def _report_from(values: dict[str, Any]) -> Report:
    types = {type_: Score(**numbers) for type_, numbers in values["types"].items()}
    return Report(Score(**values["micro"]), types)


def score(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], scheme: Scheme, train_surfaces: Collection[str]
) -> Scores:
    """Compare predicted with gold tags, both in `scheme`, sentence by sentence."""
    seen = frozenset(train_surfaces)
    strict_gold, strict_predicted = strict_entities(gold, scheme), strict_entities(predicted, scheme)
    return Scores(
        strict=_report(strict_gold, strict_predicted),
        default=_report(_default_entities(gold), _default_entities(predicted)),
        unseen=_report(_unseen(strict_gold, gold, seen), _unseen(strict_predicted, predicted, seen)),
    )


def score_predictions(
    gold: Sequence[Sentence], predictions: Sequence[Prediction], scheme: Scheme, train_surfaces: Collection[str]
) -> Scores:
    """The same of tags with confidences, which are scored too, and how far F1 can be trusted."""
    predicted = [prediction.sentence for prediction in predictions]
    truth = strict_entities(gold, scheme)
    found = [(place, entity) in truth for place, sentence in enumerate(predicted) for entity in sentence.entities]
    confidences = [confidence for prediction in predictions for confidence in prediction.confidences]
    return replace(
        score(gold, predicted, scheme, train_surfaces),
        calibration=calibration_of(confidences, found),
        intervals=f1_intervals(strict_counts(gold, predicted, scheme)),
    )


def score_strict(gold: Sequence[Sentence], predicted: Sequence[Sentence], scheme: Scheme) -> Report:
    """The headline alone."""
    return _report(strict_entities(gold, scheme), strict_entities(predicted, scheme))


def strict_counts(gold: Sequence[Sentence], predicted: Sequence[Sentence], scheme: Scheme) -> SentenceCounts:
    """What the headline is made of, sentence by sentence."""
    return count_by_sentence(strict_entities(gold, scheme), strict_entities(predicted, scheme), len(gold))


def _report(truth: Found, answer: Found) -> Report:
    right, answers, support = (Counter(entity.type for _, entity in found) for found in (truth & answer, answer, truth))
    types = {type_: _score(right[type_], answers[type_], support[type_]) for type_ in sorted(support | answers)}
    return Report(_score(right.total(), answers.total(), support.total()), types)


def _score(right: int, answers: int, support: int) -> Score:
    precision = right / answers if answers else 0.0
    recall = right / support if support else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Score(precision, recall, f1, support)


def strict_entities(sentences: Sequence[Sentence], scheme: Scheme) -> Found:
    """The well-formed entities of tags in this scheme, as seqeval's `mode="strict"` sees them."""
    codes = _Codes(sentences)
    extracted = Entities(codes.tags, _SEQEVAL_SCHEMES.get(scheme.name, IOBES)).entities
    return {(e.sent_id, Entity(e.start, e.end, codes.types[e.tag])) for entities in extracted for e in entities}


def _default_entities(sentences: Sequence[Sentence]) -> Found:
    codes = _Codes(sentences)
    return {
        (place, Entity(start, last + 1, codes.types[code]))
        for place, tags in enumerate(codes.tags)
        for code, start, last in get_entities(tags)
    }


def _unseen(found: Found, sentences: Sequence[Sentence], seen: Collection[str]) -> Found:
    return {(place, entity) for place, entity in found if sentences[place].surface(entity) not in seen}


class _Codes:
    """Sentences' tags as both of seqeval's modes understand them, and the types behind their codes.

    BILOU, BMES and BMEWO become BIOES, letter by letter; a type becomes a number, for seqeval cuts hyphens off types.
    """

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        written = {tag: split_tag(tag) for sentence in sentences for tag in sentence.tags or ()}
        numbers = {type_: str(number) for number, type_ in enumerate(sorted({type_ for _, type_ in written.values()}))}
        coded = {
            tag: f"{_BIOES_LETTERS.get(letter, letter)}-{numbers[type_]}" if type_ else tag
            for tag, (letter, type_) in written.items()
        }
        self.types = {number: type_ for type_, number in numbers.items()}
        self.tags = [[coded[tag] for tag in sentence.tags or ()] for sentence in sentences]
