"""Object detection: which things are in a picture, and where.

dlsuite train shapes_yolo
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from dlsuite import evaluation, experiment
from dlsuite.data import Collection, DataError, DataSettings, Examples, Splits
from dlsuite.data.augment_settings import layers_move_boxes
from dlsuite.data.box_rows import truth_of
from dlsuite.data.regions import Proposed, few_covered, with_proposals
from dlsuite.drafting.box_draft import box_draft
from dlsuite.drafting.draft import Draft
from dlsuite.experiment.box_rival import usual_boxes
from dlsuite.experiment.box_shapes import Anchors, anchors_of
from dlsuite.experiment.candidate_boxes import candidate_boxes
from dlsuite.experiment.detecting import (
    DetectionSettings,
    answered,
    answering,
    compiled_detector,
    rehearsed_detector,
)
from dlsuite.experiment.detection_info import DetectionInfo, settled
from dlsuite.experiment.drawing_detections import drawn_detections, tabled_mistakes
from dlsuite.experiment.last_fit import fit_detector
from dlsuite.experiment.new_data import admitted_boxes, described_boxes
from dlsuite.experiment.remarks import detector_remarks
from dlsuite.layers import Letterbox
from dlsuite.metrics import Scores
from dlsuite.metrics.detection import TOLD, detection_scores
from dlsuite.ops.box_labels import ABSENT, as_ignored
from dlsuite.ops.letterboxing import into_letterbox
from dlsuite.recipe import Call, Room
from dlsuite.serving import Signature
from dlsuite.serving.detections import detection_signatures
from dlsuite.survey.look import Look
from dlsuite.types import Tree
from pipelines import SHIPPED

Model = Annotated[
    Call,
    Room(
        "dlsuite.models",
        late={
            "input_shape": (128, 128, 3),
            "num_classes": 3,
            "anchors": ((16.0, 16.0), (32.0, 32.0), (48.0, 48.0)),
            "dropout": 0.0,
        },
        beside=experiment.BESIDE,
    ),
]
Side = Annotated[int, Field(ge=16, le=4096)]


class DetectionData(DataSettings):
    """Where pictures with boxes come from.

    Attributes:
        image_size: (height, width) that the model sees; pictures are fitted into it whole, with a
            grey rim (letterbox).
        anchors: (width, height) of usual boxes in pixels of what the model sees, smallest first,
            for models that take anchors; or how many such are sought in train by k-means.
        proposals: Where regions come from that R-CNN and Fast R-CNN judge.
    """

    image_size: tuple[Side, Side]
    anchors: Annotated[int, Field(ge=1, le=64)] | Anchors = 9
    proposals: Proposed | None = None

    checks = (layers_move_boxes,)


class Settings(DetectionSettings):
    """A recipe of object detection."""

    pipeline: Literal["object_detection"] = "object_detection"
    data: DetectionData
    model: Model


def load(settings: Settings) -> Splits:
    """Pictures by split, with regions where the recipe proposes some."""
    data = settings.data
    collection, parts, report = data.load()
    train = parts["train"]
    if "boxes" not in train.rows:
        raise DataError(
            "`pipeline: object_detection` needs a source of pictures with boxes, such as voc, "
            f"coco, yolo or shapes. Received: {data.source.type}."
        )
    if (proposed := data.proposals) is not None:
        parts = {name: with_proposals(part, proposed) for name, part in parts.items()}
        report = replace(report, warnings=(*report.warnings, *few_covered(parts["train"])))
    anchors, fit = anchors_of(train, data.image_size, data.anchors)
    info = DetectionInfo(
        input_shape=(*data.image_size, 3),
        class_names=tuple(collection.about["class_names"]),
        anchors=anchors,
        mean_best_iou=fit,
        proposals=None if proposed is None else proposed.count,
    )
    return Splits(info=info, report=report, **parts)


def encode(settings: Settings, info: DetectionInfo) -> Callable[[Tree], tuple]:
    """Raw batches to letterboxed pictures and the boxes in them, see `ops.box_labels`."""
    seen, target = _seen(info), info.input_shape[:2]

    def encoded(raw: Tree) -> tuple:
        labels = raw["labels"]
        boxes = into_letterbox(raw["boxes"], raw["size"], target)
        boxes = keras.ops.where((labels != ABSENT)[..., None], boxes, 0.0)
        spared = raw["ignored"] & (labels != ABSENT)
        labels = keras.ops.where(spared, as_ignored(labels), labels)
        return seen(raw), {"boxes": boxes, "labels": labels}

    return encoded


def question(settings: Settings, info: DetectionInfo) -> Callable[[Tree], Tree]:
    """What the detector sees, and the size of each picture as it was."""
    seen = _seen(info)

    def asked(raw: Tree) -> Tree:
        x = seen(raw)
        return {**(x if isinstance(x, dict) else {"image": x}), "size": raw["size"]}

    return asked


def _seen(info: DetectionInfo) -> Callable[[Tree], Tree]:
    """Raw batches to what the detector gets: letterboxed pictures, perhaps with regions."""
    target = info.input_shape[:2]
    letterbox = Letterbox(target)

    def seen(raw: Tree) -> Tree:
        image = letterbox(raw["image"])
        if info.proposals is None:
            return image
        return {
            "image": image,
            "proposals": into_letterbox(raw["proposals"], raw["size"], target),
        }

    return seen


def build(settings: Settings, info: DetectionInfo, late: Mapping[str, Any]) -> keras.Model:
    """The compiled detector."""
    return compiled_detector(settings, info, late)


def predict(
    settings: Settings, info: DetectionInfo, model: keras.Model, batches: Any
) -> Iterator[Tree]:
    """Boxes in pixels of the pictures themselves, `{"boxes", "scores", "labels"}` `[B, D, ...]`."""
    return answered(settings.detections, info.input_shape[:2], model, batches)


def score(settings: Settings, info: DetectionInfo, examples: Examples, answers: Tree) -> Scores:
    """COCO's average precisions and recalls over a split, with its per-picture table."""
    truth = truth_of(examples.rows)
    return detection_scores(
        examples.keys, truth, answers, info.class_names, threshold=info.threshold
    )


def signatures(settings: Settings, info: DetectionInfo, model: keras.Model) -> dict[str, Signature]:
    """`serving_default` for arrays of pictures, `serve_bytes` for encoded files."""
    target, proposed = info.input_shape[:2], settings.data.proposals
    return detection_signatures(
        Letterbox(target),
        answering(settings.detections, target, model),
        info.class_names,
        threshold=info.threshold,
        proposals=None if proposed is None else proposed.model_dump(),
    )


def baseline(
    settings: Settings,
    splits: Splits,
    scored: Mapping[str, Examples],
    begun: Callable[[], keras.Model],
) -> dict[str, Scores]:
    """The boxes that train's pictures have most often, told from the score that suits dev best."""
    answer = usual_boxes(splits.train, settings.detections.max_detections)
    answers = {name: answer(part) for name, part in scored.items()}
    info = replace(splits.info, threshold=TOLD)
    if "dev" in scored:
        info, _ = settled(settings, info, scored["dev"], answers["dev"])
    return {name: score(settings, info, part, answers[name]) for name, part in scored.items()}


def admit(settings: Settings, info: DetectionInfo, collection: Collection) -> Collection:
    """Further pictures, their classes matched by name, with regions where the model judges them."""
    admitted = admitted_boxes(collection, info.class_names)
    proposed = settings.data.proposals
    if proposed is None:
        return admitted
    parts = {name: with_proposals(part, proposed) for name, part in admitted.parts.items()}
    return Collection(parts, admitted.about)


def propose(look: Look) -> Draft:
    """A first recipe for a user's own pictures with boxes."""
    return box_draft("object_detection", look.boxes)


pipeline = experiment.Pipeline(
    name="object_detection",
    settings=Settings,
    metric="map_50",
    load=load,
    encode=encode,
    question=question,
    build=build,
    rehearse=rehearsed_detector,
    remarks=detector_remarks,
    train=fit_detector,
    predict=predict,
    candidates=candidate_boxes,
    score=score,
    settle=settled,
    signatures=signatures,
    figures=drawn_detections,
    inspect=tabled_mistakes,
    baseline=baseline,
    info=DetectionInfo,
    outputs=lambda info: info.class_names,
    admit=admit,
    describe=lambda settings, info, examples: described_boxes(examples),
    propose=propose,
    shipped=SHIPPED,
)
run = partial(experiment.run, pipeline)
evaluate = partial(evaluation.evaluate, pipeline)
