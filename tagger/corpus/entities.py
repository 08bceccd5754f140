"""Tags as people write them, and the entities they mean, whatever the scheme.

The letters of all known schemes agree on what they mean, so entities can be read without knowing which scheme it is.
The reading is that of CoNLL's `conlleval`: an inside tag with nothing to continue starts an entity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

OUTSIDE = "O"
STARTS = frozenset("BSUW")  # always the first token of an entity
ENDS = frozenset("ELSUW")  # always the last
LETTERS = STARTS | ENDS | frozenset("IM")


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A typed span of tokens; `end` is exclusive."""

    start: int
    end: int
    type: str


@lru_cache(maxsize=1024)
def split_tag(tag: str) -> tuple[str, str]:
    """The letter and the type of a tag: ("B", "creative-work"), or ("O", "").

    Raises:
        ValueError: the tag is neither O nor a known letter, a hyphen and a type.
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    letter, hyphen, type_ = tag.partition("-")
    if letter not in LETTERS or not hyphen or not type_:
        raise ValueError(tag)
    return letter, type_


def entities_of(tags: Sequence[str]) -> tuple[Entity, ...]:
    """The entities that a sentence's tags mean, in order, in any scheme."""
    found: list[Entity] = []
    start, open_type = 0, ""  # an empty type: no entity is open
    for position, tag in enumerate(tags):
        if tag == OUTSIDE and not open_type:
            continue
        letter, type_ = split_tag(tag)
        if open_type and (type_ != open_type or letter in STARTS):
            found.append(Entity(start, position, open_type))
            open_type = ""
        if type_ and not open_type:
            start, open_type = position, type_
        if letter in ENDS:
            found.append(Entity(start, position + 1, type_))
            open_type = ""
    if open_type:
        found.append(Entity(start, len(tags), open_type))
    return tuple(found)
