"""Halves of surrogate pairs: a string may hold one alone, and nothing in UTF-8 can."""

import re

REPLACEMENT = "\ufffd"
SURROGATE = re.compile("[\ud800-\udfff]")


def has_surrogates(text: str) -> bool:
    """Whether a text cannot be written in UTF-8."""
    return SURROGATE.search(text) is not None


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each half; its length stays."""
    return SURROGATE.sub(REPLACEMENT, text)
