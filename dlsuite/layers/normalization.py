"""Normalization over a batch in one pass, and across neighbouring feature maps."""

from typing import Any

import keras
from keras import ops

from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' `BatchNormalization`, on images computed by TensorFlow's one fused operation.

    The same weights, options and answers. Keras' own passes over the maps once for each of mean,
    variance, scale and shift, in the gradient too. What the fused operation cannot do is left to
    Keras' own: another backend, inputs that are not `[B, H, W, C]`, float64, a mask, `renorm`,
    `synchronized`, another axis than the last, no scale or no shift, and a frozen layer.

    `[B, H, W, C]` -> `[B, H, W, C]`. Ioffe and Szegedy 2015, algorithms 1 and 2.
    """

    def call(
        self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None
    ) -> Tensor:
        learning = bool(training) and self.trainable
        # A frozen layer's gradient has no deterministic fused form on a GPU.
        if mask is not None or (training and not learning) or not self._can_fuse(inputs):
            return super().call(inputs, training=training, mask=mask)
        return self._fused(inputs, learning)

    def _can_fuse(self, inputs: Tensor) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.scale
            and self.center
            and not (self.renorm or self.synchronized)
            and self.compute_dtype != "float64"
        )

    def _fused(self, inputs: Tensor, learning: bool) -> Tensor:
        import tensorflow as tf

        # Half-precision maps, statistics in float32.
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.cast(self.gamma, "float32"),
            offset=ops.cast(self.beta, "float32"),
            mean=[] if learning else ops.cast(self.moving_mean, "float32"),
            variance=[] if learning else ops.cast(self.moving_variance, "float32"),
            epsilon=self.epsilon,
            is_training=learning,
        )
        if learning:
            count = ops.cast(ops.prod(ops.shape(inputs)[:3]), "float32")
            # The operation gives the estimate of the population's variance, Keras the batch's.
            variance = variance * (ops.maximum(count - 1, 1) / count)
            for kept, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
                kept.assign(kept * self.momentum + ops.cast(now, kept.dtype) * (1 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable(package="dlsuite")
class LocalResponseNormalization(keras.layers.Layer):
    """Every map divided by a power of the energy of the maps beside it.

    `y_c = x_c / (k + alpha * sum(x_j ** 2 for |j - c| <= depth_radius)) ** beta`, where maps beyond
    the first and last count as 0. Krizhevsky, Sutskever and Hinton 2012, section 3.3, whose n is
    `2 * depth_radius + 1` and whose constants are the defaults. Implementations that divide alpha
    by n (Caffe, PyTorch) want `alpha * n` there.

    `[..., C]` -> `[..., C]`, no weights.

    Args:
        depth_radius: Neighbours on each side, at least 0.
        k: Keeps the divisor from 0, above 0.
        alpha: Weight of the energy.
        beta: The power.

    Raises:
        ValueError: A radius below 0, or a `k` that is not above 0.
    """

    def __init__(
        self,
        depth_radius: int = 2,
        k: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if depth_radius < 0 or k <= 0:
            raise ValueError(
                "`depth_radius` must be at least 0 and `k` above 0. "
                f"Received: depth_radius={depth_radius}, k={k}."
            )
        self.depth_radius, self.k, self.alpha, self.beta = depth_radius, k, alpha, beta

    def call(self, inputs: Tensor) -> Tensor:
        # Half precision would lose the small shares of the energy, and its squares overflow at 256.
        wide = "float64" if self.compute_dtype == "float64" else "float32"
        x = ops.cast(inputs, wide)
        energy = self._around(ops.square(x))  # [..., C]
        scale = ops.exp(-self.beta * ops.log(self.k + self.alpha * energy))
        return ops.cast(x * scale, self.compute_dtype)

    def _around(self, squares: Tensor) -> Tensor:
        """Sums over each map and its neighbours, as a convolution along the axis of maps."""
        shape = ops.shape(squares)
        width = 2 * self.depth_radius + 1
        lines = ops.reshape(squares, (-1, squares.shape[-1], 1))  # [N, C, 1]
        ones = ops.ones((width, 1, 1), dtype=squares.dtype)
        summed = ops.conv(lines, ones, padding="same", data_format="channels_last")
        return ops.reshape(summed, shape)

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("depth_radius", "k", "alpha", "beta")}
        return {**super().get_config(), **own}
