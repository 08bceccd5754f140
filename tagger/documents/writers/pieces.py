"""What the forms have in common: a text in pieces."""

from collections.abc import Iterator

from tagger.corpus.document import TaggedDocument, TextEntity


def pieces(document: TaggedDocument) -> Iterator[tuple[str, TextEntity | None]]:
    """The text from its start to its end, each part with the entity it is; a part that is none may be empty."""
    reached = 0
    for entity in document.entities:
        yield document.text[reached : entity.start], None
        yield document.text[entity.start : entity.end], entity
        reached = entity.end
    yield document.text[reached:], None
