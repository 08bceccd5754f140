"""Findings about sentences that stand more than once: twice in a file, in two files, with other tags."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile, PlacedSentence, shown

_FEWEST = 3  # tokens; shorter ones recur of themselves


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence, its file and the place of the file among all."""

    file: LabelledFile
    number: int
    sentence: PlacedSentence

    def __str__(self) -> str:
        return f"{self.file.path}:{self.sentence.lines[0]}"

    def finding(self, kind: Kind, message: str, position: int = 0) -> Finding:
        return self.file.finding(self.sentence.lines[position], kind, message)


def repeats(files: Sequence[LabelledFile]) -> list[Finding]:
    """Findings about sentences whose tokens are the same, in the order of the files and lines."""
    groups = defaultdict[tuple[str, ...], list[_Place]](list)
    for number, file in enumerate(files):
        for sentence in file.sentences:
            groups[sentence.tokens].append(_Place(file, number, sentence))
    repeated = [places for places in groups.values() if len(places) > 1]
    found = [(place.number, finding) for places in repeated for place, finding in _of_group(places)]
    return [finding for _, finding in sorted(found, key=lambda pair: (pair[0], pair[1].line))]


def _of_group(places: Sequence[_Place]) -> Iterator[tuple[_Place, Finding]]:
    usual = _usual(places)
    seen: dict[int, _Place] = {}
    for place in places:
        if place.sentence.entities != usual.sentence.entities:
            yield place, _conflict(place, usual)
        if len(place.sentence.tokens) >= _FEWEST:
            if place.number in seen:
                if place.sentence.entities == seen[place.number].sentence.entities:
                    message = f"the same sentence as at {seen[place.number]}; once is enough"
                    yield place, place.finding(Kind.DUPLICATE, message)
            elif seen:
                message = f"the same sentence as at {next(iter(seen.values()))}; a score on it says too much; remove it"
                yield place, place.finding(Kind.SHARED_SENTENCE, message)
        seen.setdefault(place.number, place)


def _usual(places: Sequence[_Place]) -> _Place:
    """The first of those that are tagged as most are."""
    counts = Counter(place.sentence.entities for place in places)
    return max(places, key=lambda place: counts[place.sentence.entities])


def _conflict(place: _Place, usual: _Place) -> Finding:
    here, there = (_labels(one.sentence) for one in (place, usual))
    position = next(number for number, pair in enumerate(zip(here, there, strict=True)) if pair[0] != pair[1])
    token, tag = shown(place.sentence.tokens[position]), place.sentence.tags[position]
    expected = f"at {usual} the same sentence has {usual.sentence.tags[position]}"
    return place.finding(Kind.CONFLICT, f"{token} is {tag}, {expected}; see which is right", position)


def _labels(sentence: PlacedSentence) -> list[tuple[int, str]]:
    """What each token is, whatever the scheme: where its entity starts, and the type."""
    labels = [(-1, "")] * len(sentence.tokens)
    for entity in sentence.entities:
        labels[entity.start : entity.end] = [(entity.start, entity.type)] * (entity.end - entity.start)
    return labels
