"""What a served detector can be asked: boxes in the pixels of the picture that was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite.serving.signatures import Signature, pixels_of, png_files
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import keras

CHANNELS = 3
KINDS = ("boxes", "scores", "labels")  # of an answer


def detection_signatures(
    letterbox: keras.Layer,
    answering: keras.Model,
    class_names: Sequence[str],
    *,
    threshold: float,
    proposals: Mapping[str, Any] | None = None,
) -> dict[str, Signature]:
    """Signatures of a detector, non-maximum suppression inside the graph.

    `serving_default` takes `image`, uint8 `[B, H, W, 3]`, pictures of one size; `serve_bytes` takes
    `image_bytes`, encoded PNG or JPEG `[B]`, each of its own size. Both give `boxes` float32
    `[B, D, 4]` (x_min, y_min, x_max, y_max) in pixels of the picture sent, `scores` float32
    `[B, D]`, falling, `labels` int32 `[B, D]` and `class_name` string `[B, D]`; where fewer than D
    are found the rest has score 0, label -1 and no name. A detector that judges proposals takes
    them as well: `proposals` float32 `[B, P, 4]`, in pixels of the picture sent.

    Args:
        letterbox: The layer of training from raw pixels to what the detector takes.
        answering: Of `{"image", "size"}`, perhaps `proposals` in pixels of the letterboxed picture,
            to answers, see `KINDS`.
        class_names: By label.
        threshold: Score from which a box is told where one answer counts; kept in the manifest. The
            signatures answer weaker ones as well.
        proposals: How they are found where the detector judges them, the fields of
            `data.regions.Proposed`; kept in the manifest.
    """
    import tensorflow as tf

    from dlsuite.ops.letterboxing import into_letterbox  # who only asks an export has no Keras

    height, width = letterbox.size
    fitting = (
        tf.TensorSpec((height, width, CHANNELS), tf.float32),
        tf.TensorSpec((2,), tf.int32),
    )
    names = [*class_names, ""]  # label -1 takes the last

    def said(images: Tensor, sizes: Tensor, more: Mapping[str, Tensor]) -> dict[str, Tensor]:
        target = (height, width)
        regions = {name: into_letterbox(boxes, sizes, target) for name, boxes in more.items()}
        answers = answering({"image": images, "size": sizes, **regions}, training=False)
        labels = tf.cast(answers["labels"], tf.int32)
        known = tf.where(labels < 0, len(class_names), labels)
        return {
            **{kind: answers[kind] for kind in KINDS},
            "labels": labels,
            "class_name": tf.gather(tf.constant(names), known),
        }

    def fitted(images: Tensor) -> Tensor:
        return tf.ensure_shape(letterbox(images), (None, height, width, CHANNELS))

    def answer(image: Tensor, **more: Tensor) -> dict[str, Tensor]:
        shape = tf.shape(image)
        return said(fitted(image), tf.tile(shape[None, 1:3], [shape[0], 1]), more)

    def prepare_file(data: Tensor) -> tuple[Tensor, Tensor]:
        image = tf.io.decode_image(data, channels=CHANNELS, expand_animations=False)
        return fitted(image[None])[0], tf.shape(image)[:2]

    def answer_files(image_bytes: Tensor, **more: Tensor) -> dict[str, Tensor]:
        images, sizes = tf.map_fn(prepare_file, image_bytes, fn_output_signature=fitting)
        return said(images, sizes, more)

    further: dict[str, tf.TensorSpec] = {}
    about: dict[str, Any] = {"detects": list(class_names), "threshold": threshold}
    if proposals is not None:
        further["proposals"] = tf.TensorSpec((None, None, 4), tf.float32)
        about["proposals"] = dict(proposals)
    return {
        "serving_default": Signature(
            {"image": tf.TensorSpec((None, None, None, CHANNELS), tf.uint8), **further},
            answer,
            _asked("image", pixels_of, proposals is not None),
            (letterbox, answering),
            about,
        ),
        "serve_bytes": Signature(
            {"image_bytes": tf.TensorSpec((None,), tf.string), **further},
            answer_files,
            _asked(
                "image_bytes", lambda pixels: png_files(pixels_of(pixels)), proposals is not None
            ),
            (letterbox, answering),
            about,
        ),
    }


def _asked(
    name: str, form: Callable[[np.ndarray], np.ndarray], proposed: bool
) -> Callable[[Tree], dict[str, Any]]:
    """How a raw batch is sent: its pictures in a form, and its proposals where there are any."""

    def replay(raw: Tree) -> dict[str, np.ndarray]:
        more = {"proposals": np.asarray(raw["proposals"], np.float32)} if proposed else {}
        return {name: form(raw["image"]), **more}

    return replay
