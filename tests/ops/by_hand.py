"""Boxes to try, and their overlap as a scalar."""

import numpy as np


def random_boxes(*shape: int, seed: int = 0) -> np.ndarray:
    """Boxes on a picture of 60 pixels, some of them empty and many overlapping."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(-10, 40, (*shape, 2))
    side = rng.uniform(0, 30, (*shape, 2)) * (rng.uniform(size=(*shape, 1)) > 0.1)
    return np.concatenate([start, start + side], axis=-1)


def iou_by_hand(a: np.ndarray, b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = width * height if width > 0 and height > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union else 0.0
