"""Errors in their sentences: what the error browser shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from tagger.corpus.sentence import Sentence
from tagger.evaluation.gold_file import GoldFile
from tagger.evaluation.matching import Kind, Outcome
from tagger.reports.marking import RIGHT, Piece, marked
from tagger.reports.words import KIND_NAMES

_MOST_BYTES = 2_400_000  # of all errors together
_ITEM_BYTES, _PIECE_BYTES, _ERROR_BYTES = 70, 24, 200  # of the markup around their text, at most


@dataclass(frozen=True, slots=True)
class Side:
    """An entity as one side has it; `type_number` counts the types of the page from 0."""

    type: str
    type_number: int
    surface: str


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One error. `types` are the numbers of its types; `confidence` is of the predicted entity, in percent."""

    kind: Kind
    name: str
    types: str
    gold: Side | None
    predicted: Side | None
    confidence: str
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """A sentence with errors."""

    place: str
    pieces: tuple[Piece, ...]
    errors: tuple[ErrorLine, ...]

    def size(self) -> int:
        """About how many bytes it takes on the page, rather too many than too few."""
        shown = [piece.text for piece in self.pieces]
        shown += [side.surface + side.type for error in self.errors for side in (error.gold, error.predicted) if side]
        text = sum(len(escape(text).encode("utf-8", "replace")) for text in shown)
        return text + _ITEM_BYTES + _PIECE_BYTES * len(self.pieces) + _ERROR_BYTES * len(self.errors)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an entity, and whether it has what the filter of `Flag` asks for."""

    outcome: Outcome
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """A filter that halves the errors: its name, and what its three choices are called."""

    name: str
    either: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Browser:
    """Sentences with errors in the order of the file, as many as a page can hold.

    Args:
        types: of the whole page. left_out: how many sentences with errors are not there.
        kinds: those of errors, what they are called and how many there are.
    """

    types: tuple[str, ...]
    items: tuple[ErrorItem, ...]
    left_out: int
    kinds: tuple[tuple[Kind, str, int], ...]
    flag: Flag

    @property
    def errors(self) -> int:
        """How many errors are there."""
        return sum(len(item.errors) for item in self.items)

    @property
    def has_confidences(self) -> bool:
        """Whether it is known how sure anything is, so that errors can be put in that order."""
        return any(error.confidence for item in self.items for error in item.errors)

    @property
    def shows_right(self) -> bool:
        """Whether entities that are right are marked, too."""
        return any(piece.classes == RIGHT for item in self.items for piece in item.pieces)


def browser_of(gold: GoldFile, judged: Sequence[Judged], types: Sequence[str], flag: Flag) -> Browser:
    """The errors among what is judged, in their sentences."""
    numbers = {type_: number for number, type_ in enumerate(types)}
    by_sentence = defaultdict[int, list[Judged]](list)
    for one in judged:
        by_sentence[one.outcome.sentence].append(one)
    having = [place for place, some in sorted(by_sentence.items()) if any(map(_is_error, some))]
    items: list[ErrorItem] = []
    left = _MOST_BYTES
    for place in having:
        item = _item(gold, place, by_sentence[place], numbers)
        left -= item.size()
        if left < 0:
            break
        items.append(item)
    kinds = [(kind, name, _count(items, kind)) for kind, name in KIND_NAMES.items()]
    return Browser(tuple(types), tuple(items), len(having) - len(items), tuple(kinds), flag)


def _is_error(one: Judged) -> bool:
    return one.outcome.kind is not Kind.RIGHT


def _count(items: Sequence[ErrorItem], kind: Kind) -> int:
    return sum(error.kind is kind for item in items for error in item.errors)


def _item(gold: GoldFile, place: int, some: Sequence[Judged], numbers: Mapping[str, int]) -> ErrorItem:
    sentence = gold.sentences[place]
    pieces = tuple(marked(sentence, [one.outcome for one in some], numbers))
    lines = tuple(_line(sentence, one, numbers) for one in some if _is_error(one))
    return ErrorItem(f"{gold.path.name}:{gold.lines[place]}", pieces, lines)


def _line(sentence: Sentence, judged: Judged, numbers: Mapping[str, int]) -> ErrorLine:
    one = judged.outcome
    sides = [
        Side(entity.type, numbers[entity.type], sentence.surface(entity)) if entity else None
        for entity in (one.gold, one.predicted)
    ]
    types = " ".join(dict.fromkeys(str(side.type_number) for side in sides if side))
    confidence = "" if one.confidence is None else f"{100 * one.confidence:.0f}"
    return ErrorLine(one.kind, KIND_NAMES[one.kind], types, sides[0], sides[1], confidence, judged.is_flagged)
