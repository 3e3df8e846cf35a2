"""Scores of several classes an example, one for each output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.classification import classification_scores
from dlsuite.metrics.scores import Scores

SEPARATOR = ", "  # between the classes of an example in words


def multioutput_scores(
    keys: npt.ArrayLike,
    labels: npt.ArrayLike,
    logits: npt.ArrayLike,
    outputs: Mapping[str, Sequence[str]],
) -> Scores:
    """Accuracy of the whole answer and of each output from the logits of a whole split.

    `accuracy` is the share of examples all of whose outputs are right (exact match),
    `mean_accuracy` the mean of the outputs' own, `accuracy_of_<output>`. In names of metrics what
    is no letter, digit or `_` of an output's name is `_`. `loss` is the mean of the outputs' mean
    cross-entropies, in nats.

    Args:
        keys: Content hashes, shape `[N]`.
        labels: True class of each output, in [0, K_o), shape `[N, O]`.
        logits: Of all outputs side by side, shape `[N, K]`.
        outputs: Names of the classes of each output, K in all.

    Returns:
        Scores whose table has `key`, `label` and `predicted` (class names of all outputs, joined),
        `confidence` (probability of the whole answer, were outputs independent), `loss`, `correct`
        (all outputs are), `share_correct`, and for each output `label_of_<output>`,
        `predicted_of_<output>` and `correct_of_<output>`.

    Raises:
        ValueError: Shapes disagree, a label is out of range, or a logit is not finite.
    """
    labels, logits = np.asarray(labels), np.asarray(logits)
    sizes = [len(names) for names in outputs.values()]
    if labels.ndim != 2 or labels.shape[1] != len(sizes) or logits.shape[-1] != sum(sizes):
        raise ValueError(
            f"`labels` must have shape [N, {len(sizes)}] and `logits` [N, {sum(sizes)}] for "
            f"outputs of {sizes} classes. Received: labels {list(labels.shape)}, logits "
            f"{list(logits.shape)}."
        )
    each = [
        classification_scores(keys, labels[:, place], part, names)
        for place, (part, names) in enumerate(
            zip(np.split(logits, np.cumsum(sizes)[:-1], axis=1), outputs.values(), strict=True)
        )
    ]
    tables = dict(zip(map(metric_suffix, outputs), (one.examples for one in each), strict=True))
    correct = np.stack([table["correct"] for table in tables.values()], axis=1)  # [N, O]
    values = {
        "accuracy": correct.all(axis=1).mean(),
        "mean_accuracy": correct.mean(),
        **{f"accuracy_of_{name}": table["correct"].mean() for name, table in tables.items()},
        "loss": np.mean([one.values["loss"] for one in each]),
    }
    examples = {
        "key": np.asarray(keys),
        "label": _together(tables, "label"),
        "predicted": _together(tables, "predicted"),
        "confidence": np.prod([table["confidence"] for table in tables.values()], axis=0),
        "loss": np.mean([table["loss"] for table in tables.values()], axis=0),
        "correct": correct.all(axis=1),
        "share_correct": correct.mean(axis=1),
    }
    for name, table in tables.items():
        for column in ("label", "predicted", "correct"):
            examples[f"{column}_of_{name}"] = table[column]
    return Scores({k: float(value) for k, value in values.items()}, pd.DataFrame(examples))


def metric_suffix(output: str) -> str:
    """An output's name as it stands in the name of a metric or a column."""
    return re.sub(r"\W", "_", output)


def _together(tables: Mapping[str, pd.DataFrame], column: str) -> list[str]:
    rows = zip(*(table[column] for table in tables.values()), strict=True)
    return [SEPARATOR.join(map(str, row)) for row in rows]
