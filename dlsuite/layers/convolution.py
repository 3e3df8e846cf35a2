"""Convolutions whose maps are divided into groups."""

import keras
from keras import ops

from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class GroupedConv2D(keras.layers.Conv2D):
    """Keras' `Conv2D` with its `groups` computed one after the other.

    The same weights, options and answers; channels last only. The gradient of TensorFlow's own
    grouped convolution takes many times as long on a CPU as that of one without groups.

    `[B, H, W, C]` -> `[B, h, w, filters]`, kernel `[k, k, C / groups, filters]`: a group of
    `filters / groups` maps sees its own `C / groups` of the input.
    """

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        if self.groups == 1:
            return super().convolution_op(inputs, kernel)
        seen = ops.split(inputs, self.groups, axis=-1)
        kernels = ops.split(kernel, self.groups, axis=-1)
        one = super().convolution_op
        maps = [one(x, part) for x, part in zip(seen, kernels, strict=True)]
        return ops.concatenate(maps, axis=-1)
