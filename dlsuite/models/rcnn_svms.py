"""The last step of R-CNN's training: a support vector machine for each class on fixed features."""

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import keras
import numpy as np
from pydantic import Field

from dlsuite.models.rcnn import RCNN
from dlsuite.ops.boxes import iou
from dlsuite.ops.ignored_boxes import shows_ignored
from dlsuite.progress import followed
from dlsuite.types import Tree

NEGATIVE_IOU = 0.3  # below which a region is background of a class (section 2.3)
NORM = 20.0  # that the features have on average, as in the authors' code, to which `penalty` fits
MARGIN = -1.0  # a hard negative's, or above
NEVER = -20.0  # the bias of a class without an example


class Found(NamedTuple):
    """Regions of some pictures: features `[n, D]`, whether each is the box of a class `[n, K]`,
    and whether it is background of a class `[n, K]`."""

    features: np.ndarray
    objects: np.ndarray
    background: np.ndarray


def fit_svms(
    model: RCNN,
    batches: Iterable[tuple[Tree, Tree]],
    *,
    penalty: Annotated[float, Field(gt=0)] = 0.001,
    drawn: Annotated[int, Field(ge=1)] = 32,
    seed: int = 0,
) -> dict[str, Any]:
    """Puts a linear support vector machine for each class in the place of the softmax's weights.

    Positive are the true boxes of a class, negative the regions that overlap none of them by 0.3.
    They are fitted on negatives drawn at random, and again with the hard ones of all pictures, as
    one pass suffices in the paper (section 2.3). Scores stay a softmax, of the margins and of 0 for
    background, so that 0.5 is the margin 0 where no other class is near.

    Args:
        model: Trained; its layer `class` is overwritten, nothing else changes.
        batches: `(x, y)` as in training but not augmented; gone through twice.
        penalty: What a violated margin costs; the paper's.
        drawn: Negatives of a picture at random, and hard ones at most.
        seed: Of the draws.

    Returns:
        For each class how many `positives` and `negatives` its last fit had, lists of K.

    Raises:
        ValueError: No picture has a box.
    """
    rng = np.random.default_rng(seed)
    features = keras.Model(model.head.input, model.head.get_layer("class").input)
    pool = _joined(
        _drawn(each, rng.permutation(len(each.features)), drawn)
        for each in _regions(model, features, batches, "looking at regions")
    )
    if not pool.objects.any():
        raise ValueError("`batches` must have a true box. Received: none.")
    scale = NORM / max(float(np.linalg.norm(pool.features, axis=1).mean()), 1e-12)
    kernel, bias = _fitted(pool, scale, penalty)
    hard = [pool]
    for each in _regions(model, features, batches, "seeking hard regions"):
        margins = each.features @ kernel + bias  # [n, K]
        worst = np.where(each.background, margins, -np.inf).max(axis=1)
        order = np.argsort(-worst)
        hard.append(_drawn(each, order[worst[order] > MARGIN], drawn, objects=False))
    pool = _joined(hard)
    kernel, bias = _fitted(pool, scale, penalty)
    layer = model.head.get_layer("class")
    layer.set_weights([np.pad(kernel, ((0, 0), (0, 1))), np.pad(bias, (0, 1))])
    return {
        "positives": pool.objects.sum(axis=0).tolist(),
        "negatives": pool.background.sum(axis=0).tolist(),
    }


def _regions(model: RCNN, features: keras.Model, batches: Any, what: str) -> Any:
    """The regions and true boxes of each picture."""
    classes = model.choices["num_classes"]
    for x, y in followed(batches, what, unit="batches"):
        images, proposals = np.asarray(x["image"]), np.asarray(x["proposals"])
        boxes, labels = np.asarray(y["boxes"]), np.asarray(y["labels"])
        for image, own, true, label in zip(images, proposals, boxes, labels, strict=True):
            spared = shows_ignored(own[None], true[None], label[None], image.shape[:2])
            own = own[~np.asarray(spared)[0]]
            true, label = true[label >= 0], label[label >= 0]
            regions = np.concatenate([true, own]).astype("float32")
            regions = regions[(regions[:, 2:] > regions[:, :2]).all(axis=1)]
            if not len(regions):
                continue
            yield _found(model, features, image, regions, true, np.eye(classes, dtype=bool)[label])


def _found(
    model: RCNN,
    features: keras.Model,
    image: np.ndarray,
    regions: np.ndarray,
    boxes: np.ndarray,
    classes: np.ndarray,
) -> Found:
    """Regions `[n, 4]` of one picture, the first of which are its boxes, of classes `[M, K]`."""
    crops = model.pooling([image[None], regions[None]])[0]
    overlaps = np.asarray(iou(regions, boxes))[:, :, None]  # [n, M, 1]
    near = np.where(classes[None], overlaps, 0.0).max(axis=1, initial=0.0)  # [n, K]
    objects = np.zeros(near.shape, bool)
    objects[: len(boxes)] = classes
    values = np.asarray(features(crops, training=False), "float64")
    return Found(values, objects, near < NEGATIVE_IOU)


def _drawn(each: Found, order: np.ndarray, count: int, objects: bool = True) -> Found:
    """The first `count` of an order that are no boxes, and the boxes too where `objects`."""
    boxes = each.objects.any(axis=1)
    chosen = order[~np.asarray(boxes)[order]][:count]
    if objects:
        chosen = np.concatenate([np.flatnonzero(boxes), chosen])
    return Found(*(array[chosen] for array in each))


def _joined(parts: Iterable[Found]) -> Found:
    return Found(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _fitted(pool: Found, scale: float, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Kernel `[D, K]` and bias `[K]` for features as the network gives them."""
    from sklearn.svm import LinearSVC

    count, classes = pool.features.shape[1], pool.objects.shape[1]
    kernel, bias = np.zeros((count, classes)), np.full(classes, NEVER)
    for label in range(classes):
        objects: np.ndarray = pool.objects[:, label]
        used = objects | pool.background[:, label]
        truth = objects[used]
        if truth.all() or not truth.any():
            continue
        machine = LinearSVC(C=penalty, intercept_scaling=10.0, random_state=0, max_iter=10_000)
        machine.fit(pool.features[used] * scale, truth)
        kernel[:, label], bias[label] = machine.coef_[0] * scale, machine.intercept_[0]
    return kernel, bias
