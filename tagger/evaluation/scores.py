"""Entity scores. The only place that knows seqeval."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as default_scores
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores
from seqeval.scheme import IOB1, IOB2, IOBES

from tagger.corpus.entities import OUTSIDE, split_tag
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence

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
        unseen: of entities whose surface is no entity of train.
    """

    strict: Report
    default: Report
    unseen: Report

    def to_json(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)


def score(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], scheme: Scheme, train_surfaces: Collection[str]
) -> Scores:
    """Compare predicted with gold tags, both in `scheme`, sentence by sentence."""
    return Scores(
        strict=score_strict(gold, predicted, scheme),
        default=_seqeval_report(gold, predicted, default_scores, {}),
        unseen=_unseen_report(gold, predicted, train_surfaces),
    )


def score_strict(gold: Sequence[Sentence], predicted: Sequence[Sentence], scheme: Scheme) -> Report:
    """The headline alone."""
    return _seqeval_report(gold, predicted, strict_scores, {"scheme": _SEQEVAL_SCHEMES.get(scheme.name, IOBES)})


def _seqeval_report(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], scores: Any, options: dict[str, Any]
) -> Report:
    truth, answer = _seqeval_tags(gold), _seqeval_tags(predicted)
    types = sorted({split_tag(tag)[1] for tags in (*truth, *answer) for tag in tags if tag != OUTSIDE})
    if not types:
        return _EMPTY
    micro = scores(truth, answer, average="micro", zero_division=0, **options)
    by_type = scores(truth, answer, average=None, zero_division=0, **options)
    found = {type_: _score(values) for type_, values in zip(types, zip(*by_type, strict=True), strict=True)}
    return Report(_score(micro), found)


def _seqeval_tags(sentences: Iterable[Sentence]) -> list[list[str]]:
    """Tags in letters that both of seqeval's modes know: BILOU, BMES and BMEWO become BIOES, letter by letter."""
    letters = {tag: _seqeval_tag(tag) for tag in {tag for sentence in sentences for tag in sentence.tags or ()}}
    return [[letters[tag] for tag in sentence.tags or ()] for sentence in sentences]


def _seqeval_tag(tag: str) -> str:
    letter, type_ = split_tag(tag)
    return f"{_BIOES_LETTERS.get(letter, letter)}-{type_}" if type_ else tag


def _unseen_report(gold: Sequence[Sentence], predicted: Sequence[Sentence], seen: Collection[str]) -> Report:
    truth, answer = _unseen(gold, seen), _unseen(predicted, seen)
    right = Counter(entity[-1] for entity in truth & answer)
    support = Counter(entity[-1] for entity in truth)
    answers = Counter(entity[-1] for entity in answer)
    types = {
        type_: _score_of_counts(right[type_], answers[type_], support[type_]) for type_ in sorted(support | answers)
    }
    return Report(_score_of_counts(len(truth & answer), len(answer), len(truth)), types)


def _unseen(sentences: Sequence[Sentence], seen: Collection[str]) -> set[tuple[int, int, int, str]]:
    """The entities not seen in train: sentence, start, end, type."""
    return {
        (place, entity.start, entity.end, entity.type)
        for place, sentence in enumerate(sentences)
        for entity in sentence.entities
        if sentence.surface(entity) not in seen
    }


def _score_of_counts(right: int, answers: int, support: int) -> Score:
    precision = right / answers if answers else 0.0
    recall = right / support if support else 0.0
    f1 = 2 * right / (answers + support) if right else 0.0
    return Score(precision, recall, f1, support)


def _score(values: Sequence[Any]) -> Score:
    precision, recall, f1, support = values
    return Score(float(precision), float(recall), float(f1), int(support))


_EMPTY = Report(Score(0.0, 0.0, 0.0, 0), {})
