"""The trials of a search as rows below their headings, narrow enough for a terminal where few options are searched."""

from collections.abc import Sequence
from itertools import zip_longest

from tagger.search_space import Choices, Domain, SearchSpace, value_text
from tagger.training.study import TrialRecord, best_of

_COLUMNS = ("trial", "dev_F1", "best_epoch", "epochs")
_LONGEST = 0.0001234  # of what four digits come to


class TrialTable:
    """Lays out trials that differ in the options of a space; a name stands in as many lines as it has words."""

    def __init__(self, space: SearchSpace) -> None:
        self._names = [*space]
        words = [name.split("_") for name in (*_COLUMNS, *space)]
        values = [["0.1234"] if name == "dev_F1" else [] for name in _COLUMNS] + [*map(_samples, space.values())]
        self._widths = [max(map(len, [*word, *value])) for word, value in zip(words, values, strict=True)]
        lines = [*zip_longest(*map(reversed, words), fillvalue="")]
        self.heading = [self._line(line) for line in reversed(lines)]

    def rows(self, records: Sequence[TrialRecord]) -> list[str]:
        """A line for each trial that is not tried again; a star where none before was as good."""
        shown = [place for place, record in enumerate(records) if record.state != "interrupted"]
        return [self.row(records[place], best_of(records[: place + 1], 1) == [records[place]]) for place in shown]

    def row(self, record: TrialRecord, is_best: bool = False) -> str:
        """One of them; what went wrong with it stands at the end."""
        score = "failed" if record.f1 is None or record.state == "failed" else f"{record.f1:.4f}"
        end = record.reason or ("pruned" if record.state == "pruned" else "")
        settings = [value_text(record.settings[name]) for name in self._names]
        epoch = "-" if record.best_epoch is None else str(record.best_epoch)
        line = self._line([str(record.number), score, epoch, str(record.epochs), *settings], "*" if is_best else " ")
        return f"{line}  {end}".rstrip()

    def _line(self, cells: Sequence[str], star: str = " ") -> str:
        number, score, *others = (cell.rjust(width) for cell, width in zip(cells, self._widths, strict=True))
        return "  ".join([number, score + star, *others])


def _samples(domain: Domain) -> list[str]:
    """Values of an option that are as long as any."""
    if isinstance(domain, Choices):
        return [*map(value_text, domain.values)]
    if isinstance(domain.low, float) and domain.step is None:
        return [value_text(_LONGEST)]
    return [value_text(value) for value in (domain.low, domain.low + (domain.step or 0), domain.high)]
