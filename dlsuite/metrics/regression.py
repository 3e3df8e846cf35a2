"""Scores of a regression, one number an example."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.scores import Scores


def regression_scores(
    keys: npt.ArrayLike, targets: npt.ArrayLike, predictions: npt.ArrayLike
) -> Scores:
    """R² and mean errors of a whole split, in the unit of the target.

    `r2` is 1 - mse / variance of the split's targets; where all are equal it is 1 for perfect
    predictions and 0 for others (scikit-learn's convention). `loss` is the mean squared error.

    Args:
        keys: Content hashes, shape `[N]`.
        targets: True values, shape `[N]`.
        predictions: Shape `[N]`.

    Returns:
        Scores whose table has `key`, `target`, `predicted` and `loss` (squared error).

    Raises:
        ValueError: Shapes disagree, fewer than two examples, or a value is not finite.
    """
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    keys = np.asarray(keys)
    targets = np.asarray(targets, dtype=np.float64)
    predictions = np.asarray(predictions, dtype=np.float64)
    _check(keys, targets, predictions)
    mse = float(mean_squared_error(targets, predictions))
    values = {
        "r2": float(r2_score(targets, predictions)),
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(mean_absolute_error(targets, predictions)),
        "loss": mse,
    }
    examples = pd.DataFrame(
        {
            "key": keys,
            "target": targets,
            "predicted": predictions,
            "loss": (targets - predictions) ** 2,
        }
    )
    return Scores(values, examples)


def _check(keys: np.ndarray, targets: np.ndarray, predictions: np.ndarray) -> None:
    count = len(targets)
    if targets.shape != (count,) or predictions.shape != (count,) or keys.shape != (count,):
        # [N, 1] against [N] would broadcast to [N, N] and score nonsense.
        raise ValueError(
            "`keys`, `targets` and `predictions` must have shape [N]. Received: keys "
            f"{list(keys.shape)}, targets {list(targets.shape)}, predictions "
            f"{list(predictions.shape)}."
        )
    if count < 2:
        raise ValueError(f"R² needs at least 2 examples. Received: {count}.")
    for name, values in (("targets", targets), ("predictions", predictions)):
        if not np.isfinite(values).all():
            broken = int((~np.isfinite(values)).sum())
            raise ValueError(
                f"`{name}` must be finite. Received: NaN or infinity for {broken} of {count} "
                "examples."
            )
