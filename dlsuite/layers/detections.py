"""What a detector answers, out of what it proposes: the last layer of a served model."""

from typing import Any

import keras

from dlsuite.ops.nms import nms, soft_nms
from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class Detections(keras.layers.Layer):
    """The best boxes of every class, without the others that show the same.

    `{"boxes": [B, A, 4], "scores": [B, A, K]}` -> `{"boxes": float32 [B, D, 4], "scores": float32
    [B, D], "labels": int32 [B, D]}` by falling score; what is absent has label -1, score 0 and box
    0. No weights, no gradient; in float32 under every dtype policy.

    Args:
        iou_threshold: A box goes that overlaps a better one of its class by more, in [0, 1]. Not
            used where `soft`.
        score_threshold: Only scores above this are answered.
        max_detections: D, the most for a picture over all classes.
        soft: Overlapping boxes lose score rather than go (`soft_nms`, sigma 0.5).

    Raises:
        ValueError: An `iou_threshold` outside [0, 1] or a `max_detections` below 1.
    """

    def __init__(
        self,
        iou_threshold: float = 0.5,
        score_threshold: float = 0.05,
        max_detections: int = 100,
        soft: bool = False,
        **options: Any,
    ) -> None:
        # Half precision would move a box on a large picture by a pixel.
        super().__init__(autocast=False, **options)
        if not 0 <= iou_threshold <= 1 or max_detections < 1:
            raise ValueError(
                "`iou_threshold` must be in [0, 1] and `max_detections` at least 1. "
                f"Received: iou_threshold={iou_threshold}, max_detections={max_detections}."
            )
        self.iou_threshold, self.score_threshold = iou_threshold, score_threshold
        self.max_detections, self.soft = max_detections, soft
        self.supports_jit = False  # XLA has not got the kernel.

    def call(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        bounds: dict[str, Any] = {
            "score_threshold": self.score_threshold,
            "max_detections": self.max_detections,
        }
        if self.soft:
            return soft_nms(inputs["boxes"], inputs["scores"], **bounds)
        bounds["iou_threshold"] = self.iou_threshold
        return nms(inputs["boxes"], inputs["scores"], **bounds)

    def compute_output_spec(self, inputs: dict[str, Tensor]) -> dict[str, keras.KerasTensor]:
        places = (inputs["boxes"].shape[0], self.max_detections)
        return {
            "boxes": keras.KerasTensor((*places, 4), "float32"),
            "scores": keras.KerasTensor(places, "float32"),
            "labels": keras.KerasTensor(places, "int32"),
        }

    def get_config(self) -> dict[str, Any]:
        names = ("iou_threshold", "score_threshold", "max_detections", "soft")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
