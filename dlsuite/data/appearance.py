"""How pictures look, in a few numbers each: light, contrast, sharpness, size, colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in JPEG
SIDE = 8  # pixels of a thumbnail
LARGEST = 128  # pixels a side that traits are taken from: of more they say the same, slowly

# Trait -> what pictures with more and with less of it are.
WORDS = {
    "brightness": ("brighter", "darker"),
    "contrast": ("richer in contrast", "poorer in contrast"),
    "sharpness": ("sharper", "blurrier"),
    "height": ("higher", "lower"),
    "width": ("wider", "narrower"),
    "saturation": ("more colourful", "paler"),
    "redness": ("redder", "less red"),
    "blueness": ("bluer", "less blue"),
}


class Appearance(NamedTuple):
    """Traits of N pictures by name, float32 `[N]` each, and thumbnails in [0, 1], `[N, 64]`."""

    traits: dict[str, np.ndarray]
    thumbnails: np.ndarray


def appearance(pictures: Iterable[np.ndarray]) -> Appearance:
    """What pictures look like.

    Values are those of pixels in [0, 1], of pictures shrunk to 128 pixels a side: `brightness` is
    the mean luma, `contrast` its standard deviation, `sharpness` its mean absolute step from pixel
    to pixel. Of colour pictures
    `saturation` is the mean of the largest less the smallest channel, `redness` and `blueness` the
    mean of that channel less the luma. `height` and `width` are those of the picture as it came.

    Args:
        pictures: Bytes, uint8 `[H, W, C]`, each of its own size.
    """
    rows, thumbnails = [], []
    for picture in pictures:
        pixels = _shrunk(np.asarray(picture)).astype(np.float32) / 255
        coloured = pixels.shape[-1] == 3
        luma = pixels @ LUMA if coloured else pixels[..., 0]  # [H, W]
        size = {"height": float(picture.shape[0]), "width": float(picture.shape[1])}
        rows.append(_light(luma) | size | (_colour(pixels, luma) if coloured else {}))
        thumbnails.append(_thumbnail(luma))
    names = rows[0] if rows else {}
    return Appearance(
        {name: np.array([row[name] for row in rows], np.float32) for name in names},
        np.array(thumbnails, np.float32).reshape(len(rows), SIDE * SIDE),
    )


def _shrunk(picture: np.ndarray) -> np.ndarray:
    from PIL import Image

    factor = -(-max(picture.shape[:2]) // LARGEST)
    if factor < 2:
        return picture
    whole = Image.fromarray(picture if picture.shape[-1] == 3 else picture[..., 0])
    small = np.asarray(whole.reduce(factor))
    return small.reshape(*small.shape[:2], picture.shape[-1])


def _light(luma: np.ndarray) -> dict[str, float]:
    steps = [np.abs(np.diff(luma, axis=axis)) for axis in (0, 1) if luma.shape[axis] > 1]
    return {
        "brightness": float(luma.mean()),
        "contrast": float(luma.std()),
        "sharpness": float(np.mean([step.mean() for step in steps])) if steps else 0.0,
    }


def _colour(pixels: np.ndarray, luma: np.ndarray) -> dict[str, float]:
    return {
        "saturation": float((pixels.max(axis=-1) - pixels.min(axis=-1)).mean()),
        "redness": float((pixels[..., 0] - luma).mean()),
        "blueness": float((pixels[..., 2] - luma).mean()),
    }


def _thumbnail(luma: np.ndarray) -> np.ndarray:
    from PIL import Image

    small = Image.fromarray(luma).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float32).ravel()
