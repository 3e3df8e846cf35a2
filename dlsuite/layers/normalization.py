"""Normalization across neighbouring feature maps."""

from typing import Any

import keras
from keras import ops

from dlsuite.types import Tensor


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
