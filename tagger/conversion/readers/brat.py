"""BRAT's stand-off: a directory of texts, each with its annotations in a file of the same name."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tagger.conversion.annotated import AnnotatedDocument, Span, shortened
from tagger.conversion.findings import Kind
from tagger.conversion.lines import Lines
from tagger.conversion.offsets import Claim, pieces_of
from tagger.conversion.options import Context
from tagger.documents.sources import Source, find_sources, read_documents
from tagger.errors import DataError

TEXT, ANNOTATIONS = ".txt", ".ann"
_NUMBER = re.compile(r"(\d+)")
_SPAN = re.compile(r"\d+ \d+")
_OTHERS = {
    "R": "relation",
    "E": "event",
    "A": "attribute",
    "M": "attribute",
    "N": "normalization",
    "#": "note",
    "*": "equivalence",
}


def read_brat(context: Context) -> Iterator[AnnotatedDocument]:
    """A document for each text below a directory, in the order of their names, 2 before 10; its id is its path there.

    Raises:
        DataError: a text without annotations or the reverse, or a line that is not as BRAT has it.
    """
    folder = context.lines.path
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a directory of {TEXT} and {ANNOTATIONS} files")
    files = {source.path for source in find_sources([folder], "text")}
    texts = sorted((path for path in files if path.suffix == TEXT), key=_by_number)
    for path in sorted(path for path in files if path.suffix in {TEXT, ANNOTATIONS}):
        other = path.with_suffix(ANNOTATIONS if path.suffix == TEXT else TEXT)
        if other not in files:
            raise DataError(f"{path}: found no {other.name} beside it, which belongs to it; add it or move this away")
    if not texts:
        raise DataError(f"{folder}: found no {TEXT} file in this directory")
    for path in texts:
        (document,) = read_documents(Source(path, "text"), errors=context.options.text.errors)
        id_ = path.relative_to(folder).with_suffix("").as_posix()
        spans = tuple(sorted(_spans(document.text, path.with_suffix(ANNOTATIONS), context)))
        yield AnnotatedDocument(id_, str(path), document.text, spans, is_file=True)


def _by_number(path: Path) -> list[tuple[bool, int, str]]:
    """By name, numbers in it by their value: a_2 stands before a_10."""
    parts = _NUMBER.split(str(path.with_suffix("")))
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _spans(text: str, path: Path, context: Context) -> Iterator[Span]:
    """The entities that are in one piece, or in several with only white space between them."""
    claims = list(_claims(path, context))
    for claim, pieces in zip(claims, pieces_of(text, claims, context.options.offsets), strict=True):
        gaps = [text[one.end : other.start] for one, other in pairwise(pieces)]
        whole = Span(pieces[0].start, pieces[-1].end, claim.type)
        if any(gap.strip() for gap in gaps) or sorted(pieces) != pieces:
            spans = ";".join(f"{piece.start} {piece.end}" for piece in pieces)
            context.findings.add(Kind.DISCONTINUOUS, claim.place, f"{claim.type} {spans}")
        else:
            yield whole


def _claims(path: Path, context: Context) -> Iterator[Claim]:
    lines = Lines(path, context.options.text.errors)
    for number, line in enumerate(lines, start=1):
        text, place = line.rstrip("\r\n"), f"{lines.name}:{number}"
        if text[:1] in _OTHERS:
            context.findings.add(Kind.LINES, place, _OTHERS[text[0]])
        elif text.strip():
            yield _claim(text, place)


def _claim(line: str, place: str) -> Claim:
    id_, _, rest = line.partition("\t")
    annotation, tab, surface = rest.partition("\t")
    type_, _, spans = annotation.partition(" ")
    pieces = spans.split(";")
    if not id_.startswith("T") or not type_ or not all(map(_SPAN.fullmatch, pieces)):
        expected = "T, a number, a tab, a type and the offsets of its pieces, as in 'T1<tab>PER 0 4<tab>Anna'"
        raise DataError(f"{place}: expected {expected}; found {shortened(line)}")
    bounds = tuple((int(start), int(end)) for start, end in (piece.split(" ") for piece in pieces))
    return Claim(bounds, type_, surface if tab else None, place)
