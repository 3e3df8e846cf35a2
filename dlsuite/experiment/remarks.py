"""What becomes of a recipe's numbers for its data: what applications remark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlsuite.experiment.pipeline import Remark
from dlsuite.experiment.starting import starts_from_weights
from dlsuite.recipe.signature import parameters
from dlsuite.training.accumulation import accumulated
from dlsuite.training.averages import unsettled_statistics, unsettled_weights

if TYPE_CHECKING:
    import keras

    from dlsuite.training.settings import Stage


def remarks(
    settings: Any, info: Any, model: keras.Model, late: Mapping[str, Any]
) -> Iterator[Remark]:
    """The penalty that the course's λ became, averages too slow for the run, steps left over."""
    regularization, count = settings.regularization, late["train_count"]
    if regularization.l2 and regularization.l2_form == "course":
        factor = regularization.l2_factor(count)
        yield Remark(
            "regularization.l2",
            f"The course's λ of {regularization.l2:g} is a penalty of λ / (2 · {count:,}) = "
            f"{factor:.4g} times the sum of squares of the kernels.",
            factor,
        )
    size = settings.data.batch_size
    if size != "full" and size > count:
        yield Remark(
            "data.batch_size",
            f"A batch of {size:,} is more than the {count:,} examples of train: each step takes "
            "all of them.",
            count,
        )
    per_epoch, training = late["steps_per_epoch"], settings.training
    if not starts_from_weights(settings.model):
        resting = _resting(model, training.stages, per_epoch)
        slow = unsettled_statistics(model, per_epoch * late["epochs"], resting)
        if slow:
            yield Remark("regularization.batch_norm_momentum", slow)
    for stage in training.parts:  # each begins its optimizer anew
        where = f"Stage {stage.name}: " if training.stages else ""
        yield from _of_the_optimizer(model.optimizer, per_epoch * stage.epochs, where)


def detector_remarks(
    settings: Any, info: Any, model: keras.Model, late: Mapping[str, Any]
) -> Iterator[Remark]:
    """The anchors that k-means found and how well they suit, beside what `remarks` says."""
    takes_them = "anchors" in parameters(settings.model.target)
    if takes_them and isinstance(settings.data.anchors, int):
        height, width = info.input_shape[:2]
        found = ", ".join(f"{w:.0f}x{h:.0f}" for w, h in info.anchors)
        yield Remark(
            "data.anchors",
            f"Anchors, width x height in pixels of {width}x{height}: {found}. The boxes of train "
            f"overlap the one that suits each best by {info.mean_best_iou:.2f} in the mean.",
            [[round(w, 1), round(h, 1)] for w, h in info.anchors],
        )
    yield from remarks(settings, info, model, late)


def _of_the_optimizer(optimizer: Any, steps: int, where: str) -> Iterator[Remark]:
    slow = unsettled_weights(optimizer, steps)
    if slow:
        yield Remark("optimizer.ema_momentum", f"{where}{slow}")
    each = accumulated(optimizer)
    if steps % each:
        yield Remark(
            "optimizer.gradient_accumulation_steps",
            f"{where}Weights change every {each} steps: the last {steps % each} of {steps:,} "
            "change nothing.",
        )


def _resting(model: keras.Model, stages: Sequence[Stage], per_epoch: int) -> Mapping[int, int]:
    """Of every layer that stages freeze, by its id, the steps of those stages."""
    from dlsuite.training.freezing import frozen

    steps: Counter[int] = Counter()
    for stage in stages:
        still = {id(one) for layer in frozen(model, stage) for one in layer._flatten_layers()}
        steps.update(dict.fromkeys(still, per_epoch * stage.epochs))
    return steps
