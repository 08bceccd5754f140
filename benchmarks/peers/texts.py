"""The same text for every peer."""

from collections.abc import Iterator
from pathlib import Path


def paragraphs(path: str) -> Iterator[str]:
    """Runs of lines that are not blank, as `tagger tag --documents paragraph` has them."""
    lines: list[str] = []
    with Path(path).open(encoding="utf-8", newline="") as stream:
        for line in stream:
            if line.strip():
                lines.append(line)
            elif lines:
                yield "".join(lines).rstrip("\r\n")
                lines = []
    if lines:
        yield "".join(lines).rstrip("\r\n")


def read_columns(path: str) -> Iterator[tuple[list[str], list[str]]]:
    """Tokens and tags (IOB1 made IOB2) of each sentence of a CoNLL-2003 file."""
    tokens: list[str] = []
    tags: list[str] = []
    with Path(path).open(encoding="utf-8") as stream:
        for line in [*stream, "\n"]:
            cells = line.split()
            if cells and not cells[0].startswith("-DOCSTART-"):
                tokens.append(cells[0])
                tags.append(cells[-1])
            elif tokens:
                yield tokens, begun(tags)
                tokens, tags = [], []


def begun(tags: list[str]) -> list[str]:
    """Tags in IOB2: every entity begins with B."""
    before = ["O", *tags]
    return [
        f"B-{tag[2:]}" if tag.startswith("I-") and before[place][2:] != tag[2:] else tag
        for place, tag in enumerate(tags)
    ]
