"""What TensorBoard shows of a run: curves, the graph of a step, the embedding.

An event file is a TFRecord file of `Event` messages, and is written as one. `tf.summary` could not do it: its scalars
need the tensorboard package, which TensorFlow does not install, and it cannot say that a run goes on from a step.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.compat.v1 import Event, SessionLog, Summary

from tagger.errors import DataError
from tagger.files import replacing_file
from tagger.training.loop import EpochDone

PROJECTOR_ROWS = 10_000  # as many as the projector samples for its t-SNE: more would only make the page slow
_EVENTS = "events.out.tfevents."
_MATRIX, _WORDS = "embedding.bytes", "embedding.tsv"
_PROJECTOR = """\
embeddings {{
  tensor_name: "embedding"
  tensor_path: "{matrix}"
  tensor_shape: {rows}
  tensor_shape: {columns}
  metadata_path: "{words}"
}}
"""


class TensorBoardLog:
    """Writes into a directory what `tensorboard --logdir` reads from it; nothing is kept in memory.

    Args:
        directory: made where it is missing; event files that stand there are added to.
        from_step: the first step to come. TensorBoard forgets what earlier files say of it and of later ones, so that
            a run that was stopped and goes on shows each step once, and one that begins anew, at 0, hides the old one.

    Raises:
        DataError: a file cannot be written, here or in a method.
    """

    def __init__(self, directory: Path, from_step: int = 0) -> None:
        self._directory = directory
        with _errors_of(directory):
            directory.mkdir(parents=True, exist_ok=True)
            self._writer = tf.io.TFRecordWriter(str(_new_file(directory)))
        self._write(Event(file_version="brain.Event:2"))  # with which a START below means what it does
        self._write(Event(step=from_step, session_log=SessionLog(status=SessionLog.START)))

    def step(self, number: int, tag_loss: float, lm_loss: float | None, rate: float, tokens_per_second: float) -> None:
        """Log a training step, the first being 0; `lm_loss` is None without a language model."""
        scalars = {
            "train/tag_loss": tag_loss,
            "train/language_model_loss": lm_loss,
            "train/learning_rate": rate,
            "speed/tokens_per_second": tokens_per_second,
        }
        self._write_scalars(number, scalars)

    def epoch(self, event: EpochDone, step: int) -> None:
        """Log an epoch at the number of its last step: the next one may be where a stopped run goes on."""
        has_language_model = event.perplexity is not None
        scalars = {
            "dev/f1": event.dev.f1,
            "dev/precision": event.dev.precision,
            "dev/recall": event.dev.recall,
            "dev/perplexity": event.perplexity,
            "train/epoch_tag_loss": event.tag_loss,
            "train/epoch_language_model_loss": event.lm_loss if has_language_model else None,
            "speed/epoch_seconds": event.seconds,
        }
        self._write_scalars(step, scalars)

    def graph(self, function: tf.types.experimental.ConcreteFunction) -> None:
        """Show the graph of a compiled function, with the shapes of its tensors."""
        self._write(Event(graph_def=function.graph.as_graph_def(add_shapes=True).SerializeToString()))

    def projector(self, matrix: NDArray[np.float32], words: Sequence[str]) -> None:
        """Show an embedding [V, E] in place of earlier ones: the rows that have a word, the first `PROJECTOR_ROWS`.

        A TensorBoard that has shown the earlier ones has to be started anew.
        """
        labels = [_label(word) for word in words[:PROJECTOR_ROWS]]
        shown = np.array(matrix[: len(labels)], np.float32)
        rows, columns = shown.shape
        config = _PROJECTOR.format(matrix=_MATRIX, words=_WORDS, rows=rows, columns=columns)
        self._replace(_MATRIX, _bytes_that_are_no_text(shown))
        self._replace(_WORDS, "".join(f"{label}\n" for label in labels).encode())
        self._replace("projector_config.pbtxt", config.encode())

    def close(self) -> None:
        """Close the file; what was logged is in it already."""
        with _errors_of(self._directory):
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_scalars(self, step: int, scalars: Mapping[str, float | None]) -> None:
        values = [Summary.Value(tag=name, simple_value=value) for name, value in scalars.items() if value is not None]
        self._write(Event(step=step, summary=Summary(value=values)))

    def _write(self, event: Event) -> None:
        event.wall_time = time.time()
        with _errors_of(self._directory):
            self._writer.write(event.SerializeToString())
            self._writer.flush()

    def _replace(self, name: str, content: bytes) -> None:
        with _errors_of(self._directory), replacing_file(self._directory / name) as stream:
            stream.buffer.write(content)


def _new_file(directory: Path) -> Path:
    """A name behind all others there, whatever the clock says: TensorBoard reads files in the order of their names."""
    numbers = [path.name.removeprefix(_EVENTS).split(".")[0] for path in directory.glob(f"{_EVENTS}*")]
    following = [int(number) + 1 for number in numbers if number.isdecimal()]
    return directory / f"{_EVENTS}{max([int(time.time()), *following])}"


def _bytes_that_are_no_text(matrix: NDArray[np.float32]) -> bytes:
    """A matrix's raw rows, such that the projector cannot take them for the text it looks for first.

    It reads lines of numbers until a line is not UTF-8. The first byte, a float's last bits, is set to one that
    UTF-8 does not have, or one matrix in a few hundred would stop it.
    """
    content = bytearray(matrix.tobytes())
    content[0] = 0xFF
    return bytes(content)


def _label(word: str) -> str:
    """A word as a line of a table, where a tab would divide it and a blank line would be skipped."""
    is_seen = any(character.isprintable() and not character.isspace() for character in word)
    return word if is_seen and not any(character in word for character in "\t\n\r") else repr(word)


@contextmanager
def _errors_of(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{directory}: cannot be written: {error.strerror}") from error
    except tf.errors.OpError as error:
        raise DataError(f"{directory}: cannot be written: {error.message}") from error
