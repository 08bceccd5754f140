import pytest

from tagger.documents.writers.palette import Shade, in_srgb


@pytest.mark.parametrize(
    ("shade", "hue", "expected"),
    [
        (Shade(1.0, 0.0), 0.0, "#ffffff"),
        (Shade(0.0, 0.0), 0.0, "#000000"),
        (Shade(0.627955, 0.257683), 29.2339, "#ff0000"),
        (Shade(0.519752, 0.176858), 142.4953, "#008000"),
        (Shade(0.452014, 0.313214), 264.0520, "#0000ff"),
    ],
)
def test_css_colours_come_out_as_css_defines_them(shade, hue, expected):
    """Red, green and blue in OKLCH as the W3C's CSS Color 4 tests have them."""
    assert in_srgb(shade, hue) == expected
