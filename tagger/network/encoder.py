"""Bidirectional LSTM layers over lengths, with dropout around and inside their cells."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tagger.config import EncoderConfig
from tagger.network.framework import has_gpu
from tagger.network.noise import Noise, dropout
from tagger.network.precision import HALF_SCALE, slopes_times
from tagger.network.reading import arrange, reading_orders, restore
from tagger.network.recurrence import lstm


@dataclass(frozen=True)
class States:
    """What a layer makes of a batch: `forward` has seen the words up to each, `backward` those from it; [B, T, H]."""

    forward: tf.Tensor
    backward: tf.Tensor

    def joined(self) -> tf.Tensor:
        """[B, T, 2H]."""
        return tf.concat([self.forward, self.backward], axis=-1)


class LSTM:
    """One direction of a layer (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000).

    The dropouts are those of TensorFlow 1's `DropoutWrapper`. Dropout of the state is drawn on the recurrent weights,
    once a batch (DropConnect, Merity et al. 2018): a mask inside the time loop would cost the fused GPU kernel.
    """

    def __init__(self, inputs: int, config: EncoderConfig, seed: int, name: str) -> None:
        kernel_seed, recurrent_seed = np.random.SeedSequence(seed).generate_state(2).tolist()
        self._config = config
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

    def __call__(self, inputs: tf.Tensor, lengths: tf.Tensor, noise: Noise | None) -> tf.Tensor:
        """[T, B, D] and lengths [B] to [T, B, H], first step to last; beyond its length a sentence's mean nothing."""
        config = self._config
        inputs = dropout(inputs, config.input_dropout, noise, variational=config.variational)
        kernel, recurrent, bias = (variable.value for variable in self.layer.trainable_variables)
        if noise is not None and config.state_dropout > 0.0:
            recurrent = tf.nn.experimental.stateless_dropout(recurrent, config.state_dropout, noise.draw())
        outputs = self._run(inputs, lengths, kernel, recurrent, bias)
        return dropout(outputs, config.output_dropout, noise, variational=config.variational)

    def _run(
        self, inputs: tf.Tensor, lengths: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
    ) -> tf.Tensor:
        """On a GPU by Keras, whose layer is one fused kernel there; elsewhere by our own, which is the faster one."""
        if not has_gpu():
            return lstm(inputs, lengths, kernel, recurrent, bias)
        inward, outward = (1.0 / HALF_SCALE, HALF_SCALE) if self._is_mixed else (1.0, 1.0)
        weights = [slopes_times(weight, inward) for weight in (kernel, recurrent, bias)]
        fixed = [variable.value for variable in self.layer.non_trainable_variables]
        outputs, _ = self.layer.stateless_call(weights, fixed, slopes_times(tf.transpose(inputs, [1, 0, 2]), inward))
        return tf.transpose(slopes_times(tf.cast(outputs, tf.float32), outward), [1, 0, 2])

    def weights(self) -> dict[str, keras.Variable]:
        """Keras's own layout, gates in the order i, f, c, o: kernel [D, 4H], recurrent [H, 4H], bias [4H]."""
        return dict(zip(("kernel", "recurrent", "bias"), self.layer.trainable_variables, strict=True))


class Encoder:
    """A stack of bidirectional layers. Sentences are right-padded and read by their lengths; nothing is masked.

    An LSTM reaches the padding only after the sentence, and the backward one reads each sentence reversed in place, so
    no state of a real token has seen padding.
    """

    def __init__(self, inputs: int, config: EncoderConfig, seed: int) -> None:
        seeds = np.random.SeedSequence(seed).generate_state(2 * config.layers).tolist()
        widths = [inputs] + [2 * config.units] * (config.layers - 1)
        cells = widths[:1] if config.share_layers else widths
        self._forward = [LSTM(width, config, seeds[2 * i], f"forward_{i}") for i, width in enumerate(cells)]
        self._backward = [LSTM(width, config, seeds[2 * i + 1], f"backward_{i}") for i, width in enumerate(cells)]
        self._projections = {
            layer: keras.Variable(
                keras.initializers.GlorotUniform(seeds[2 * layer])((width, inputs)), name=f"projection_{layer}"
            )
            for layer, width in enumerate(widths)
            if layer > 0 and config.share_layers
        }
        self._layers = config.layers

    def __call__(self, inputs: tf.Tensor, lengths: tf.Tensor, noise: Noise | None) -> list[States]:
        """The states of every layer, first to last, for inputs [B, T, E] and lengths [B]."""
        onward, reverse = reading_orders(lengths, tf.shape(inputs)[1])
        layers: list[States] = []
        for place in range(self._layers):
            cell = min(place, len(self._forward) - 1)
            forward, backward = self._forward[cell], self._backward[cell]
            if place in self._projections:
                inputs = tf.matmul(inputs, self._projections[place].value)
            with tf.name_scope(forward.layer.name):
                from_left = restore(forward(arrange(inputs, onward), lengths, noise), onward)
            with tf.name_scope(backward.layer.name):
                from_right = restore(backward(arrange(inputs, reverse), lengths, noise), reverse)
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
