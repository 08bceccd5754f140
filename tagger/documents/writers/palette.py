"""Colours for types, of one lightness and as far apart as they can be."""

from dataclasses import dataclass
from math import cos, radians, sin

_FIRST_HUE = 255.0
_GOLDEN_ANGLE = 137.508  # degrees; however many steps are taken, no two hues fall together


@dataclass(frozen=True, slots=True)
class Shade:
    """How light and how colourful, in OKLCH."""

    lightness: float
    chroma: float


@dataclass(frozen=True, slots=True)
class Colours:
    """What an entity is painted with, as #rrggbb: behind its text, its label, the line below it."""

    fill: str
    label: str
    line: str


_LIGHT = Shade(0.93, 0.045), Shade(0.44, 0.11), Shade(0.72, 0.11)
_DARK = Shade(0.33, 0.055), Shade(0.86, 0.085), Shade(0.58, 0.1)


def light_colours(number: int) -> Colours:
    """The colours of the type of this number, on a light page."""
    return Colours(*(in_srgb(shade, _FIRST_HUE + number * _GOLDEN_ANGLE) for shade in _LIGHT))


def dark_colours(number: int) -> Colours:
    """The colours of the type of this number, on a dark page."""
    return Colours(*(in_srgb(shade, _FIRST_HUE + number * _GOLDEN_ANGLE) for shade in _DARK))


def in_srgb(shade: Shade, hue: float) -> str:
    """#rrggbb for a shade of a hue in degrees, cut off where sRGB ends.

    From OKLCH as in Ottosson 2020, "A perceptual color space for image processing".
    """
    a, b = shade.chroma * cos(radians(hue)), shade.chroma * sin(radians(hue))
    long = (shade.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (shade.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (shade.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return "#" + "".join(f"{_byte(channel):02x}" for channel in (red, green, blue))


def _byte(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(encoded * 255)
