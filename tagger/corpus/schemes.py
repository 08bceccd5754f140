"""Tag schemes as tables, and how to tell which one a file follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tagger.corpus.entities import OUTSIDE, STARTS, Entity, split_tag


@dataclass(frozen=True, slots=True)
class Scheme:
    """The letter of each place in an entity.

    `begin_between`: the begin letter stands only where an entity directly follows one of its own type (IOB1).
    """

    name: str
    begin: str
    inside: str
    end: str
    single: str
    begin_between: bool = False

    @property
    def letters(self) -> frozenset[str]:
        """Every letter this scheme uses, O apart."""
        return frozenset((self.begin, self.inside, self.end, self.single))

    def tags_of(self, entities: Iterable[Entity], length: int) -> tuple[str, ...]:
        """The tags of a sentence of `length` tokens with these entities, which are in order and do not overlap."""
        tags = [OUTSIDE] * length
        previous: Entity | None = None
        for entity in entities:
            letters = self._letters_of(entity, previous)
            tags[entity.start : entity.end] = [f"{letter}-{entity.type}" for letter in letters]
            previous = entity
        return tuple(tags)

    def _letters_of(self, entity: Entity, previous: Entity | None) -> list[str]:
        width = entity.end - entity.start
        letters = [self.single] if width == 1 else [self.begin, *[self.inside] * (width - 2), self.end]
        if self.begin_between:
            touches = previous is not None and previous.end == entity.start and previous.type == entity.type
            letters[0] = self.begin if touches else self.inside
        return letters


SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Scheme("IOB2", "B", "I", "I", "B"),
        Scheme("IOB1", "B", "I", "I", "B", begin_between=True),
        Scheme("BIOES", "B", "I", "E", "S"),
        Scheme("BILOU", "B", "I", "L", "U"),
        Scheme("BMES", "B", "M", "E", "S"),
        Scheme("BMEWO", "B", "M", "E", "W"),
    )
}
IOB1, IOB2, BIOES = SCHEMES["IOB1"], SCHEMES["IOB2"], SCHEMES["BIOES"]


def detect_scheme(tag_sequences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme these tags follow: the first whose letters cover them, IOB1 and IOB2 told apart by their use of B.

    Raises:
        ValueError: no scheme has all the letters; the text names them.
    """
    letters: set[str] = set()
    lone_begins = bare_starts = 0  # evidence against IOB1, and against IOB2
    for tags in tag_sequences:
        before_type = ""
        for tag in tags:
            letter, type_ = split_tag(tag)
            letters.add(letter)
            if type_ and type_ != before_type:
                lone_begins += letter in STARTS
                bare_starts += letter not in STARTS
            before_type = type_
    letters.discard(OUTSIDE)
    if letters <= IOB2.letters:
        return IOB1 if bare_starts > lone_begins else IOB2
    for scheme in SCHEMES.values():
        if letters <= scheme.letters:
            return scheme
    raise ValueError(f"prefixes {', '.join(sorted(letters))}")
