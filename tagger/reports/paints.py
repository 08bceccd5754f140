"""Colours by the name of what they are for: a page says what they are, on light and on dark."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tagger.documents.writers.palette import Shade, dark_colours, in_srgb, light_colours
from tagger.evaluation.matching import Kind


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour of the page.

    Args:
        variable: its name in CSS. marker: what stands for it in a drawing until that is part of the page.
    """

    variable: str
    marker: str
    light: str
    dark: str


def _series(number: int, name: str, hue: float, lightness: float = 0.56, chroma: float = 0.13) -> Paint:
    light, dark = Shade(lightness, chroma), Shade(lightness + 0.18, chroma - 0.01)
    return Paint(name, f"#0a0b{number:02x}", in_srgb(light, hue), in_srgb(dark, hue))


PAGE = Paint("page", "#0a0b00", "#fcfbf9", "#17191d")
INK = Paint("ink", "#0a0b01", "#24272c", "#e4e2de")
QUIET = Paint("quiet", "#0a0b02", "#5d636d", "#a0a6b0")
RULE = Paint("rule", "#0a0b03", "#e6e2db", "#2d3036")
SOFT = Paint("soft", "#0a0b04", "#f3f1ec", "#1f2227")
EDGE = Paint("edge", "#0a0b0e", "#8b8f96", "#74797f")
FIRST = _series(5, "first", 255.0)
SECOND = _series(6, "second", 55.0)
THIRD = _series(7, "third", 160.0)
RIGHT = Paint("right", "#0a0b08", "#d9d6cf", "#3d4148")
KINDS: Mapping[Kind, Paint] = MappingProxyType(
    {
        Kind.TYPE: _series(9, "type", 305.0),
        Kind.BOUNDARY: _series(10, "boundary", 75.0, 0.63),
        Kind.BOTH: _series(11, "both", 0.0, 0.5),
        Kind.MISSED: _series(12, "missed", 245.0, 0.6, 0.12),
        Kind.SPURIOUS: _series(13, "spurious", 165.0, 0.64, 0.11),
    }
)
PAINTS = (PAGE, INK, QUIET, RULE, SOFT, EDGE, FIRST, SECOND, THIRD, RIGHT, *KINDS.values())


def light_variables() -> str:
    """The colours of a light page, as CSS."""
    return "".join(f"--{paint.variable}: {paint.light}; " for paint in PAINTS)


def dark_variables() -> str:
    """The colours of a dark page, as CSS."""
    return "".join(f"--{paint.variable}: {paint.dark}; " for paint in PAINTS)


def type_rules(types: int, *, dark: bool) -> str:
    """The colours of so many entity types, as CSS: of a label, and of a line above (`g`) or below (`p`) a word."""
    colours = [(dark_colours if dark else light_colours)(number) for number in range(types)]
    return "".join(
        f".t{number} {{ --fill: {one.fill}; --label: {one.label}; }} "
        f".g{number} {{ --gold: {one.line}; }} .p{number} {{ --predicted: {one.line}; }}\n"
        for number, one in enumerate(colours)
    )
