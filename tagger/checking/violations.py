"""Tags that a scheme does not allow, and the scheme that a file comes closest to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.corpus.entities import OUTSIDE, entities_of
from tagger.corpus.schemes import SCHEMES, Scheme, detect_scheme


@dataclass(frozen=True, slots=True)
class Violation:
    """A tag at a place in its sentence, and the tag that the scheme has there."""

    position: int
    found: str
    expected: str


def violations_of(tags: Sequence[str], scheme: Scheme) -> Iterator[Violation]:
    """The tags that differ from how the scheme writes the entities that they mean, as CoNLL's conlleval reads them."""
    right = scheme.tags_of(entities_of(tags), len(tags))
    for position, (found, expected) in enumerate(zip(tags, right, strict=True)):
        if found != expected:
            yield Violation(position, found, expected)


def closest_scheme(tag_sequences: Sequence[Sequence[str]]) -> Scheme | None:
    """The scheme of these tags, or where they follow none, the one that the fewest violate; None without an entity."""
    tagged = [tags for tags in tag_sequences if any(tag != OUTSIDE for tag in tags)]
    if not tagged:
        return None
    try:
        first = detect_scheme(tagged)
    except ValueError:
        others = [*SCHEMES.values()]
    else:
        if not _count(tagged, first):
            return first
        others = [first, *(scheme for scheme in SCHEMES.values() if scheme is not first)]
    return min(others, key=lambda scheme: _count(tagged, scheme))


def _count(tag_sequences: Sequence[Sequence[str]], scheme: Scheme) -> int:
    return sum(1 for tags in tag_sequences for _ in violations_of(tags, scheme))
