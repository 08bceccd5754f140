"""Findings about very long sentences."""

from collections.abc import Iterator, Sequence

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile

_LONGEST = 150  # tokens


def long_sentences(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """A finding for each sentence that is longer than sentences are, the longest of a file first."""
    for file in files:
        long = [sentence for sentence in file.sentences if len(sentence.tokens) > _LONGEST]
        for sentence in sorted(long, key=lambda sentence: -len(sentence.tokens)):
            message = f"a sentence of {len(sentence.tokens)} tokens; see whether blank lines are missing"
            yield file.finding(sentence.lines[0], Kind.LONG_SENTENCE, message)
