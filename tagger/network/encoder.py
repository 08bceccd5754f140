"""Bidirectional LSTM layers over lengths, with dropout around and inside their cells."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tagger.config import EncoderConfig
from tagger.network.framework import has_gpu
from tagger.network.noise import Noise, dropout
from tagger.network.packing import Packing, Reading, packing_of
from tagger.network.precision import HALF_SCALE, slopes_times
from tagger.network.recurrence import Carried, lstm, lstm_from

_PIECES = 6  # more of them save less padding than they cost


@dataclass(frozen=True)
class States:
    """What a layer makes of a batch: `forward` has seen the words up to each, `backward` those from it; [N, H]."""

    forward: tf.Tensor
    backward: tf.Tensor

    def joined(self) -> tf.Tensor:
        """[N, 2H]."""
        return tf.concat([self.forward, self.backward], axis=-1)


def pack(lengths: tf.Tensor) -> Packing:
    """How LSTMs read sentences of these lengths, [B]: in one piece by the fused kernel of a GPU."""
    return packing_of(lengths, 1 if has_gpu() else _PIECES)


class LSTM:
    """One direction of a layer (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000).

    The dropouts are those of TensorFlow 1's `DropoutWrapper`. Dropout of the state is drawn on the recurrent weights,
    once a batch (DropConnect, Merity et al. 2018): a mask inside the time loop would cost the fused GPU kernel.
    """

    def __init__(self, inputs: int, config: EncoderConfig, seed: int, name: str, *, reverse: bool = False) -> None:
        kernel_seed, recurrent_seed = np.random.SeedSequence(seed).generate_state(2).tolist()
        self._config = config
        self._reverse = reverse
        self._is_mixed = config.precision == "mixed" and has_gpu()
        self.layer = keras.layers.LSTM(
            config.units,
            return_sequences=True,
            kernel_initializer=keras.initializers.GlorotUniform(kernel_seed),
            recurrent_initializer=keras.initializers.Orthogonal(seed=recurrent_seed),
            unit_forget_bias=False,
            bias_initializer=lambda shape, dtype=None: _forget_bias(config, dtype),
            name=name,
            dtype="mixed_float16" if self._is_mixed else None,
        )
        self.layer.build((None, None, inputs))

    def __call__(self, inputs: tf.Tensor, packing: Packing, noise: Noise | None) -> tf.Tensor:
        """[N, D] to [N, H]: the state after each token has been read."""
        inputs = dropout(inputs, self._config.input_dropout, noise, self._masked(packing))
        outputs = self._run(inputs, self._reading(packing), *self._thinned(noise))
        return dropout(outputs, self._config.output_dropout, noise, self._masked(packing))

    def going_on(
        self, before: Carried, inputs: tf.Tensor, packing: Packing, noise: Noise | None
    ) -> tuple[tf.Tensor, Carried]:
        """The same from where the last window of a stream was left, and where this one leaves it."""
        inputs = dropout(inputs, self._config.input_dropout, noise, self._masked(packing))
        outputs, after = lstm_from(inputs, self._reading(packing), *self._thinned(noise), before=before)
        return dropout(outputs, self._config.output_dropout, noise, self._masked(packing)), after

    def _reading(self, packing: Packing) -> Reading:
        return packing.reverse if self._reverse else packing.onward

    def _masked(self, packing: Packing) -> Packing | None:
        """What masks are drawn for: sentences, or without it tokens."""
        return packing if self._config.variational else None

    def _thinned(self, noise: Noise | None) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Kernel, recurrent weights after dropout, and bias."""
        kernel, recurrent, bias = (variable.value for variable in self.layer.trainable_variables)
        if noise is not None and self._config.state_dropout > 0.0:
            recurrent = tf.nn.experimental.stateless_dropout(recurrent, self._config.state_dropout, noise.draw())
        return kernel, recurrent, bias

    def _run(
        self, inputs: tf.Tensor, reading: Reading, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
    ) -> tf.Tensor:
        """On a GPU by Keras, whose layer is one fused kernel there; elsewhere by our own, which is the faster one."""
        if not has_gpu():
            return lstm(inputs, reading, kernel, recurrent, bias)
        inward, outward = (1.0 / HALF_SCALE, HALF_SCALE) if self._is_mixed else (1.0, 1.0)
        weights = [slopes_times(weight, inward) for weight in (kernel, recurrent, bias)]
        fixed = [variable.value for variable in self.layer.non_trainable_variables]
        shape = [*tf.unstack(reading.pieces[0]), inputs.shape[-1]]
        by_sentence = tf.transpose(tf.reshape(reading.lay_out(inputs), shape), [1, 0, 2])
        outputs, _ = self.layer.stateless_call(weights, fixed, slopes_times(by_sentence, inward))
        outputs = tf.transpose(slopes_times(tf.cast(outputs, tf.float32), outward), [1, 0, 2])
        return reading.take_up(tf.reshape(outputs, [-1, outputs.shape[-1]]))

    def weights(self) -> dict[str, keras.Variable]:
        """Keras's own layout, gates in the order i, f, c, o: kernel [D, 4H], recurrent [H, 4H], bias [4H]."""
        return dict(zip(("kernel", "recurrent", "bias"), self.layer.trainable_variables, strict=True))


class Encoder:
    """A stack of bidirectional layers. Each direction reaches padding after its sentence, so no state has seen any."""

    def __init__(self, inputs: int, config: EncoderConfig, seed: int) -> None:
        seeds = np.random.SeedSequence(seed).generate_state(2 * config.layers).tolist()
        widths = [inputs] + [2 * config.units] * (config.layers - 1)
        cells = widths[:1] if config.share_layers else widths
        self._forward = [LSTM(width, config, seeds[2 * i], f"forward_{i}") for i, width in enumerate(cells)]
        self._backward = [
            LSTM(width, config, seeds[2 * i + 1], f"backward_{i}", reverse=True) for i, width in enumerate(cells)
        ]
        self._projections = {
            layer: keras.Variable(
                keras.initializers.GlorotUniform(seeds[2 * layer])((width, inputs)), name=f"projection_{layer}"
            )
            for layer, width in enumerate(widths)
            if layer > 0 and config.share_layers
        }
        self._layers = config.layers

    def __call__(self, inputs: tf.Tensor, packing: Packing, noise: Noise | None) -> list[States]:
        """The states of every layer, first to last, for inputs [N, E]."""
        layers: list[States] = []
        for place in range(self._layers):
            cell = min(place, len(self._forward) - 1)
            forward, backward = self._forward[cell], self._backward[cell]
            if place in self._projections:
                inputs = tf.matmul(inputs, self._projections[place].value)
            with tf.name_scope(forward.layer.name):
                from_left = forward(inputs, packing, noise)
            with tf.name_scope(backward.layer.name):
                from_right = backward(inputs, packing, noise)
            layers.append(States(from_left, from_right))
            inputs = layers[-1].joined()
        return layers

    def weights(self) -> dict[str, keras.Variable]:
        """By name: `0.forward.kernel` and so on; `1.projection` where one cell serves all layers."""
        projections = {f"{place}.projection": variable for place, variable in self._projections.items()}
        return projections | {
            f"{place}.{direction}.{name}": variable
            for direction, layers in (("forward", self._forward), ("backward", self._backward))
            for place, layer in enumerate(layers)
            for name, variable in layer.weights().items()
        }


def _forget_bias(config: EncoderConfig, dtype: str | None) -> tf.Tensor:
    zeros = np.zeros(config.units)
    return tf.constant(np.concatenate([zeros, zeros + config.forget_bias, zeros, zeros]), dtype=dtype or "float32")
