"""What moves while a network trains: a bar on a terminal; elsewhere, within long epochs, a line now and then."""

import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tagger.training.context import ContextRead
from tagger.training.loop import EpochDone, StepDone
from tagger.training.run import Finished, Started
from tagger.training.seeds import SeedsEvent, SeedStarted

_SECONDS = 30.0  # without a sign of life, then comes a line
_CTRL_C = 3  # columns left free for the ^C that a terminal writes: if it wrapped, the bar could not be wiped away


class Outlook:
    """What is left of a run, judged by what is behind it."""

    def __init__(self) -> None:
        self._epochs, self._seed = 1, ""
        self._beside = 0.0  # seconds of an epoch that no step takes
        self._best: EpochDone | None = None

    def see(self, event: SeedsEvent) -> None:
        """Learn from an event; every event but steps has to be shown."""
        match event:
            case Started(plan, progress=progress):
                self._epochs, self._best = plan.config.training.epochs, None
                for epoch in progress.history:
                    self.see(epoch)
            case SeedStarted(_, number, count):
                self._seed = f"seed {number}/{count} "
            case EpochDone():
                self._beside = event.seconds - event.train_seconds
                self._best = event if event.is_best else self._best

    def epoch(self, number: int) -> str:
        """Which epoch of how many."""
        return f"{self._seed}epoch {number}/{self._epochs}"

    def share(self, step: StepDone) -> float:
        """Of the run, if no epoch is spared."""
        return (step.epoch - 1 + step.tokens / step.all_tokens) / self._epochs

    def in_epoch(self, step: StepDone) -> str:
        """The time to the last step of the epoch."""
        return _clock_text((step.all_tokens - step.tokens) * step.position.seconds / step.tokens)

    def in_run(self, step: StepDone) -> str:
        """The time to the end of the run, which comes sooner if dev stops to get better."""
        unread = step.all_tokens * (self._epochs - step.epoch + 1) - step.tokens
        beside = self._beside * (self._epochs - step.epoch + 1)
        return f"at most {_clock_text(unread * step.position.seconds / step.tokens + beside)} left"

    def best(self) -> list[str]:
        """The best score of dev, once there is one."""
        return [] if self._best is None else [f"best F1 {self._best.dev.f1:.4f}"]


class View(Protocol):
    """Shows what happens, on standard error."""

    def see(self, event: SeedsEvent) -> None:
        """Show an event."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def training_view(clock: Callable[[], float] = time.monotonic) -> View:
    """The view that suits standard error; `clock` gives seconds from some moment."""
    console = Console(stderr=True)
    return Bar(console) if console.is_terminal and not console.is_dumb_terminal else Lines(clock)


class Bar:
    """A bar of the whole run, gone at its end. Of what stands beside it, as much is shown as fits the terminal."""

    def __init__(self, console: Console) -> None:
        self._console, self._outlook = console, Outlook()
        self._bar_width = min(console.width // 6, 40)
        self._progress = Progress(
            TextColumn("{task.fields[epoch]}"),
            BarColumn(self._bar_width),
            TextColumn("{task.fields[text]}"),
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
        self._task = self._progress.add_task("", total=None, epoch="", text="reading")

    def see(self, event: SeedsEvent) -> None:
        """Show an event."""
        self._outlook.see(event)
        match event:
            case Started(progress=progress):
                epoch = self._outlook.epoch(progress.position.epoch)
                self._progress.update(self._task, epoch=epoch, text="compiling", refresh=True)
            case SeedStarted():
                self._progress.update(
                    self._task, completed=0.0, epoch=self._outlook.epoch(1), text="reading", refresh=True
                )
            case ContextRead():
                self._progress.update(self._task, text=_reading(event), refresh=True)
            case StepDone():
                epoch = self._outlook.epoch(event.epoch)
                parts = [self._outlook.in_run(event), _loss(event), _speed(event)]
                parts += [*self._outlook.best(), *_beside(event)]
                text = _fitting(parts, self._console.width - len(epoch) - self._bar_width - 2 - _CTRL_C)
                completed = self._outlook.share(event)
                self._progress.update(self._task, total=1.0, completed=completed, epoch=epoch, text=text)
            case EpochDone():
                self._progress.refresh()
            case Finished():
                self._progress.stop()  # not only hidden: what is printed beside it is broken into lines of its width

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


class Lines:
    """A line where nothing else was said for a while, as in a file that keeps what a run said."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._outlook = clock, Outlook()
        self._said = clock()

    def see(self, event: SeedsEvent) -> None:
        """Show an event."""
        self._outlook.see(event)
        now = self._clock()
        if not isinstance(event, StepDone | ContextRead):
            self._said = now
        elif now - self._said >= _SECONDS and not event.is_last:
            self._said = now
            text = _reading(event) if isinstance(event, ContextRead) else self._line(event)
            print(text, file=sys.stderr, flush=True)

    def _line(self, step: StepDone) -> str:
        read = f"{self._outlook.epoch(step.epoch)}, {step.tokens / step.all_tokens:.0%} read"
        left = f"{self._outlook.in_epoch(step)} left of the epoch, {self._outlook.in_run(step)} of the run"
        return ", ".join([read, *_beside(step), _loss(step), _speed(step), left])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def _reading(event: ContextRead) -> str:
    """How far the language model of characters is."""
    return f"reading characters, {event.tokens / event.all_tokens:.0%}"


def _loss(step: StepDone) -> str:
    return f"loss {step.tag_loss:.4f}"


def _speed(step: StepDone) -> str:
    return f"{step.tokens / step.position.seconds:,.0f} tokens/s"


def _beside(step: StepDone) -> list[str]:
    """How much unlabelled text was read, where there is any."""
    tokens = step.unlabelled_tokens
    return [f"{_rounded(tokens)} words of raw text"] if tokens else []


def _rounded(number: int) -> str:
    """A number in thousands or millions."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if number >= size:
            return f"{number / size:.1f}{letter}"
    return str(number)


def _fitting(parts: Sequence[str], width: int) -> str:
    """As many of them, from the first, as fit beside each other."""
    text = ""
    for part in parts:
        longer = f"{text}  {part}" if text else part
        if len(longer) > width:
            break
        text = longer
    return text


def _clock_text(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
