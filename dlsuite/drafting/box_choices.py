"""What suits pictures with boxes: size, grids, anchors, batch and epochs by counts and sizes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dlsuite.drafting.lines import Division, batch_of, by_count
from dlsuite.drafting.picture_choices import LONGEST, MEMORY, MIRRORED, MOST_KEPT, SQUARE
from dlsuite.host_memory import host_memory
from dlsuite.ops.anchors import kmeans_anchors
from dlsuite.survey.box_survey import BoxSurvey

USUAL = 320  # pixels of the longer side where boxes are large enough there
LARGEST = 640
ENLARGED = 2  # times, at most
LEGIBLE = 10  # pixels of a box's shorter side from which it can be told what is in it
SMALL, LARGE = 5, 95  # percentiles of boxes that are called so
# A box is found best by a grid of which it is some cells long (the anchors of YOLOv3 are 1 to 12).
OF_SMALL, OF_LARGE = 2, 4  # cells
STRIDES = (8, 16, 32)
ANCHORS = 3  # for each grid, as in YOLOv3
COMPARED = 5_000  # boxes by which anchors are tried
# Training pictures -> epochs: some 4,000 steps for little data, fewer passes over much.
EPOCHS = {100: 200, 500: 150, 2_000: 80, 10_000: 40, 50_000: 15}
FEWEST_EPOCHS = 8
MEASURED = 20  # times that dev is measured, about
MUCH = 20_000  # training pictures from which augmentation costs more time than it brings
# Pictures of 320x240 a second that the small YOLO learns from on two cores, and that are decoded.
LEARNED, DECODED = 25, 100
START_UP = 60  # seconds of reading, tracing, proving and drawing that every run takes
CHARACTERS = 2  # letters of a class's name up to which it looks like a character
MANY_MAPS = 70  # channels of all maps of the net, counted at full size


@dataclass(frozen=True)
class BoxChoices:
    """What is chosen for pictures with boxes, each from what a survey found."""

    survey: BoxSurvey

    @cached_property
    def division(self) -> Division:
        """How pictures are divided."""
        return Division.of(self.survey.pictures)

    @property
    def train(self) -> int:
        """Pictures that are learned from, about."""
        return self.division.counts["train"]

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width that the model sees, in pixels; pictures are fitted into it whole."""
        low, middle, high = self.survey.aspects
        long, step = self._long, self.strides[-1]
        up = step * math.ceil(long / step)
        if low < 1 < high or 1 / SQUARE <= middle <= SQUARE:
            return up, up
        other = step * math.ceil(long / min(max(middle, 1 / middle), LONGEST) / step)
        return (up, other) if middle > 1 else (other, up)

    @cached_property
    def strides(self) -> list[int]:
        """Pixels of a cell's side for each grid."""
        small, large = np.percentile(self._parts, (SMALL, LARGE)) * self._long
        finest = STRIDES[0] if small < OF_SMALL * STRIDES[1] else STRIDES[1]
        coarsest = STRIDES[1] if large < OF_LARGE * STRIDES[2] else STRIDES[2]
        return [stride for stride in STRIDES if finest <= stride <= max(coarsest, 2 * finest)]

    @cached_property
    def _parts(self) -> np.ndarray:
        """The shorter side of each box in parts of its picture's longer side."""
        shapes = self.survey.shapes
        return shapes[:, :2].min(axis=1) / shapes[:, 2:].max(axis=1)

    @cached_property
    def _long(self) -> float:
        """The longer side that is wanted: small boxes stay legible, as far as that can be had."""
        own = max(self.survey.height.median, self.survey.width.median)
        needed = LEGIBLE / float(np.percentile(self._parts, SMALL))
        return min(max(min(USUAL, own), needed), LARGEST, ENLARGED * own)

    @cached_property
    def seen(self) -> np.ndarray:
        """Width and height of each box in pixels of what the model sees, `[N, 2]`."""
        height, width = self.size
        shapes = self.survey.shapes
        scale = np.minimum(width / shapes[:, 2], height / shapes[:, 3])
        return shapes[:, :2] * scale[:, np.newaxis]

    @property
    def small(self) -> float:
        """The shorter side that all but the smallest boxes have as the model sees them."""
        return float(np.percentile(self.seen.min(axis=1), SMALL))

    @cached_property
    def anchors(self) -> tuple[int, float]:
        """How many anchors, as many for each grid, and the mean best IoU of boxes with them."""
        some = np.random.default_rng(0).permutation(len(self.seen))[:COMPARED]
        shapes = self.seen[some]
        different = len(np.unique(shapes, axis=0))
        count = max(1, min(ANCHORS, different // len(self.strides))) * len(self.strides)
        return count, kmeans_anchors(shapes, min(count, different))[1]

    @property
    def batch(self) -> int:
        """Pictures in a step of training."""
        return batch_of(self.train, 8, 16)

    @property
    def step_bytes(self) -> int:
        """What a step of training takes, about: float32 maps and their gradients."""
        return int(self.batch * math.prod(self.size) * MANY_MAPS * 4)

    @property
    def kept_bytes(self) -> int:
        """All pictures as the model sees them, float32."""
        return self.survey.count * math.prod(self.size) * 3 * 4

    @property
    def cached(self) -> bool:
        """Whether they are decoded once and kept."""
        return self.kept_bytes < min(MEMORY * host_memory().available, MOST_KEPT)

    @property
    def mirrors(self) -> str:
        """Why pictures are not mirrored, or an empty string."""
        names = list(self.survey.classes)
        if len(names) > 1 and all(len(name) <= CHARACTERS for name in names):
            return "the classes look like characters, which mirroring would change"
        if any(re.search(MIRRORED, name) for name in names):
            return "the names of the classes tell left from right"
        return ""

    @property
    def layers(self) -> list[dict[str, Any]]:
        """Of `augment`."""
        flip = [] if self.mirrors else [{"type": "RandomFlip", "mode": "horizontal"}]
        return [*flip, {"type": "RandomScaleCrop"}, {"type": "Mosaic", "factor": 0.5}]

    @property
    def augmented(self) -> bool:
        """Whether changed copies are worth their time."""
        return self.train < MUCH

    @property
    def epochs(self) -> int:
        """Passes over the training pictures."""
        return by_count(EPOCHS, self.train, FEWEST_EPOCHS)

    @property
    def measured(self) -> int:
        """Epochs from one measurement of dev to the next."""
        return max(1, self.epochs // MEASURED)

    @property
    def seconds(self) -> float:
        """What training takes on two cores, about."""
        area = math.prod(self.size) / (320 * 240)
        decoding = (1 if self.cached else self.epochs) * self.survey.count / DECODED
        return START_UP + decoding + self.epochs * self.train * area / LEARNED
