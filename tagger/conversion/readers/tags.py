"""Tags as files have them: the scheme they follow, and those it does not allow."""

from collections.abc import Iterable, Sequence

from tagger.conversion.findings import Findings, Kind
from tagger.corpus.schemes import SCHEMES, Scheme, detect_scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError


def detected(tags: Iterable[Sequence[str]], name: str) -> Scheme:
    """The scheme of a file's tags.

    Raises:
        DataError: no scheme has all their prefixes.
    """
    try:
        return detect_scheme(tags)
    except ValueError as error:
        known = ", ".join(SCHEMES)
        raise DataError(f"{name}: found tags with the {error}, which no scheme has together; known: {known}") from None


def note_stray_tags(sentence: Sentence, scheme: Scheme, places: Sequence[str], findings: Findings) -> None:
    """Note each tag that the scheme would not have for the entities that the tags mean."""
    tags = sentence.tags or ()
    legal = scheme.tags_of(sentence.entities, len(tags))
    if legal != tags:
        for place, tag, other in zip(places, tags, legal, strict=True):
            if tag != other:
                findings.add(Kind.TAGS, place, f"{tag}, where {scheme.name} has {other}")
