"""Size and colour of a sample of pictures."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dlsuite import progress
from dlsuite.data.file_names import shown
from dlsuite.data.picture_bytes import opened

COLOUR = 24  # difference of two channels, of 255, from which a pixel is coloured and not noise
COLOURED = 0.01  # share of such pixels from which a picture is one in colour
THUMBNAIL = (64, 64)  # pixels a side that are enough to see colour
ORIENTATION = 0x0112  # EXIF's tag: 1 is upright
LYING = range(2, 9)


class Range(NamedTuple):
    """Least, median and greatest of a quantity."""

    least: int
    median: int
    most: int

    @classmethod
    def of(cls, values: Sequence[int]) -> Range:
        """Of at least one value."""
        return cls(min(values), int(np.median(values)), max(values))


class Seen(NamedTuple):
    """One picture of the sample."""

    height: int
    width: int
    colour: bool
    lying: bool


def looked_at(root: Path, paths: Sequence[str]) -> tuple[list[Seen], list[dict[str, str]]]:
    """Sizes and colour of files, and those that cannot be read with the reason."""
    seen, bad = [], []
    for path in progress.followed(paths, "looking at pictures", unit="files"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Pillow about odd files
                with opened(root / path) as image:
                    width, height = image.size
                    lying = image.getexif().get(ORIENTATION) in LYING
                    image.draft("RGB", THUMBNAIL)
                    image.thumbnail(THUMBNAIL)
                    pixels = np.asarray(image.convert("RGB"))
        except Exception as error:  # Pillow's readers raise whatever a damaged file makes them
            bad.append({"path": shown(path), "reason": str(error) or type(error).__name__})
        else:
            seen.append(Seen(height, width, is_coloured(pixels), lying))
    return seen, bad


def is_coloured(pixels: np.ndarray) -> bool:
    """Whether bytes `[H, W, C]` show colour; a grey picture may be stored in three channels."""
    if pixels.shape[-1] == 1:
        return False
    values = pixels[..., :3].astype(np.int16)
    spread = values.max(axis=-1) - values.min(axis=-1)  # [H, W]
    return bool((spread > COLOUR).mean() > COLOURED)


def sizes(seen: Sequence[Seen]) -> dict[str, Any]:
    """What a sample says about all pictures, by the names of `PictureSurvey`."""
    low, middle, high = np.percentile([s.height / s.width for s in seen], (10, 50, 90))
    return {
        "sampled": len(seen),
        "height": Range.of([s.height for s in seen]),
        "width": Range.of([s.width for s in seen]),
        "aspects": (float(low), float(middle), float(high)),
        "coloured": sum(s.colour for s in seen) / len(seen),
        "lying": sum(s.lying for s in seen),
    }
