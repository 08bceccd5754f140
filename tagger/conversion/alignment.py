"""Spans of characters as entities of tokens, for forms that have a tag for each token."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tagger.conversion.annotated import AnnotatedDocument, Span
from tagger.conversion.findings import Findings, Kind
from tagger.conversion.options import Context, CutTokens
from tagger.corpus.document import TokenizedSentence
from tagger.corpus.entities import Entity
from tagger.corpus.text import split_text


@dataclass(frozen=True, slots=True)
class AlignedSentence:
    """Tokens, the code points where they start, and entities that do not overlap, in order."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class _Tokens:
    """All tokens of a document: where they start and end, and which of them begin a sentence."""

    starts: list[int]
    ends: list[int]
    begins: list[int]

    def extent(self, start: int, end: int) -> tuple[int, int]:
        """The first token that a part of the text touches, and the one after the last."""
        return bisect_right(self.ends, start), bisect_left(self.starts, end)


def align(document: AnnotatedDocument, context: Context) -> list[AlignedSentence]:
    """The sentences of a document with its entities; what had to be changed or left out for it is noted.

    Of entities that overlap the longest is kept, of equally long ones the first. Sentences that an entity spans are
    joined.
    """
    options, findings = context.options, context.findings
    tokens = _tokens(_sentences(document, context))
    spans = _without_overlaps(document, _on_tokens(document, tokens, options.cut_tokens, findings), findings)
    tokens = _split(tokens, {bound for span in spans for bound in (span.start, span.end)})
    entities = [Entity(*tokens.extent(span.start, span.end), span.type) for span in spans]
    begins = _joined(document, tokens, spans, findings)
    return [_sentence(document.text, tokens, entities, first, end) for first, end in begins]


def _sentences(document: AnnotatedDocument, context: Context) -> Sequence[TokenizedSentence]:
    if document.sentences is not None:
        return document.sentences
    return list(split_text(document.text, context.options.text.language))


def _tokens(sentences: Sequence[TokenizedSentence]) -> _Tokens:
    tokens = _Tokens([], [], [])
    for sentence in sentences:
        tokens.begins.append(len(tokens.starts))
        tokens.starts.extend(sentence.starts)
        tokens.ends.extend(start + len(token) for start, token in zip(sentence.starts, sentence.tokens, strict=True))
    return tokens


def _on_tokens(
    document: AnnotatedDocument, tokens: _Tokens, policy: CutTokens, findings: Findings
) -> Iterator[tuple[Span, Span]]:
    """Each span, and the span that is written for it: without white space at its ends, with or without cut tokens."""
    for span in document.spans:
        first, end = tokens.extent(span.start, span.end)
        if first >= end or span.start == span.end:
            findings.add(Kind.EMPTY, document.place_at(span.start), document.described(span))
            continue
        left, right = tokens.starts[first], tokens.ends[end - 1]
        if left > span.start or right < span.end:
            findings.add(Kind.EDGE, document.place_at(span.start), document.described(span))
        cuts = [(span.start, first)] if left < span.start else []
        cuts += [(span.end, end - 1)] if right > span.end else []
        for bound, token in cuts:
            _note_cut(document, span, bound, (tokens.starts[token], tokens.ends[token]), findings)
        if policy == "widen" or not cuts:
            yield span, Span(left, right, span.type)
        elif policy == "split":
            yield span, Span(max(left, span.start), min(right, span.end), span.type)


def _note_cut(document: AnnotatedDocument, span: Span, bound: int, token: tuple[int, int], findings: Findings) -> None:
    start, end = token
    side = "begins" if bound == span.start else "ends"
    nearest = start if bound - start <= end - bound else end
    cut = f"inside the token {document.text[start:end]!r} ({start}-{end}), nearest bound {nearest}"
    message = f"{document.described(span)} {side} {cut}: {document.around(span)}"
    findings.add(Kind.CUT, document.place_at(bound), message)


def _without_overlaps(
    document: AnnotatedDocument, spans: Iterator[tuple[Span, Span]], findings: Findings
) -> list[Span]:
    kept = list[Span]()  # in the order of the text
    for original, span in sorted(spans, key=lambda pair: (pair[1].start - pair[1].end, pair[1].start)):
        place = bisect_left(kept, span)
        neighbours = [other for other in kept[max(0, place - 1) : place + 1] if _overlap(span, other)]
        if neighbours:
            message = f"{document.described(original)} overlaps {document.described(neighbours[0])}"
            findings.add(Kind.OVERLAP, document.place_at(original.start), message)
        else:
            kept.insert(place, span)
    return kept


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _split(tokens: _Tokens, bounds: set[int]) -> _Tokens:
    """The tokens, parted wherever a bound is inside one."""
    cuts, split = sorted(bounds), _Tokens([], [], [])
    begins = set(tokens.begins)
    for place, (start, end) in enumerate(zip(tokens.starts, tokens.ends, strict=True)):
        if place in begins:
            split.begins.append(len(split.starts))
        inner = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
        split.starts.extend([start, *inner])
        split.ends.extend([*inner, end])
    return split


def _joined(
    document: AnnotatedDocument, tokens: _Tokens, spans: Sequence[Span], findings: Findings
) -> list[tuple[int, int]]:
    """The first token of each sentence and the one after its last; none of them ends within an entity."""
    inside = set[int]()
    for span in spans:
        first, end = tokens.extent(span.start, span.end)
        ends = tokens.begins[bisect_right(tokens.begins, first) : bisect_left(tokens.begins, end)]
        if ends:
            inside.update(ends)
            findings.add(Kind.CROSSING, document.place_at(span.start), document.described(span))
    begins = [begin for begin in tokens.begins if begin not in inside]
    return list(pairwise([*begins, len(tokens.starts)]))


def _sentence(text: str, tokens: _Tokens, entities: Sequence[Entity], first: int, end: int) -> AlignedSentence:
    starts = tokens.starts[first:end]
    words = tuple(text[start:stop] for start, stop in zip(starts, tokens.ends[first:end], strict=True))
    left = bisect_left(entities, first, key=lambda entity: entity.start)
    right = bisect_left(entities, end, key=lambda entity: entity.start)
    inside = (Entity(one.start - first, one.end - first, one.type) for one in entities[left:right])
    return AlignedSentence(words, tuple(starts), tuple(inside))
