"""Numbers as a page shows them."""

from tagger.evaluation.intervals import Interval

DASH = "\N{EN DASH}"


def percent(share: float) -> str:
    """A share as percent with one decimal, the sign left out: 95.0."""
    return f"{100 * share:.1f}"


def share(part: float) -> str:
    """A share with its sign, which no line end parts from it: 95.0 %."""
    return f"{percent(part)}\N{NO-BREAK SPACE}%"


def interval(found: Interval | None) -> str:
    """An interval of shares in percent, a dash between its ends."""
    return f"{percent(found.low)}{DASH}{percent(found.high)}" if found else DASH


def count(number: int) -> str:
    """A whole number: 12,345."""
    return f"{number:,}"


def plural(number: int, noun: str, many: str | None = None) -> str:
    """A number of things: 1 error, 2 errors."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"
