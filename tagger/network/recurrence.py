"""An LSTM over a batch of sentences on a CPU, with its gradient written out.

The derivative that TensorFlow makes of a loop adds up the weights' gradient at every step, [D + H, 4H] each time.
Written out, a step back in time is one fused operation and one matrix product, and the weights' gradient one product at
the end. Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from tagger.network.packing import Reading

Gradients = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]


class _Weights(NamedTuple):
    """With the gates in the operations' order.

    Args:
        both: the kernel above the recurrent weights, [D + H, 4H]. turned: the recurrent weights, [4H, H].
        peepholes: none, which is zeros [H].
    """

    both: tf.Tensor
    turned: tf.Tensor
    bias: tf.Tensor
    peepholes: tf.Tensor


class _Slopes(NamedTuple):
    """Of a state and its cell, [R, H]."""

    state: tf.Tensor
    cell: tf.Tensor

    def widened(self, rows: tf.Tensor) -> "_Slopes":
        """With zeros for the rows that are missing."""
        missing = [[0, rows - tf.shape(self.state)[0]], [0, 0]]
        return _Slopes(tf.pad(self.state, missing), tf.pad(self.cell, missing))


class _Seen(NamedTuple):
    """A piece [S, R, D] as it was read, and what it left: states and cells [S + 1, R, H] begin with those before it."""

    inputs: tf.Tensor
    states: tf.Tensor
    cells: tf.Tensor
    gates: tf.raw_ops.BlockLSTM


class Carried(NamedTuple):
    """A state and its cell, [R, H], in which a window of a stream is left and the next begins."""

    state: tf.Tensor
    cell: tf.Tensor


def lstm(inputs: tf.Tensor, reading: Reading, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Hidden states [N, H] of tokens [N, D], from zero states.

    Args:
        kernel: [D, 4H]. recurrent: [H, 4H]. bias: [4H]. Gates stand in Keras's order: i, f, c, o.
    """
    zeros = tf.zeros([reading.pieces[0, 1], recurrent.shape[0]])
    return lstm_from(inputs, reading, kernel, recurrent, bias, before=Carried(zeros, zeros))[0]


def lstm_from(
    inputs: tf.Tensor, reading: Reading, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor, *, before: Carried
) -> tuple[tf.Tensor, Carried]:
    """The same from given states, in the order in which the reading has its sentences, and those after its last step.

    The latter are of the sentences of its last piece: of all of them, where they are of one length and read in one.
    No slope goes back through either, as is meant by truncated back-propagation (Williams and Peng 1990).
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(
        inputs: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor, tf.Tensor], Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Gradients]]:
        kernel, recurrent, bias = (_swap_gates(weight) for weight in (kernel, recurrent, bias))
        both, turned = tf.concat([kernel, recurrent], axis=0), tf.transpose(recurrent)
        weights = _Weights(both, turned, bias, tf.zeros([recurrent.shape[0]]))
        seen = _read_pieces(_cut(reading.lay_out(inputs), sizes), before, weights)

        def gradient(slopes: tf.Tensor, *_: tf.Tensor) -> Gradients:
            laid_out = reading.lay_out(tf.convert_to_tensor(slopes))  # from slices of it, where few states were used
            pieces = _back_through_pieces(_cut(laid_out, sizes), seen, weights)
            gates = reading.take_up(_joined(pieces))  # [N, 4H]
            before = reading.take_up(_joined([piece.states[:-1] for piece in seen]))  # [N, H]
            to_kernel, to_recurrent = (tf.matmul(rows, gates, transpose_a=True) for rows in (inputs, before))
            to_weights = (_swap_gates(slope) for slope in (to_kernel, to_recurrent, tf.reduce_sum(gates, axis=0)))
            return tf.matmul(gates, tf.transpose(kernel)), *to_weights

        states = reading.take_up(_joined([piece.states[1:] for piece in seen]))
        return (states, seen[-1].states[-1], seen[-1].cells[-1]), gradient

    sizes = [tf.unstack(piece) for piece in tf.unstack(reading.pieces)]
    states, state, cell = run(inputs, kernel, recurrent, bias)
    return states, Carried(state, cell)


def _read_pieces(pieces: list[tf.Tensor], before: Carried, weights: _Weights) -> list[_Seen]:
    """Read pieces [S, R, D], each of which goes on with the first sentences of the one before."""
    state, cell = before
    seen = list[_Seen]()
    for piece in pieces:
        sentences = tf.shape(piece)[1]
        seen.append(_read(piece, state[:sentences], cell[:sentences], weights))
        state, cell = seen[-1].states[-1], seen[-1].cells[-1]
    return seen


def _back_through_pieces(slopes: list[tf.Tensor], seen: list[_Seen], weights: _Weights) -> list[tf.Tensor]:
    """From the slopes of states, [S, R, H], those of gates, [S, R, 4H]."""
    later = _Slopes(tf.zeros_like(seen[-1].states[-1]), tf.zeros_like(seen[-1].cells[-1]))
    gates = list[tf.Tensor]()
    for piece, read in zip(reversed(slopes), reversed(seen), strict=True):
        found, later = _back_through_time(piece, read, weights, later.widened(tf.shape(piece)[1]))
        gates.insert(0, found)
    return gates


def _read(inputs: tf.Tensor, state: tf.Tensor, cell: tf.Tensor, weights: _Weights) -> _Seen:
    """Read inputs [S, R, D] from a state and a cell [R, H]."""
    gates = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.shape(inputs, tf.int64)[0],
        x=inputs,
        cs_prev=cell,
        h_prev=state,
        w=weights.both,
        wci=weights.peepholes,
        wcf=weights.peepholes,
        wco=weights.peepholes,
        b=weights.bias,
        forget_bias=0.0,
        cell_clip=-1.0,
    )
    states, cells = (tf.concat([before[None], after], axis=0) for before, after in ((state, gates.h), (cell, gates.cs)))
    return _Seen(inputs, states, cells, gates)


def _back_through_time(slopes: tf.Tensor, seen: _Seen, weights: _Weights, later: _Slopes) -> tuple[tf.Tensor, _Slopes]:
    """From the slopes of a piece's states, [S, R, H], those of its gates before their squashing, [S, R, 4H].

    Args:
        later: what the pieces after it say of its last state and cell.

    Returns:
        Also what is to be said of the state and the cell before it.
    """
    steps, rows, width, gates = tf.shape(slopes)[0], tf.shape(slopes)[1], weights.turned.shape[0], seen.gates
    found = tf.TensorArray(tf.float32, steps + 1, element_shape=[None, width])
    found = found.write(steps, tf.zeros([rows, width]))  # since no steps at all could not be stacked

    def body(step: tf.Tensor, after: _Slopes, found: tf.TensorArray) -> tuple[tf.Tensor, _Slopes, tf.TensorArray]:
        cell_slope, gates_slope, *_ = tf.raw_ops.LSTMBlockCellGrad(
            x=seen.inputs[step],
            cs_prev=seen.cells[step],
            h_prev=seen.states[step],
            w=weights.both,
            wci=weights.peepholes,
            wcf=weights.peepholes,
            wco=weights.peepholes,
            b=weights.bias,
            i=gates.i[step],
            cs=gates.cs[step],
            f=gates.f[step],
            o=gates.o[step],
            ci=gates.ci[step],
            co=gates.co[step],
            cs_grad=after.cell,
            h_grad=after.state + slopes[step],
            use_peephole=False,
        )
        before = _Slopes(tf.matmul(gates_slope, weights.turned), cell_slope)  # products with a turned factor are slower
        return step - 1, before, found.write(step, gates_slope)

    slope, unknown = tf.TensorShape([None, weights.turned.shape[1]]), tf.TensorShape(None)
    _, before, found = tf.while_loop(
        lambda step, *_: step >= 0,
        body,
        (steps - 1, later, found),
        shape_invariants=(tf.TensorShape([]), _Slopes(slope, slope), unknown),
        maximum_iterations=steps,
    )
    return found.stack()[:-1], before


def _cut(rows: tf.Tensor, sizes: list[list[tf.Tensor]]) -> list[tf.Tensor]:
    """[P, D] to pieces [S, R, D]."""
    parts = tf.split(rows, [steps * sentences for steps, sentences in sizes])
    return [tf.reshape(part, [*size, rows.shape[-1]]) for part, size in zip(parts, sizes, strict=True)]


def _joined(pieces: list[tf.Tensor]) -> tf.Tensor:
    """The inverse of `_cut`."""
    return tf.concat([tf.reshape(piece, [-1, piece.shape[-1]]) for piece in pieces], axis=0)


def _swap_gates(weight: tf.Tensor) -> tf.Tensor:
    """From Keras's order of gates (i, f, c, o) to the operation's (i, c, f, o), and back; along the last axis."""
    i, f, c, o = tf.split(weight, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)
