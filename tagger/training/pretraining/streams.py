"""One continuous text of ids, cut into streams that are read side by side, window by window.

Shapes: B streams, S steps of a window.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]

CHUNK = 2**22  # ids held at a time; longer texts are cut there, and their streams begin anew


@dataclass(frozen=True, slots=True)
class StreamWindow:
    """What is read and what follows each of it, [B, S], of the text as it stands and of the text turned round.

    Args:
        begins: the streams begin here, with nothing before it.
    """

    onward: tuple[Ids, Ids]
    reverse: tuple[Ids, Ids]
    begins: bool


def chunks_of(parts: Iterable[Ids], size: int = CHUNK) -> Iterator[Ids]:
    """A text that comes in parts, in pieces of `size` ids; the last may be shorter."""
    held, count = list[Ids](), 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            yield from np.split(joined[:whole], range(size, whole, size))
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def windows_of(chunk: Ids, streams: int, steps: int) -> Iterator[StreamWindow]:
    """The windows of a chunk, which is parted into as many equal streams as it is long enough for.

    What is left over at its end, less than an id a stream, is read by nobody.
    """
    streams = max(1, min(streams, (len(chunk) - 1) // steps))
    columns = (len(chunk) - 1) // streams
    both = [_columns(ids, streams, columns) for ids in (chunk, chunk[::-1])]
    for start in range(0, columns, steps):
        part = np.s_[:, start : start + steps]
        (read, following), (reverse, before) = both
        yield StreamWindow((read[part], following[part]), (reverse[part], before[part]), begins=start == 0)


def count_windows(ids: int, streams: int, steps: int) -> int:
    """How many windows a text of so many ids has, to one a chunk."""
    return max(1, -(-ids // (streams * steps)))


def _columns(ids: Ids, streams: int, columns: int) -> tuple[Ids, Ids]:
    """What is read and what follows, each [B, columns]."""
    shape = streams, columns
    return ids[: streams * columns].reshape(shape), ids[1 : streams * columns + 1].reshape(shape)
