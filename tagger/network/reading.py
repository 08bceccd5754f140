"""The order in which an LSTM reads a batch: step by step, onward or each sentence from its end.

Rows are moved by index, to their places and back: turning a direction, the change from sentences first to steps first,
and the derivatives of both are one copy each.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class Order:
    """Where rows go: `there`, [T, B], the place in [B * T] of each; `back`, [B, T], the place in [T * B]."""

    there: tf.Tensor
    back: tf.Tensor


def reading_orders(lengths: tf.Tensor, steps: tf.Tensor) -> tuple[Order, Order]:
    """Onward and reverse, for sentences of these lengths, [B], padded to T steps; padding stays at its step."""
    place = tf.range(steps)  # [T]
    inside = place < lengths[:, None]
    turned = tf.where(inside, lengths[:, None] - 1 - place, place)  # [B, T]
    return _order(tf.broadcast_to(place, tf.shape(turned))), _order(turned)


def arrange(sentences: tf.Tensor, order: Order) -> tf.Tensor:
    """[B, T, D] to [T, B, D]."""
    moved: tf.Tensor = _move(sentences, order.there, order.back)
    return moved


def restore(steps: tf.Tensor, order: Order) -> tf.Tensor:
    """[T, B, D] to [B, T, D]: the inverse of `arrange`."""
    moved: tf.Tensor = _move(steps, order.back, order.there)
    return moved


def _order(read: tf.Tensor) -> Order:
    """Of the step at which each place is read, [B, T], an involution of each row."""
    sentences, steps = tf.unstack(tf.shape(read))
    row = tf.range(sentences)[:, None]
    return Order(tf.transpose(row * steps + read), read * sentences + row)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _move(
    rows: tf.Tensor, there: tf.Tensor, back: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, None, None]]]:
    """Each row went to one place, so the derivative is the way back."""

    def gradient(slopes: tf.Tensor) -> tuple[tf.Tensor, None, None]:
        return _gather(slopes, back), None, None

    return _gather(rows, there), gradient


def _gather(rows: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    return tf.gather(tf.reshape(rows, [-1, rows.shape[-1]]), places)
