"""The rivals of a net of pictures: a linear model on pixels or on features, the usual answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

import keras
import numpy as np
from pydantic import Field

from dlsuite.data import Examples, Splits, evaluation_batches, sample
from dlsuite.experiment.starting import starts_from_weights
from dlsuite.metrics import Scores
from dlsuite.models.features import pooled_features
from dlsuite.recipe import Block
from dlsuite.types import Tree

Encode = Callable[[Any, Any], Callable[[Tree], tuple]]

SIDE = 32  # pixels: a linear model learns little more from larger pictures
MOST_FEATURES = 4096  # that a head gets, VGG's
MOST_VALUES = 50_000_000  # of all pictures it is fitted on: 200 MB


class PictureRival(Block):
    """The rival: a linear model on pixels, on frozen features, or always the most frequent class.

    Pictures above 32 pixels a side are scaled down for one on pixels. `frozen_features` are those
    that the model's head gets before the first step, averaged over fields: what a model that
    starts from weights could do without training them. `train_examples` caps what the rival is
    fitted on.
    """

    type: Literal["linear", "frozen_features", "most_frequent"] = "linear"
    train_examples: Annotated[int, Field(ge=1)] = 60_000


def frozen_features_were_learned(settings: Any) -> Iterator[tuple[str, str]]:
    """Features to be frozen come of a model that starts from weights."""
    choice, model = settings.baseline, settings.model
    if choice is not None and choice.type == "frozen_features" and not starts_from_weights(model):
        yield (
            "baseline.type",
            "must be linear or most_frequent where the model starts from no `weights`. "
            f"Received: frozen_features, of {model.type} as it is drawn.",
        )


def rival_scores(
    encode: Encode,
    settings: Any,
    splits: Splits,
    scored: Mapping[str, Examples],
    begun: Callable[[], keras.Model],
) -> dict[str, Scores]:
    """Scores of the recipe's rival on the examples that the model was scored on.

    Args:
        encode: The application's own, see `Pipeline.encode`; the rest as `Pipeline.baseline` has
            it. `info` has `input_shape` and `target`.
    """
    choice, target = settings.baseline, splits.info.target
    if choice is None:
        return {}

    def inputs(examples: Examples) -> Iterator[Any]:
        for x, *_ in evaluation_batches(examples, encode(settings, splits.info)):
            yield x

    rival = target.constant_rival(splits.train.rows["label"])
    look = partial(_small, splits.info)
    if choice.type != "most_frequent":
        if choice.type == "frozen_features":
            look = pooled_features(begun()).predict_on_batch
        most = rival_values(settings, splits) // _values_of_one(choice, splits.info)
        some = sample(splits.train, most, settings.training.seed)
        seen = np.concatenate([look(x) for x in inputs(some)])
        rival = target.linear_rival(seen, some.rows["label"], most_examples=most)
    scores = {}
    for name, examples in scored.items():
        outputs = np.concatenate([rival.predict(look(x)) for x in inputs(examples)])
        answers = target.decoded(outputs)
        scores[name] = target.score(examples.keys, examples.rows["label"], answers)
    return scores


def rival_values(settings: Any, splits: Splits) -> int:
    """Numbers of all pictures that a linear rival is fitted on."""
    choice = settings.baseline
    if choice is None or choice.type == "most_frequent":
        return 0
    one = _values_of_one(choice, splits.info)
    return one * min(choice.train_examples, MOST_VALUES // one, len(splits.train))


def _values_of_one(choice: PictureRival, info: Any) -> int:
    """Pixels that a rival sees of a picture, or at most so many features."""
    if choice.type == "frozen_features":
        return MOST_FEATURES
    height, width, channels = info.input_shape
    return min(SIDE, height) * min(SIDE, width) * channels


def _small(info: Any, x: Any) -> np.ndarray:
    """Pictures in [0, 1] of at most 32 pixels a side, float32 `[B, H, W, C]`."""
    height, width, _ = info.input_shape
    size = (min(height, SIDE), min(width, SIDE))
    return keras.ops.convert_to_numpy(keras.ops.image.resize(x, size))
