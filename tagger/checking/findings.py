"""What may be found in a labelled file."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How bad a finding is."""

    BROKEN = "broken"  # mend it before training
    SUSPICIOUS = "suspicious"  # look at it
    NOTE = "note"  # good to know


class Kind(StrEnum):
    """What a finding is about; the names are stable."""

    UNREADABLE = "unreadable"
    SCHEME = "scheme"
    CONFLICT = "conflict"
    SPACE = "space"
    CHARACTER = "character"
    NORMALISATION = "normalisation"
    SIMILAR_TYPES = "similar-types"
    UNKNOWN_TYPE = "unknown-type"
    SHARED_SENTENCE = "shared-sentence"
    LONG_SENTENCE = "long-sentence"
    INCONSISTENT = "inconsistent"
    PUNCTUATION = "punctuation"
    DRIFT = "drift"
    DISAGREEMENT = "disagreement"
    RARE_TYPE = "rare-type"
    DUPLICATE = "duplicate"
    OTHER_SCHEME = "other-scheme"
    MEMORISED = "memorised"


BROKEN = frozenset({Kind.UNREADABLE, Kind.SCHEME, Kind.CONFLICT})
NOTES = frozenset({Kind.RARE_TYPE, Kind.DUPLICATE, Kind.OTHER_SCHEME, Kind.MEMORISED})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something at a line of a file, the first line being 1; the message is one line: what it is and what to do."""

    path: Path
    line: int
    kind: Kind
    message: str

    @property
    def severity(self) -> Severity:
        """How bad it is, which follows from its kind."""
        return severity_of(self.kind)

    def to_json(self) -> dict[str, str | int]:
        """Plain values."""
        return {
            "path": str(self.path),
            "line": self.line,
            "kind": self.kind.value,
            "severity": self.severity.value,
            "message": self.message,
        }


def severity_of(kind: Kind) -> Severity:
    """How bad findings of a kind are."""
    if kind in BROKEN:
        return Severity.BROKEN
    return Severity.NOTE if kind in NOTES else Severity.SUSPICIOUS
