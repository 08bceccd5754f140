"""What a template is given: text that is ready to be shown, in the order in which it is shown."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text; the first cell of each row names it.

    Args:
        shares: for each row and cell but the first, how strongly it is shaded, from 0 to 1; none where empty.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class LegendItem:
    """What a colour of a chart stands for; `variable` is the colour's name in CSS."""

    variable: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing under its title, a sentence on how to read it, and its numbers as a table.

    Args:
        open: whether the table is seen at once.
    """

    title: str
    drawing: Markup
    note: str
    table: Table
    legend: tuple[LegendItem, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that the table of contents leads to."""

    id: str
    title: str
    text: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the summary, what it is, and what it says."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The number that a page is about; `low` and `high` are its interval's ends, as text."""

    name: str
    value: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The top of a page."""

    headline: Headline
    tiles: tuple[Tile, ...]
    sentences: tuple[str, ...]
