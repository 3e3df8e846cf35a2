"""A detector with all that its raw outputs go through until they are boxes of the picture asked."""

from __future__ import annotations

import keras

from dlsuite.ops.letterboxing import out_of_letterbox
from dlsuite.types import Tree


class Answering(keras.Model):
    """Letterboxed pictures and their own sizes to boxes in the pixels of those sizes.

    Training, scores and the served model ask through it, so that there is one answer. It shares
    the detector's weights, and is never trained or saved itself.

    Args:
        detector: With `detect`, which makes boxes `[B, A, 4]` and scores `[B, A, K]` of its raw
            outputs.
        detections: Layer of those to answers, see `layers.Detections`.
        target: `(H, W)` of the letterboxed pictures.
    """

    def __init__(
        self, detector: keras.Model, detections: keras.Layer, target: tuple[int, int]
    ) -> None:
        super().__init__(name="answering")
        self.detector = detector
        self.detections = detections
        self.target = target

    def call(self, x: Tree, training: bool = False) -> Tree:
        """Answers to `{"image": [B, H, W, 3], "size": [B, 2]}`, perhaps with `proposals`.

        Returns:
            `boxes` float32 `[B, D, 4]` in pixels of the picture of that (height, width), `scores`
            `[B, D]`, `labels` int32 `[B, D]`; absent ones are 0, 0 and -1.
        """
        found = self.detections(self.proposed(x))
        boxes = out_of_letterbox(found["boxes"], x["size"], self.target)
        there = keras.ops.cast(found["labels"] >= 0, boxes.dtype)[..., None]
        return {**found, "boxes": boxes * there}

    def proposed(self, x: Tree) -> Tree:
        """What suppression chooses from, in pixels of the letterboxed pictures.

        Returns:
            `boxes` float32 `[B, A, 4]` and `scores` `[B, A, K]`.
        """
        asked = {name: value for name, value in x.items() if name != "size"}
        raw = self.detector(asked if len(asked) > 1 else asked["image"], training=False)
        proposed: Tree = self.detector.detect(raw)
        return proposed


def is_detector(model: keras.Model) -> bool:
    """Whether a model finds boxes."""
    return callable(getattr(model, "detect", None))
