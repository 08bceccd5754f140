"""What things of `evaluation` are called on a page."""

from collections.abc import Mapping
from types import MappingProxyType

from tagger.evaluation.matching import Kind

KIND_NAMES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TYPE: "other type",
        Kind.BOUNDARY: "other bounds",
        Kind.BOTH: "type and bounds",
        Kind.MISSED: "missed",
        Kind.SPURIOUS: "spurious",
    }
)
KIND_HEADS: Mapping[Kind, str] = MappingProxyType(  # where room is little
    {**KIND_NAMES, Kind.TYPE: "type", Kind.BOUNDARY: "bounds", Kind.BOTH: "both"}
)
KIND_NOTES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TYPE: "the right tokens, the wrong type",
        Kind.BOUNDARY: "the right type, on more, fewer or other tokens",
        Kind.BOTH: "the wrong type on tokens that overlap",
        Kind.MISSED: "an entity of the file that the model has nothing for",
        Kind.SPURIOUS: "an entity of the model that the file has nothing for",
    }
)
