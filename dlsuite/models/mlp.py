"""The feedforward network of the course: dense hidden layers between an input and logits."""

from typing import Annotated

import keras
from pydantic import AfterValidator, Field

from dlsuite.models.geometry import batch_normalization, logits
from dlsuite.models.published import Paper

# He et al. 2015 (arXiv:1502.01852) for units that pass about half of their inputs, LeCun normal for
# self-normalizing ones (Klambauer et al. 2017); everything else gets Glorot and Bengio 2010.
HE_ACTIVATIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "elu", "celu", "gelu", "silu", "swish", "hard_silu"}
    | {"hard_swish", "mish", "softplus", "squareplus"}
)
SELF_NORMALIZING = frozenset({"selu"})
NOT_ACTIVATIONS = frozenset({"deserialize", "get", "serialize", "threshold"})
PAPER = Paper(
    "Rumelhart, Hinton, Williams",
    "Learning Representations by Back-Propagating Errors",
    1986,
    "Nature 323",
)


def known_activation(name: str) -> str:
    """The name itself.

    Raises:
        ValueError: Keras has no activation of that name that works without further arguments.
    """
    names = {n for n in dir(keras.activations) if not n.startswith("_")} - NOT_ACTIVATIONS
    if name not in names:
        raise ValueError(f"`activation` must be one of {sorted(names)}. Received: {name!r}.")
    return name


def mlp(
    input_shape: tuple[int, ...],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = (128, 64),
    activation: Annotated[str, AfterValidator(known_activation)] = "relu",
    batch_norm: bool = False,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """Multilayer perceptron: logits for classification, predictions for regression.

    Each hidden layer is a weighted sum, batch normalization where asked for (it then stands in for
    the bias), the activation and dropout. Kernels start at a scale that suits the activation: He
    for rectifiers, LeCun for selu, Glorot for tanh, sigmoid and the rest.

    Args:
        input_shape: Shape of one example, of any rank; it is flattened.
        num_classes: Width of the output; 1 for the regression of one number.
        hidden: Units of each hidden layer. Empty for a linear model.
        activation: Name of a Keras activation; the course's are sigmoid, tanh and relu.
        batch_norm: Normalize the weighted sums of hidden layers over the batch.
        dropout: Share of hidden outputs dropped in training; the course's 1 - keep_prob.

    Returns:
        Uncompiled model, `[B, *input_shape]` -> `[B, num_classes]`. Layers are named `hidden_1`,
        `hidden_2` … (the weighted sums) and `output`.

    Raises:
        ValueError: A dimension of `input_shape` is unknown, or Keras lacks the activation.
    """
    if None in input_shape:
        raise ValueError(f"`input_shape` must be known. Received: input_shape={input_shape}.")
    known_activation(activation)
    inputs = keras.Input(input_shape, name="features")
    x = keras.layers.Flatten(name="flatten")(inputs)  # [B, D]
    for number, units in enumerate(hidden, start=1):
        x = keras.layers.Dense(
            units,
            use_bias=not batch_norm,
            kernel_initializer=_initializer(activation),
            name=f"hidden_{number}",
        )(x)
        if batch_norm:
            name = f"batch_norm_{number}"
            x = batch_normalization(name)(x)
        x = keras.layers.Activation(activation, name=f"{activation}_{number}")(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout_{number}")(x)
    return keras.Model(inputs, logits(num_classes)(x), name="mlp")


def _initializer(activation: str) -> str:
    if activation in HE_ACTIVATIONS:
        return "he_normal"
    return "lecun_normal" if activation in SELF_NORMALIZING else "glorot_uniform"
