"""What `tagger pretrain` says: a line a measure on standard output, a bar on standard error."""

import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tagger.training.pretraining.loop import Measured, Stepped
from tagger.training.pretraining.run import PretrainingEvent, PretrainingFinished, PretrainingStarted

_HEADER = " passes     steps     loss  perplexity   seconds  {unit:>8}/s"
_SECONDS = 30.0  # without a sign of life, then comes a line


def show_pretraining(events: Iterable[PretrainingEvent]) -> None:
    """Run a pretraining to its end: results go to standard output, how far it is to standard error."""
    console = Console(stderr=True)
    columns = TextColumn("{task.fields[text]}"), BarColumn(min(console.width // 6, 40)), TimeRemainingColumn()
    moves = console.is_terminal and not console.is_dumb_terminal
    with Progress(
        *columns, console=console, transient=True, disable=not moves, redirect_stdout=sys.stdout.isatty()
    ) as bar:
        told, task = _Told(), bar.add_task("", total=1.0, text="counting words")
        for event in events:
            for line in told.of(event):
                print(line, flush=True)
            if isinstance(event, Stepped):
                bar.update(task, completed=event.share, text=told.moving(event))
                if not moves and told.is_silent():
                    print(f"{event.share:.0%} done, {told.moving(event)}", file=sys.stderr, flush=True)
            elif isinstance(event, PretrainingStarted):
                bar.update(task, text="compiling", refresh=True)


@dataclass(slots=True)
class _Told:
    """What there is to say of each event."""

    unit: str = "words"
    _said: float = field(default_factory=time.monotonic)

    def of(self, event: PretrainingEvent) -> list[str]:
        """Lines for standard output."""
        if not isinstance(event, Stepped):
            self._said = time.monotonic()
        match event:
            case PretrainingStarted():
                self.unit = f"{event.prepared.config.pretraining.unit}s"
                return [*self._started(event), *map(self._measured, event.history)]
            case Measured():
                return [self._measured(event)]
            case PretrainingFinished():
                after = ["the run is not finished; go on with the same command and --resume"] * event.resumable
                bits = f" ({math.log2(event.perplexity):.3f} bits per character)" * (self.unit == "characters")
                return ["", f"perplexity {event.perplexity:.2f}{bits}", *after, f"The model is in {event.output}"]
        return []

    def moving(self, event: Stepped) -> str:
        """What stands beside the bar."""
        place = event.place
        speed = place.words / place.seconds if place.seconds else 0.0
        return f"loss {place.loss / place.words:.3f}  {speed:,.0f} {self.unit}/s"

    def is_silent(self) -> bool:
        """Whether it is time for a sign of life."""
        now = time.monotonic()
        silent = now - self._said >= _SECONDS
        self._said = now if silent else self._said
        return silent

    def _started(self, event: PretrainingStarted) -> list[str]:
        prepared = event.prepared
        sentences = f", {prepared.sentences:,} sentences" if prepared.sentences else ""
        rows = f"{prepared.vocabulary.train_rows:,} rows, {prepared.network.head.classes:,} classes"
        vectors = f", {prepared.pretrained:,} vectors" if prepared.pretrained else ""
        lines = [f"text: {prepared.units:,} {self.unit}{sentences}"]
        lines += [f"{rows}{vectors}; {prepared.parameters:,} parameters; * is the best so far"]
        if event.place.total:
            lines.append(f"going on after {event.place.total:,} steps")
        return [*lines, "", _HEADER.format(unit=self.unit)]

    def _measured(self, event: Measured) -> str:
        speed = event.words / event.seconds if event.seconds else 0.0
        best = "*" if event.is_best else " "
        figures = f"{event.passes:7.2f}  {event.steps:8,}  {event.loss:7.4f}  {event.perplexity:9.2f}{best}"
        return f"{figures}  {event.all_seconds:8.1f}  {speed:{len(self.unit) + 2 if len(self.unit) > 8 else 10},.0f}"
