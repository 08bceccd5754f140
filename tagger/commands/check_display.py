"""What `tagger check` shows: findings by kind, what was mended, and tables of what was read and found."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from tagger.checking.findings import Finding, Kind, severity_of
from tagger.checking.labelled_file import LabelledFile
from tagger.checking.mending import Change

Rows = list[list[str]]
_NUMBERED = 2  # columns of a table that are text; all others are numbers


def finding_lines(findings: Sequence[Finding], most: int | None) -> Iterator[str]:
    """A line for each finding, `most` of a kind, and how many more there are."""
    for kind, group in groupby(findings, lambda finding: finding.kind):
        some = list(group)
        for finding in some[:most]:
            yield _plain(f"{finding.path}:{finding.line}: {kind} ({finding.severity}): {finding.message}")
        if most is not None and len(some) > most:
            yield f"... {kind}: and {len(some) - most:,} more (--all)"


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """A line for each change."""
    for change in changes:
        yield _plain(f"{change.path}:{change.line}: {change.message}")


def file_rows(files: Sequence[LabelledFile]) -> Rows:
    """What was read: a heading, and a row for each file."""
    rows = [["file", "scheme", "sentences", "tokens", "entities"]]
    for file in files:
        tokens = sum(len(sentence.tokens) for sentence in file.sentences)
        entities = sum(len(sentence.entities) for sentence in file.sentences)
        counts = [f"{count:,}" for count in (len(file.sentences), tokens, entities)]
        rows.append([str(file.path), file.scheme.name if entities else "-", *counts])
    return rows


def kind_rows(files: Sequence[LabelledFile], findings: Sequence[Finding]) -> Rows:
    """What was found: a heading, and a row for each kind that was, with its count in each file."""
    paths = list(dict.fromkeys(file.path for file in files))
    counts = Counter((finding.kind, finding.path) for finding in findings)
    names = [path.name for path in paths]
    rows = [["kind", "severity", *(names if len({*names}) == len(names) else map(str, paths))]]
    for kind in Kind:
        found = [counts[kind, path] for path in paths]
        if any(found):
            rows.append([kind.value, severity_of(kind).value, *(f"{count:,}" for count in found)])
    return rows


def print_table(rows: Rows) -> None:
    """A table of the first row's columns: drawn on a terminal, else aligned by blanks."""
    if sys.stdout.isatty():
        _draw(rows)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:_NUMBERED], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row[_NUMBERED:], widths[_NUMBERED:], strict=True)]
        print(_plain("  ".join(cells).rstrip()))


def _draw(rows: Rows) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for place, name in enumerate(rows[0]):
        table.add_column(Text(_plain(name)), justify="left" if place < _NUMBERED else "right")
    for row in rows[1:]:
        table.add_row(*(Text(_plain(cell)) for cell in row))
    Console().print(table)


def _plain(text: str) -> str:
    """A text on one line, with codes for what cannot be seen."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
