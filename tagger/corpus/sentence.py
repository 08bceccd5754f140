"""The sentence: what every other part of the program reads or writes."""

from dataclasses import dataclass

from tagger.corpus.entities import Entity, entities_of
from tagger.errors import DataError


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens and, where they are known, one tag for each."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.tags is not None and len(self.tags) != len(self.tokens):
            raise DataError(f"a sentence of {len(self.tokens)} tokens has {len(self.tags)} tags")

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The entities that the tags mean; none where there are no tags."""
        return entities_of(self.tags) if self.tags is not None else ()

    def surface(self, entity: Entity) -> str:
        """The text of an entity: its tokens with a blank between them."""
        return " ".join(self.tokens[entity.start : entity.end])
