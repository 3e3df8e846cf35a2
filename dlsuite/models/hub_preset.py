"""Any image classifier of KerasHub by the name of its preset, with a head for other classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import keras
from pydantic import Field

from dlsuite.models.features import pooled_features
from dlsuite.models.geometry import exact_dtype, image_input, logits
from dlsuite.models.network import silence_of
from dlsuite.models.published import Paper

PAPER = Paper(
    "Keras team",
    "KerasHub, whose presets have papers of their own",
    2024,
    "keras.io/keras_hub",
)
HUGGING_FACE, KAGGLE = "hf://", "kaggle://"
SERVERS = {HUGGING_FACE: "huggingface.co", KAGGLE: "api.kaggle.com"}
# What raises if a file cannot be fetched: each has errors of its own, and no ancestor in common.
FETCHING = frozenset({"huggingface_hub", "httpx", "httpx2", "kagglehub", "requests"})


def keras_hub(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    preset: Annotated[str, Field(min_length=1)],
    load_weights: bool = True,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """A classifier of KerasHub, with the layers `pixels`, `backbone` and `output`.

    `backbone` is all of it up to its last layer, its pooling too, with the weights of the preset;
    `output` is new. `pixels` scales images in [0, 1] as the preset's image converter does those in
    0 to 255; it resizes nothing. What a preset's name stands for is fetched once and kept by
    KerasHub.

    Args:
        input_shape: `(H, W, C)` of images float32, of the size and channels that the preset takes.
        num_classes: Number of logits.
        preset: A name that KerasHub knows, such as `resnet_18_imagenet`, `kaggle://…`, `hf://…`,
            or a folder that `save_to_preset` wrote.
        load_weights: Whether with its weights; without them the net is as its configuration says.
        dropout: Share of the features dropped in training.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: There is no such preset, it is not to be had now, it is no image classifier, it
            does not say of what pixels, or it takes other images.
    """
    shape = tuple(input_shape)
    classifier = _classifier(preset, load_weights)
    taken = tuple(classifier.input_shape[1:])
    if len(shape) != 3 or any(
        side not in (None, own) for side, own in zip(taken, shape, strict=True)
    ):
        raise ValueError(
            f"`input_shape` must be {taken}, where None stands for any side, for {preset}. "
            f"Received: input_shape={shape}."
        )
    inputs = image_input(shape, 1, "which the preset may want larger")
    backbone = pooled_features(classifier)
    backbone.name = "backbone"
    x = backbone(_pixels(classifier, preset)(inputs))  # [B, D]
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, logits(num_classes)(x), name="keras_hub")


def _classifier(preset: str, load_weights: bool) -> Any:
    try:
        import keras_hub as hub
    except ImportError as error:
        raise ValueError(
            f"`type: keras_hub` needs KerasHub: pip install 'dlsuite[hub]'. Received: {error}."
        ) from error
    address = hub.models.Backbone.presets.get(preset, {}).get("kaggle_handle", preset)
    with _not_waiting(address) as silence:
        if silence and address.startswith(KAGGLE) and not _is_kept(address):
            raise _not_there(preset, silence)  # Kaggle's library would try for minutes
        try:
            return hub.models.ImageClassifier.from_preset(
                preset,
                load_weights=load_weights,
                num_classes=1,  # a head that nobody asks, for one of the preset's own would be read
                dtype=keras.config.dtype_policy().name,
            )
        except Exception as error:  # of any of the libraries that fetch
            is_missing = bool(silence) and isinstance(error, OSError | ValueError)
            if not is_missing and not _is_of_fetching(error):
                raise
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise _not_there(preset, silence or first) from error


def _not_there(preset: str, reason: str) -> ValueError:
    return ValueError(
        f"`preset` {preset} is not on this machine and cannot be fetched: {reason.rstrip('.')}. "
        "Where there is a network, load it once with keras_hub and `save_to_preset` it to a "
        "folder; name that folder here."
    )


@contextmanager
def _not_waiting(address: str) -> Iterator[str]:
    """Why the server of a preset is silent; that of Hugging Face is not asked again inside."""
    scheme = next((known for known in SERVERS if address.startswith(known)), "")
    silence = silence_of(SERVERS[scheme]) if scheme else ""
    if not (silence and scheme == HUGGING_FACE):
        yield silence
        return
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield silence
    finally:
        constants.HF_HUB_OFFLINE = before


def _is_kept(address: str) -> bool:
    """Whether Kaggle's library has the preset; without a version it would have to ask which."""
    from kagglehub.cache import Cache
    from kagglehub.handle import parse_model_handle

    handle = parse_model_handle(address.removeprefix(KAGGLE))
    return handle.is_versioned() and Cache().load_from_cache(handle, "config.json") is not None


def _is_of_fetching(error: BaseException) -> bool:
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, ConnectionError | TimeoutError) or not modules.isdisjoint(FETCHING)


def _pixels(classifier: Any, preset: str) -> keras.layers.Layer:
    """Images in [0, 1] as the preset's converter makes them of those in 0 to 255."""
    converter = getattr(classifier.preprocessor, "image_converter", None)
    if converter is None:
        raise ValueError(
            "`preset` must have an image converter, which says of what pixels it learned. "
            f"Received: {preset}, which has none."
        )
    scale, offset = getattr(converter, "scale", None), getattr(converter, "offset", None)
    factors = (
        [255.0 * each for each in scale]
        if isinstance(scale, list | tuple)
        else 255.0 * (1.0 if scale is None else scale)
    )
    return keras.layers.Rescaling(
        factors,
        0.0 if offset is None else offset,
        dtype=exact_dtype(),
        name="pixels",
    )
