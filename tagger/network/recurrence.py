"""An LSTM over a whole sequence on a CPU, with its gradient written out.

The derivative that TensorFlow makes of a loop adds up the weights' gradient at every step, [D + H, 4H] each time.
Written out, a step back in time is one fused operation and one matrix product, and the weights' gradient one product at
the end. Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).
"""

from collections.abc import Callable

import tensorflow as tf

Gradients = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]


@tf.custom_gradient  # type: ignore[untyped-decorator]
def lstm(
    inputs: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], Gradients]]:
    """Hidden states [T, B, H] of inputs [T, B, D], from zero states.

    Args:
        kernel: [D, 4H]. recurrent: [H, 4H]. bias: [4H]. Gates stand in Keras's order: i, f, c, o.
    """
    kernel, recurrent, bias = (_swap_gates(weight) for weight in (kernel, recurrent, bias))
    units = recurrent.shape[0]
    zeros, peepholes = tf.zeros([tf.shape(inputs)[1], units]), tf.zeros([units])
    both = tf.concat([kernel, recurrent], axis=0)
    seen = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.shape(inputs, tf.int64)[0],
        x=inputs,
        cs_prev=zeros,
        h_prev=zeros,
        w=both,
        wci=peepholes,
        wcf=peepholes,
        wco=peepholes,
        b=bias,
        forget_bias=0.0,
        cell_clip=-1.0,
    )
    cells_before = tf.concat([zeros[None], seen.cs[:-1]], axis=0)  # [T, B, H]
    states_before = tf.concat([zeros[None], seen.h[:-1]], axis=0)

    def back_one_step(step: tf.Tensor, state_slope: tf.Tensor, cell_slope: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The slopes of a step's gates before their squashing, [B, 4H], and of the cell before it, [B, H]."""
        cell_slope, gates_slope, *_ = tf.raw_ops.LSTMBlockCellGrad(
            x=inputs[step],
            cs_prev=cells_before[step],
            h_prev=states_before[step],
            w=both,
            wci=peepholes,
            wcf=peepholes,
            wco=peepholes,
            b=bias,
            i=seen.i[step],
            cs=seen.cs[step],
            f=seen.f[step],
            o=seen.o[step],
            ci=seen.ci[step],
            co=seen.co[step],
            cs_grad=cell_slope,
            h_grad=state_slope,
            use_peephole=False,
        )
        return gates_slope, cell_slope

    def gradient(slopes: tf.Tensor) -> Gradients:
        gates = _back_through_time(slopes, back_one_step, recurrent)
        flat = tf.reshape(gates, [-1, 4 * units])  # [T * B, 4H]
        to_kernel = tf.matmul(_rows(inputs), flat, transpose_a=True)
        to_recurrent = tf.matmul(_rows(states_before), flat, transpose_a=True)
        to_inputs = tf.reshape(tf.matmul(flat, tf.transpose(kernel)), tf.shape(inputs))
        return to_inputs, _swap_gates(to_kernel), _swap_gates(to_recurrent), _swap_gates(tf.reduce_sum(flat, axis=0))

    return seen.h, gradient


def _back_through_time(
    slopes: tf.Tensor,
    back_one_step: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
    recurrent: tf.Tensor,
) -> tf.Tensor:
    """From the slopes of all states, [T, B, H], to those of all gates, [T, B, 4H]; the last step comes first."""
    steps, units = tf.shape(slopes)[0], recurrent.shape[0]
    turned = tf.transpose(recurrent)  # once: products with a transposed factor are slower
    zeros = tf.zeros_like(slopes[0])
    gates = tf.TensorArray(tf.float32, steps, element_shape=[None, 4 * units])

    def body(
        step: tf.Tensor, state_slope: tf.Tensor, cell_slope: tf.Tensor, gates: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.TensorArray]:
        gates_slope, cell_slope = back_one_step(step, state_slope + slopes[step], cell_slope)
        return step - 1, tf.matmul(gates_slope, turned), cell_slope, gates.write(step, gates_slope)

    first = steps - 1, zeros, zeros, gates
    *_, gates = tf.while_loop(lambda step, *_: step >= 0, body, first, maximum_iterations=steps)
    return gates.stack()


def _rows(sequence: tf.Tensor) -> tf.Tensor:
    """[T, B, D] to [T * B, D]."""
    return tf.reshape(sequence, [-1, sequence.shape[-1]])


def _swap_gates(weight: tf.Tensor) -> tf.Tensor:
    """From Keras's order of gates (i, f, c, o) to the operation's (i, c, f, o), and back; along the last axis."""
    i, f, c, o = tf.split(weight, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)
