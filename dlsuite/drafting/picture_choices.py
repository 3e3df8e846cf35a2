"""What suits pictures of one class each: size, model, batch and epochs by counts and sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dlsuite.drafting.lines import Division, batch_of, by_count
from dlsuite.host_memory import host_memory
from dlsuite.survey.picture_survey import PictureSurvey

FILES = ("image_folder", "image_csv")  # sources that decode, the others hold arrays
LENET_LEAST = 28  # pixels a side, see models.lenet5
STRIDE = 4  # of LeNet-5's two poolings: sides in these steps lose no pixel
KEPT = 40  # pixels a side up to which pictures of one size stay as they are
TINY = 14  # pixels a side: enlarged more than twice for LeNet-5, a picture is mostly invented
# Training pictures -> side for LeNet-5, whose first dense layer grows with the square of it.
SIDES = {1_000: 48, 10_000: 64}
LARGEST = 96
LONGEST = 2  # a side to the other
SQUARE = 1.25  # a side to the other up to which a square does no harm
PHOTOGRAPH = 64  # pixels a side from which a grey picture is no character
# Training pictures -> epochs: some 1,500 steps for little data, fewer passes over much.
EPOCHS = {1_000: 50, 10_000: 30, 100_000: 15}
FEWEST_EPOCHS = 8
MUCH = 20_000  # training pictures from which augmentation costs more time than it brings
MEMORY = 0.25  # share of what is free that kept pictures may take
MOST_KEPT = 2**31  # bytes
# Pictures of 28x28 a second that LeNet-5 learns from on two cores, and that are decoded.
LEARNED, DECODED = 2_500, 400
START_UP = 20  # seconds of reading, proving and drawing that every run takes
MIRRORED = re.compile(r"(?i)(^|[\W_])(left|right|links|rechts)($|[\W_])")


@dataclass(frozen=True)
class PictureChoices:
    """What is chosen for pictures, each from what a survey found."""

    survey: PictureSurvey

    @cached_property
    def division(self) -> Division:
        """How they are divided."""
        return Division.of({part: sum(c.values()) for part, c in self.survey.counts.items()})

    @property
    def train(self) -> int:
        """Pictures that are learned from, about."""
        return self.division.counts["train"]

    @property
    def grey(self) -> bool:
        """Whether there is no colour to see."""
        return self.survey.coloured < 0.05

    @property
    def short(self) -> int:
        """Median of the shorter side, in pixels."""
        return min(self.survey.height.median, self.survey.width.median)

    @property
    def model(self) -> str:
        """LeNet-5, or a net without convolutions for pictures too small for it."""
        return "mlp" if self.short < TINY else "lenet5"

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width that the model sees, in pixels."""
        survey = self.survey
        own = (survey.height.median, survey.width.median)
        alike = not survey.sides_differ and max(own) <= KEPT
        if self.model == "mlp" or (alike and min(own) >= LENET_LEAST):
            return own
        side = min(by_count(SIDES, self.train, LARGEST), max(self.short, LENET_LEAST))
        side = max(LENET_LEAST, side // STRIDE * STRIDE)
        low, middle, high = survey.aspects
        mixed = low < 1 < high
        if mixed or 1 / SQUARE <= middle <= SQUARE:
            return side, side
        long = round(side * min(max(middle, 1 / middle), LONGEST) / STRIDE) * STRIDE
        return (long, side) if middle > 1 else (side, long)

    @property
    def mirrors(self) -> str:
        """Why pictures are not mirrored, or an empty string."""
        names = list(self.survey.classes)
        if all(len(name) <= 2 for name in names):
            return "the classes look like characters, which mirroring would change"
        if any(MIRRORED.search(name) for name in names):
            return "the names of the classes tell left from right"
        if self.grey and self.short < PHOTOGRAPH:
            return "small grey pictures are often characters, which it would change"
        return ""

    @property
    def batch(self) -> int:
        """Pictures in a step of training."""
        return batch_of(self.train, 8, 128)

    @property
    def step_bytes(self) -> int:
        """What a step of training takes, about: float32 maps of LeNet-5 and their gradients."""
        height, width = self.size
        maps = (3, 6, 6 / 4, 16 / 4, 16 / 16, 120 / 16)  # channels over what pooling left
        return int(self.batch * height * width * sum(maps) * 4 * 2)

    @property
    def kept_bytes(self) -> int:
        """All pictures as the model sees them, float32."""
        return self.survey.count * self.size[0] * self.size[1] * (1 if self.grey else 3) * 4

    @property
    def cached(self) -> bool:
        """Whether they are decoded once and kept, which arrays are already."""
        room = min(MEMORY * host_memory().available, MOST_KEPT)
        return self.survey.source in FILES and self.kept_bytes < room

    @property
    def augmented(self) -> bool:
        """Whether changed copies are worth their time."""
        return self.train < MUCH

    @property
    def layers(self) -> list[dict[str, Any]]:
        """Of `augment`."""
        moved: dict[str, Any] = {"type": "RandomTranslation"}
        moved |= {"height_factor": 0.1, "width_factor": 0.1, "fill_mode": "nearest"}
        return [moved] if self.mirrors else [{"type": "RandomFlip", "mode": "horizontal"}, moved]

    @property
    def dropout(self) -> float:
        """Share of units dropped: more where a class has few pictures."""
        each = self.train / len(self.survey.classes)
        return 0.4 if each < 200 else 0.3 if each < 1_000 else 0.2

    @property
    def epochs(self) -> int:
        """Passes over the training pictures, at most."""
        return by_count(EPOCHS, self.train, FEWEST_EPOCHS)

    @property
    def seconds(self) -> float:
        """What training takes on two cores, about."""
        area = self.size[0] * self.size[1] / 28**2
        decoding = (1 if self.cached else self.epochs) * self.survey.count / DECODED
        if self.survey.source not in FILES:
            decoding = 0
        return START_UP + decoding + self.epochs * self.survey.count * area / LEARNED
