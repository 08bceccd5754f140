"""Half precision for a part of the network, whose slopes would be too small for it as they are."""

from collections.abc import Callable

import tensorflow as tf

HALF_SCALE = 1024.0  # what slopes are multiplied by within (Micikevicius et al. 2018)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def slopes_times(values: tf.Tensor, factor: float) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, None]]]:
    """The values as they are; on the way back their slopes are multiplied by a factor."""
    return tf.identity(values), lambda slopes: (slopes * factor, None)
