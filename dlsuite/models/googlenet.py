"""GoogLeNet of Szegedy et al. 2014: Inception modules, and two classifiers on the way."""

from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from dlsuite.layers import LocalResponseNormalization
from dlsuite.models.geometry import batch_normalization, image_input, logits, scaled
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

# Module -> maps of 1x1; of 3x3 and the 1x1 before it; of 5x5 and the 1x1 before it; of the 1x1
# after pooling (table 1).
MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
POOLED_AFTER = {"3b": "pool3", "4e": "pool4"}
WITH_HEAD = {"4a": "auxiliary1", "4d": "auxiliary2"}
HEAD_MAPS, HEAD_UNITS, HEAD_DROPOUT = 128, 1024, 0.7  # section 5
HEAD_WEIGHT = 0.3  # of each auxiliary loss (section 5)
HEAD_POOL = 5  # pixels, with stride 3
SMALLEST = {"paper": 32, "small": 4}  # pixels: every stage pads; the strides multiply to this.
PAPER = Paper(
    "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    "Going Deeper with Convolutions",
    2014,
    "CVPR 2015, arXiv:1409.4842",
    forms=(
        Form("with both heads", 13_378_280, "sum of the widths of table 1 and section 5"),
        Form("without heads", 6_998_552, "sum of the widths of table 1", {"auxiliary": False}),
    ),
    stages=("conv1", "pool1", "conv2", "pool2", *(f"inception_{name}" for name in MODULES)),
    smallest=SMALLEST["paper"],
)


def googlenet(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    auxiliary: bool = True,
    batch_norm: bool = False,
    stem: Literal["paper", "small"] = "paper",
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.4,
) -> keras.Model:
    """GoogLeNet, with the stages `conv1`, `conv2`, `inception_3a` to `inception_5b` and `output`.

    13,378,280 parameters with auxiliary heads, three channels, 224x224 and 1,000 classes; 6,998,552
    without. In training the heads after 4a and 4d add 0.3 of their loss each; the model gives, and
    exports, the logits at its end alone.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 32 (4 with `stem: small`), any
            channels.
        num_classes: Number of logits.
        auxiliary: Whether there are the two heads. A number to predict takes none.
        batch_norm: Whether a batch normalization stands before every rectifier, in place of the
            convolution's bias and of local response normalization (Ioffe and Szegedy 2015).
        stem: `paper` divides a side by 8 before the first module; `small` is one 3x3 convolution at
            full size, for pictures of about 32 pixels.
        width: Factor of the maps of every stage and of the heads' units.
        dropout: Share of the pooled features dropped in training.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: An unknown stem, or an image that its strides leave nothing of.
    """
    if stem not in SMALLEST:
        raise ValueError(f"`stem` must be one of {sorted(SMALLEST)}. Received: {stem!r}.")
    block = Block(width, batch_norm)
    x = inputs = image_input(input_shape, SMALLEST[stem], "the product of its strides")
    x = _stem(x, block, stem)
    heads = []
    for name, maps in MODULES.items():
        x = _inception(x, block, maps, f"inception_{name}")
        if auxiliary and name in WITH_HEAD:
            heads.append(_head(x, block, num_classes, WITH_HEAD[name]))
        if name in POOLED_AFTER:
            x = _halved(x, POOLED_AFTER[name])
    x = keras.layers.GlobalAveragePooling2D(name="pool5")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    x = logits(num_classes)(x)
    if not heads:
        return keras.Model(inputs, x, name="googlenet")
    choices = {
        "input_shape": tuple(input_shape),
        "num_classes": num_classes,
        "batch_norm": batch_norm,
        "stem": stem,
        "width": width,
        "dropout": dropout,
    }
    return GoogLeNet(inputs, x, heads, choices, name="googlenet")


@keras.saving.register_keras_serializable(package="dlsuite")
class GoogLeNet(keras.Model):
    """The net with its two heads, which have a say in the loss of training and nowhere else.

    Args:
        inputs: Of the functional model.
        outputs: Logits `[B, K]` at its end.
        heads: Logits `[B, K]` on the way.
        choices: Arguments of `googlenet` that build the same net again.
    """

    def __init__(
        self,
        inputs: Tensor,
        outputs: Tensor,
        heads: list[Tensor],
        choices: dict[str, Any],
        **o: Any,
    ) -> None:
        super().__init__(inputs, outputs, **o)
        self.choices = choices
        self.with_heads = keras.Model(inputs, [outputs, *heads], name="with_heads")
        self._said: list[Tensor] = []  # The heads' logits of the step that is being taken.

    def call(self, inputs: Tensor, training: bool | None = None, mask: Any = None) -> Tensor:
        if not training:
            return super().call(inputs, training=training, mask=mask)
        outputs, *self._said = self.with_heads(inputs, training=True)
        return outputs

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        said, self._said = self._said, []
        if training and loss is not None:
            for head in said:
                loss += HEAD_WEIGHT * self.loss(y, head, sample_weight=sample_weight)
        return loss

    def get_config(self) -> dict[str, Any]:
        return {"choices": self.choices, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "GoogLeNet":
        return googlenet(**config["choices"])


class Block:
    """How every convolution of one net looks."""

    def __init__(self, width: float, batch_norm: bool) -> None:
        self.width = width
        self.batch_norm = batch_norm

    def __call__(self, x: Tensor, maps: int, side: int, name: str, *, strides: int = 1) -> Tensor:
        """A padded convolution with its rectifier, which has the name."""
        if self.batch_norm:
            return self._normalized(x, maps, side, name, strides)
        convolution = keras.layers.Conv2D(
            scaled(maps, self.width),
            side,
            strides,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=name,
        )
        return convolution(x)

    def _normalized(self, x: Tensor, maps: int, side: int, name: str, strides: int) -> Tensor:
        x = keras.layers.Conv2D(
            scaled(maps, self.width),
            side,
            strides,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"{name}_a",
        )(x)
        x = batch_normalization(f"{name}_bn")(x)
        return keras.layers.ReLU(name=name)(x)

    def contrast(self, x: Tensor, name: str) -> Tensor:
        """Local response normalization, where no batch normalization does its work."""
        return x if self.batch_norm else LocalResponseNormalization(name=name)(x)


def _stem(x: Tensor, block: Block, stem: str) -> Tensor:
    if stem == "small":
        return block(x, 192, 3, "conv2")
    x = block(x, 64, 7, "conv1", strides=2)
    x = block.contrast(_halved(x, "pool1"), "norm1")
    x = block(x, 64, 1, "conv2_reduce")
    x = block.contrast(block(x, 192, 3, "conv2"), "norm2")
    return _halved(x, "pool2")


def _inception(x: Tensor, block: Block, maps: tuple[int, ...], name: str) -> Tensor:
    """Four looks at the same maps, side by side (figure 2b)."""
    one, three_reduce, three, five_reduce, five, pooled = maps
    sides = [
        block(x, one, 1, f"{name}_1x1"),
        block(block(x, three_reduce, 1, f"{name}_3x3_reduce"), three, 3, f"{name}_3x3"),
        block(block(x, five_reduce, 1, f"{name}_5x5_reduce"), five, 5, f"{name}_5x5"),
        block(
            keras.layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x),
            pooled,
            1,
            f"{name}_pool_proj",
        ),
    ]
    return keras.layers.Concatenate(name=name)(sides)


def _halved(x: Tensor, name: str) -> Tensor:
    return keras.layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)


def _head(x: Tensor, block: Block, num_classes: int, name: str) -> Tensor:
    """A classifier of its own (section 5); maps under 5 pixels are pooled whole."""
    side = tuple(min(HEAD_POOL, side) for side in x.shape[1:3])
    x = keras.layers.AveragePooling2D(side, strides=3, name=f"{name}_pool")(x)
    x = block(x, HEAD_MAPS, 1, f"{name}_conv")
    x = keras.layers.Flatten(name=f"{name}_flatten")(x)
    x = keras.layers.Dense(
        scaled(HEAD_UNITS, block.width), "relu", kernel_initializer="he_normal", name=f"{name}_fc"
    )(x)
    x = keras.layers.Dropout(HEAD_DROPOUT, name=f"{name}_dropout")(x)
    return logits(num_classes, f"{name}_output")(x)
