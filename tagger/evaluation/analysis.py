"""All that a report says of a model on a labelled file."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tagger.config import ColumnFormat
from tagger.corpus.entities import Entity
from tagger.evaluation.breakdowns import Breakdowns, Part, break_down, parts_of
from tagger.evaluation.confidences import Bin, Cut, cuts, reliability_bins
from tagger.evaluation.confusion import Confusion, confusion_of, kinds_by_type
from tagger.evaluation.gold_file import GoldFile, read_gold
from tagger.evaluation.matching import Kind, Outcome, outcomes_of
from tagger.evaluation.scores import Scores, score_predictions
from tagger.evaluation.train_knowledge import FAMILIARITIES, SEEN, UNSEEN, TrainKnowledge
from tagger.inference.bundle import Bundle
from tagger.inference.tagger import Tagger

_LENGTHS = ("1 token", "2 tokens", "3 tokens", "4 tokens", "5 and more")
_SENTENCE_BOUNDS = (10, 20, 30, 40)
_SENTENCES = ("to 10 tokens", "11 to 20", "21 to 30", "31 to 40", "41 and more")
_ORDERS = {
    "novelty": (SEEN, UNSEEN),
    "familiarity": FAMILIARITIES,
    "length": _LENGTHS,
    "sentence": _SENTENCES,
}


@dataclass(frozen=True, slots=True)
class Analysis:
    """A tagging of a labelled file, looked at from all sides.

    Args:
        breakdowns: by type, novelty, familiarity, length, and length of the sentence.
        documents: by document, those numbers from 1 as names; empty where the file marks none.
        novelties: whether the surface of each outcome's entity, the gold one if there is one, is known from train.
    """

    gold: GoldFile
    scores: Scores
    outcomes: tuple[Outcome, ...]
    breakdowns: Breakdowns
    documents: tuple[Part, ...]
    confusion: Confusion
    kinds: dict[str, Counter[Kind]]
    bins: tuple[Bin, ...]
    cuts: tuple[Cut, ...]
    novelties: tuple[str, ...]


def analyse_file(bundle: Bundle, path: Path, columns: ColumnFormat) -> Analysis:
    """Tag a labelled column file in its own scheme, score the tags and look at each error.

    Raises:
        DataError: of the file.
    """
    gold, known = read_gold(path, columns), TrainKnowledge.of(bundle)
    predictions = Tagger.from_bundle(bundle, scheme=gold.scheme.name).predict(gold.sentences)
    scores = score_predictions(gold.sentences, predictions, gold.scheme, known.surfaces)
    return analyse(gold, scores, outcomes_of(gold.sentences, predictions, gold.scheme), known)


def analyse(gold: GoldFile, scores: Scores, outcomes: list[Outcome], known: TrainKnowledge) -> Analysis:
    """Look at what became of each entity."""
    count = len(gold.sentences)
    breakdowns = break_down(outcomes, count, _keys(gold, known))
    for name, order in _ORDERS.items():
        breakdowns.parts[name] = tuple(sorted(breakdowns.parts[name], key=lambda part: order.index(part.name)))
    return Analysis(
        gold,
        scores,
        tuple(outcomes),
        breakdowns,
        _by_document(outcomes, gold),
        confusion_of(outcomes),
        kinds_by_type(outcomes),
        reliability_bins(outcomes),
        cuts(outcomes),
        tuple(known.novelty(_surface(gold, one)) for one in outcomes),
    )


def _keys(gold: GoldFile, known: TrainKnowledge) -> dict[str, Callable[[int, Entity], str]]:
    sentences = gold.sentences
    return {
        "type": lambda place, entity: entity.type,
        "novelty": lambda place, entity: known.novelty(sentences[place].surface(entity)),
        "familiarity": lambda place, entity: known.familiarity(sentences[place].tokens[entity.start : entity.end]),
        "length": lambda place, entity: _LENGTHS[min(entity.end - entity.start, len(_LENGTHS)) - 1],
        "sentence": lambda place, entity: _SENTENCES[
            sum(len(sentences[place].tokens) > bound for bound in _SENTENCE_BOUNDS)
        ],
    }


def _by_document(outcomes: list[Outcome], gold: GoldFile) -> tuple[Part, ...]:
    last = gold.documents[-1]
    width = len(str(last + 1))  # so that names are in order
    return (
        parts_of(outcomes, len(gold.sentences), lambda place, _: f"{gold.documents[place] + 1:0{width}}")
        if last
        else ()
    )


def _surface(gold: GoldFile, outcome: Outcome) -> str:
    entity = outcome.gold or outcome.predicted
    return gold.sentences[outcome.sentence].surface(entity) if entity else ""
