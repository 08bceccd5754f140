"""Tagging in several processes: windows of documents out, written results back, in order.

A worker loads the model once and uses one thread; what it gives for a window is what any other would.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread, current_thread, main_thread

from tagger.corpus.document import Document
from tagger.documents.forms import FORMS, FormName
from tagger.errors import TaggerError
from tagger.inference.bundle import Bundle
from tagger.inference.documents import TextOptions, tag_window
from tagger.inference.tagger import Tagger

_LITTLE = 8  # windows that a process alone has tagged before others would have started
_AHEAD = 2  # windows that wait for each process


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with every window, by whoever does it."""

    bundle: Bundle
    scheme: str | None
    options: TextOptions
    form: FormName


@dataclass(frozen=True, slots=True)
class Written:
    """A window's documents as they are written, one by one, and how many entities were found in them."""

    documents: Sequence[str]
    entities: int


Window = Sequence[Document]
Results = Generator[tuple[Window, Written], None, None]


def write_windows(work: Work, windows: Iterable[Window], processes: int = 0) -> Results:
    """Tag and write windows of documents; each comes back with what was written, in their order.

    Args:
        processes: how many work; 0 is one a core, or this one alone where there are few windows.

    Raises:
        TaggerError: a process was ended from outside.
    """
    if not processes:
        windows = iter(windows)
        first = list(islice(windows, _LITTLE))
        processes = _cores() if len(first) == _LITTLE else 1
        windows = chain(first, windows)
    if processes == 1:
        tagger = _loaded(work, threads=0)
        yield from ((window, _write(tagger, work, window)) for window in windows)
    else:
        yield from _write_together(work, windows, processes)


def _write_together(work: Work, windows: Iterable[Window], processes: int) -> Results:
    workers = list[_Worker]()
    waiting = deque[tuple[Window, _Worker]]()
    try:
        for number, window in enumerate(windows):
            if number < processes:
                workers.append(_Worker(work))
            worker = workers[number % processes]
            worker.give(window)
            waiting.append((window, worker))
            if len(waiting) > processes * _AHEAD:
                yield _first_of(waiting)
        while waiting:
            yield _first_of(waiting)
    finally:
        for worker in workers:
            worker.end()


def _first_of(waiting: "deque[tuple[Window, _Worker]]") -> tuple[Window, Written]:
    window, worker = waiting.popleft()
    return window, worker.take()


class _Worker:
    """A process that answers windows one after the other; it ends when nobody holds the other end of its pipe."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")  # ONNX Runtime's threads do not survive a fork
        self._pipe, its_end = context.Pipe()
        self._process = context.Process(target=_answer_all, args=(work, its_end), daemon=True)
        try:
            with _interrupts_held(), its_end:
                self._process.start()
        except BaseException:
            self.end()
            raise

    def give(self, window: Window) -> None:
        with _ended_if_broken():
            self._pipe.send(window)

    def take(self) -> Written:
        """The answer to the first window that has none yet."""
        with _ended_if_broken():
            answer: Written | Exception = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        self._pipe.close()
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()


@contextmanager
def _ended_if_broken() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        problem = "a process that was tagging has ended, perhaps for want of memory"
        raise TaggerError(f"{problem}; try --processes 1") from None


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait: half a process would complain, and whole ones never get it, as the first one ends the others."""
    if not hasattr(signal, "pthread_sigmask") or current_thread() is not main_thread():
        yield
        return
    resource_tracker.ensure_running()  # which a process's start would do otherwise, and let Ctrl-C through again
    came = list[int]()
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))  # another thread may take it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _loaded(work: Work, threads: int) -> Tagger:
    return Tagger.from_bundle(work.bundle, scheme=work.scheme, threads=threads)


def _write(tagger: Tagger, work: Work, window: Window) -> Written:
    tagged = tag_window(tagger, window, work.options)
    write = FORMS[work.form].write
    return Written([write(document) for document in tagged], sum(len(document.entities) for document in tagged))


def _answer_all(work: Work, pipe: "Connection[Written | Exception, Window]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    windows = SimpleQueue[Window]()
    receiver = Thread(target=_receive, args=(pipe, windows), daemon=True)
    receiver.start()
    try:
        tagger = _loaded(work, threads=1)
        while True:
            pipe.send(_write(tagger, work, windows.get()))
    except BrokenPipeError:
        os._exit(1)
    except Exception as error:  # whatever it is, the process that gave the window says it
        pipe.send(error)
    receiver.join()


def _receive(pipe: "Connection[Written | Exception, Window]", windows: SimpleQueue[Window]) -> None:
    """Take windows at all times, so that who gives them never waits for who waits to give results back."""
    try:
        while True:
            windows.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(1)  # what gave windows has ended, or wants no more of them
