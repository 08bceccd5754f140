"""Ctrl-C, first as a request and then as an order."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def polite_interrupts(message: str) -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, asked by calling what this gives; pressed again, it interrupts at once.

    Args:
        message: said on standard error when it is pressed.
    """
    pressed = False
    before = signal.getsignal(signal.SIGINT)

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)
        print(f"\n{message}", file=sys.stderr, flush=True)

    if before is not signal.default_int_handler:  # a shell's background job is not to be interrupted
        yield lambda: False
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def telling_how_to_go_on(can_go_on: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Who interrupts a run hears on standard error how it goes on, where it can; the interruption goes on as well."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        if can_go_on():
            print("tagger: interrupted; the same command with --resume goes on", file=sys.stderr)
        raise
