"""Findings about tags: those that a file's scheme does not allow, and files of different schemes."""

from collections.abc import Iterator, Sequence

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile
from tagger.checking.violations import Violation, violations_of


def scheme_violations(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """A finding for each tag that its file's scheme writes otherwise."""
    for file in files:
        for sentence in file.sentences:
            if sentence.entities:
                for violation in violations_of(sentence.tags, file.scheme):
                    message = _message(violation, sentence.tags, file.scheme.name)
                    yield file.finding(sentence.lines[violation.position], Kind.SCHEME, message)


def other_schemes(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """A finding for each file whose scheme is not that of the first."""
    tagged = [file for file in files if any(sentence.entities for sentence in file.sentences)]
    for file in tagged[1:]:
        if file.scheme != tagged[0].scheme:
            line = next(sentence.lines[0] for sentence in file.sentences if sentence.entities)
            found = f"the tags are {file.scheme.name}, those of {tagged[0].path} {tagged[0].scheme.name}"
            yield file.finding(line, Kind.OTHER_SCHEME, f"{found}; tagger reads both, other programs may not")


def _message(violation: Violation, tags: Sequence[str], scheme: str) -> str:
    place = violation.position
    before = f"after {tags[place - 1]}" if place else "at the start of a sentence"
    after = f"before {tags[place + 1]}" if place + 1 < len(tags) else "at its end"
    return f"{violation.found} {before} and {after} is not {scheme}; write {violation.expected} (--fix does)"
