"""What a network computes before its end: at stages that have a name, or all that its head gets."""

from collections.abc import Sequence

import keras


def features(model: keras.Model, stages: Sequence[str]) -> keras.Model:
    """A model of the same weights that gives what `model` computes at some of its layers.

    The networks of this catalogue name their stages as their papers do: `conv2` to `conv5` of a
    ResNet, `pool1` to `pool5` of a VGG, `inception_4e` of GoogLeNet, `fire9` of SqueezeNet.

    Args:
        model: A functional model.
        stages: Names of layers, each at least once.

    Returns:
        Model, the input of `model` -> `{stage: activations}`, such as `[B, h, w, C]`.

    Raises:
        ValueError: No stage, or one that no layer has for a name.
    """
    names = [layer.name for layer in model.layers]
    unknown = [stage for stage in stages if stage not in names]
    if unknown or not stages:
        raise ValueError(
            f"`stages` must be names of layers of {model.name}: {', '.join(names)}. "
            f"Received: {', '.join(unknown) or 'none'}."
        )
    outputs = {stage: model.get_layer(stage).output for stage in stages}
    return keras.Model(model.input, outputs, name=f"{model.name}_features")


def pooled_features(model: keras.Model) -> keras.Model:
    """A model of the same weights that gives what the last layer with weights gets.

    Where that are maps, such as those before the last convolution of SqueezeNet, they are averaged
    over their fields.

    Args:
        model: A functional model whose last layer with weights makes its outputs.

    Returns:
        Model, the input of `model` -> features `[B, D]`.
    """
    head = [layer for layer in model.layers if layer.weights][-1]
    x = head.input
    if len(x.shape) > 2:
        x = keras.ops.mean(x, axis=tuple(range(1, len(x.shape) - 1)))  # [B, D]
    return keras.Model(model.input, x, name=f"{model.name}_features")
