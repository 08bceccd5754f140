"""A batch's tokens one after the other, without padding, and the orders in which an LSTM reads them.

Everything but reading is done on these N rows. To be read, they are laid out step by step, with padding where a
sentence has ended: longest sentences first, and piece by piece of the time, so that the steps which only the longest
have are taken for them alone. Rows are moved by index, to their places and back, so a derivative is one copy as well.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

Gradient = Callable[[tf.Tensor], tuple[tf.Tensor, None, None]]


@dataclass(frozen=True)
class Reading:
    """The order of one direction: P rows, step by step, of which some are padding.

    Args:
        there: [P], the token in each row, N for padding. back: [N], the row of each token.
        pieces: [pieces, 2], the steps and the sentences of each piece; P is the sum of their products.
    """

    there: tf.Tensor
    back: tf.Tensor
    pieces: tf.Tensor

    def lay_out(self, tokens: tf.Tensor) -> tf.Tensor:
        """[N, D] to [P, D], zeros for padding."""
        laid: tf.Tensor = _spread(tokens, self.there, self.back)
        return laid

    def take_up(self, rows: tf.Tensor) -> tf.Tensor:
        """[P, D] to [N, D]: the inverse of `lay_out`."""
        taken: tf.Tensor = _gather(rows, self.back, self.there)
        return taken


@dataclass(frozen=True)
class Packing:
    """Where the tokens of a batch stand, and how each direction reads them.

    Args:
        lengths: [B]. place: [N, 2], the sentence of each token and its place there.
    """

    lengths: tf.Tensor
    place: tf.Tensor
    onward: Reading
    reverse: Reading

    def pack(self, sentences: tf.Tensor) -> tf.Tensor:
        """[B, T, ...] to [N, ...]."""
        return tf.gather_nd(sentences, self.place)

    def unpack(self, tokens: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
        """[N, D] to [B, T, D] of so many steps, zeros for padding."""
        inside = tf.sequence_mask(self.lengths, steps)
        token = tf.cumsum(self.lengths, exclusive=True)[:, None] + tf.range(steps)
        row = self.place[:, 0] * steps + self.place[:, 1]
        there = tf.where(inside, token, tf.shape(tokens)[0])
        spread: tf.Tensor = _spread(tokens, tf.reshape(there, [-1]), row)
        return tf.reshape(spread, [-1, steps, tokens.shape[-1]])


def packing_of(lengths: tf.Tensor, pieces: int) -> Packing:
    """Of sentences of these lengths, [B], in any order, read in so many pieces."""
    place = tf.cast(tf.where(tf.sequence_mask(lengths)), tf.int32)
    order = tf.argsort(lengths, direction="DESCENDING", stable=True)  # [B], the sentence in each column
    longest_first = tf.gather(lengths, order)
    first = tf.gather(tf.cumsum(lengths, exclusive=True), order)  # the token each begins with
    ends, columns = _pieces(longest_first, pieces)
    starts = [tf.zeros_like(ends[0]), *ends[:-1]]
    onward, reverse = list[tf.Tensor](), list[tf.Tensor]()
    for start, end, sentences in zip(starts, ends, columns, strict=True):
        step, length, token = tf.range(start, end)[:, None], longest_first[:sentences], first[:sentences]
        inside = step < length  # [S, R]
        onward.append(tf.where(inside, token + step, tf.shape(place)[0]))
        reverse.append(tf.where(inside, token + length - 1 - step, tf.shape(place)[0]))
    sizes = tf.stack([tf.stack(ends) - tf.stack(starts), tf.stack(columns)], axis=1)
    return Packing(lengths, place, _reading(onward, sizes, place), _reading(reverse, sizes, place))


def _pieces(lengths: tf.Tensor, pieces: int) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """The step before which each piece ends, and its sentences: all, then fewer, for the steps that only they have."""
    sentences = tf.shape(lengths)[0]
    columns = [-(-sentences * left // pieces) for left in range(pieces, 0, -1)]
    beyond = tf.concat([lengths, [0]], axis=0)
    return [beyond[kept] for kept in columns[1:]] + [beyond[0]], columns


def _reading(pieces: list[tf.Tensor], sizes: tf.Tensor, place: tf.Tensor) -> Reading:
    there = tf.concat([tf.reshape(piece, [-1]) for piece in pieces], axis=0)
    rows = tf.cast(tf.where(there < tf.shape(place)[0])[:, 0], tf.int32)  # those that are no padding
    return Reading(there, tf.gather(rows, tf.math.invert_permutation(tf.gather(there, rows))), sizes)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _spread(rows: tf.Tensor, there: tf.Tensor, back: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
    """Rows [N, D] by place, where N is zeros; `back` [N] says where each has gone, and so where slopes come from."""
    return _by_place(rows, there), lambda slopes: (tf.gather(slopes, back), None, None)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _gather(rows: tf.Tensor, back: tf.Tensor, there: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
    """The way back."""
    return tf.gather(rows, back), lambda slopes: (_by_place(slopes, there), None, None)


def _by_place(rows: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
    return tf.gather(tf.pad(rows, [[0, 1], [0, 0]]), there)
