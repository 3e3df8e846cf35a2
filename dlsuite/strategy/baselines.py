"""Simple rivals that a net must beat: a linear model, the most frequent class, the mean."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

# Array [N, ...], or table as columns of shape [N] by name.
Features = np.ndarray | Mapping[str, np.ndarray] | pd.DataFrame

MOST_EXAMPLES = 60_000  # All of Fashion-MNIST: 18 s on two cores, test error 0.156.
MOST_VALUES = 50_000_000  # Examples times features: 200 MB, and the time of those 18 s.
ITERATIONS = 100  # Of L-BFGS; more improve Fashion-MNIST's train error alone.
MOST_CATEGORIES = 100  # Of one column; rarer ones share a feature.
LEAST_PROBABILITY = 1e-7  # Keras' epsilon: a class never seen costs 16 nats, not infinitely many.
PORTION = 8192  # Examples predicted at once.


@dataclass(frozen=True)
class Baseline:
    """A fitted rival.

    Args:
        name: Such as `logistic regression`.
        about: How it was fitted, in words.
        predict: Features of N examples -> logits `[N, K]`, or predictions `[N]`.
    """

    name: str
    about: str
    predict: Callable[[Features], np.ndarray]


def linear(
    x_train: Features,
    y_train: np.ndarray,
    task: Literal["classification", "regression"],
    *,
    num_classes: int | None = None,
    most_examples: int = MOST_EXAMPLES,
    seed: int = 0,
) -> Baseline:
    """Logistic or linear regression on the flattened features.

    Arrays of images, `[N, H, W, C]`, are flattened, uint8 brought to [0, 1]. Rows of numbers,
    `[N, D]`, and the number columns of a table are standardised, missing ones taken as the mean
    and marked by a feature of their own; its other columns are one-hot. Where the training part has
    more than `most_examples` examples or 50 million values, the model is fitted on a random sample
    of it.

    Args:
        x_train: Features of N examples.
        y_train: Classes in [0, K) or target values, shape `[N]`.
        task: What `y_train` is.
        num_classes: K; without it one more than the largest label.
        most_examples: Cap on the examples that are fitted.
        seed: Of the sample.

    Returns:
        A baseline that gives log-probabilities `[N, K]`, or predictions `[N]`; where all that is
        fitted is of one class, `most_frequent`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline

    if task not in ("classification", "regression"):
        raise ValueError(
            f"`task` must be 'classification' or 'regression'. Received: task={task!r}."
        )
    x, y = _plain(x_train), np.asarray(y_train)
    rows = _sample(x, len(y), most_examples, seed)
    classifies = task == "classification"
    if classifies and len(np.unique(y[rows])) == 1:
        return most_frequent(y, int(y.max()) + 1 if num_classes is None else num_classes)
    learner = LogisticRegression(max_iter=ITERATIONS) if classifies else LinearRegression()
    model = make_pipeline(_preparation(x), learner)
    with warnings.catch_warnings():
        # Stopped after ITERATIONS is a choice, stated above, not an accident.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_take(x, rows), y[rows])
    name = "logistic regression" if classifies else "linear regression"
    about = f"{name} on {len(rows):,} of {len(y):,} training examples"
    if not classifies:
        return Baseline(name, about, lambda features: _in_portions(model.predict, features))
    classes = int(y.max()) + 1 if num_classes is None else num_classes

    def logits(features: pd.DataFrame | np.ndarray) -> np.ndarray:
        answer = np.full((len(features), classes), LEAST_PROBABILITY)
        answer[:, learner.classes_] = model.predict_proba(features)
        return np.log(np.maximum(answer, LEAST_PROBABILITY))  # [N, K]

    return Baseline(name, about, lambda features: _in_portions(logits, features))


def most_frequent(y_train: np.ndarray, num_classes: int) -> Baseline:
    """Always the class that training holds most often, with the classes' shares as probabilities.

    Args:
        y_train: Classes in [0, K), shape `[N]`.
        num_classes: K.
    """
    shares = np.bincount(y_train, minlength=num_classes) / len(y_train)
    logits = np.log(np.maximum(shares, LEAST_PROBABILITY))  # [K]
    return Baseline(
        "most frequent class",
        f"class {shares.argmax()} always: {shares.max():.1%} of {len(y_train):,} training examples",
        lambda features: np.tile(logits, (len(_plain(features)), 1)),
    )


def mean(y_train: np.ndarray) -> Baseline:
    """Always the mean target of training.

    Args:
        y_train: Target values, shape `[N]`.
    """
    centre = float(np.mean(y_train))
    return Baseline(
        "mean of training",
        f"{centre:g} always: the mean of {len(y_train):,} training examples",
        lambda features: np.full(len(_plain(features)), centre),
    )


def _plain(x: Features) -> np.ndarray | pd.DataFrame:
    """A table as a DataFrame of float64 and str columns; an array as rows of float32 features."""
    if isinstance(x, Mapping | pd.DataFrame):
        columns = {name: np.asarray(column) for name, column in x.items()}
        return pd.DataFrame(
            {
                name: column.astype(np.float64) if column.dtype.kind in "biuf" else _words(column)
                for name, column in columns.items()
            }
        )
    return np.asarray(x)


def _words(column: np.ndarray) -> np.ndarray:
    # tf.data and TensorFlow give bytes where a file gives str.
    return np.array(
        [word.decode() if isinstance(word, bytes) else str(word) for word in column], dtype=object
    )


def _preparation(x: np.ndarray | pd.DataFrame) -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    imputer = SimpleImputer(keep_empty_features=True, add_indicator=True)
    numbers = make_pipeline(imputer, StandardScaler())
    if not isinstance(x, pd.DataFrame):
        return FunctionTransformer(_pixels) if x.ndim > 2 else numbers
    words = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES)
    are_words = [name for name in x if x[name].dtype.kind not in "f"]
    are_numbers = [name for name in x if name not in are_words]
    return make_column_transformer((numbers, are_numbers), (words, are_words))


def _pixels(images: np.ndarray) -> np.ndarray:
    flat = images.reshape(len(images), -1).astype(np.float32)  # [N, H * W * C]
    return flat / 255 if images.dtype == np.uint8 else flat


def _sample(x: np.ndarray | pd.DataFrame, count: int, most_examples: int, seed: int) -> np.ndarray:
    if len(x) != count or x.ndim < 2:
        raise ValueError(
            "`x_train` must have shape [N, D] or more axes, or be a table of N rows, for the N of "
            f"`y_train`. Received: shape {list(x.shape)} for {count} targets."
        )
    features = int(np.prod(x.shape[1:]))
    most = max(1, min(most_examples, MOST_VALUES // features))
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def _take(x: np.ndarray | pd.DataFrame, rows: np.ndarray | slice) -> np.ndarray | pd.DataFrame:
    return x.iloc[rows] if isinstance(x, pd.DataFrame) else x[rows]


def _in_portions(
    predict: Callable[[np.ndarray | pd.DataFrame], np.ndarray], features: Features
) -> np.ndarray:
    x = _plain(features)
    starts = range(0, len(x), PORTION)
    return np.concatenate([predict(_take(x, slice(at, at + PORTION))) for at in starts])
