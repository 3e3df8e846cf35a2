"""What a finished training leaves to be drawn and looked into, and what that look finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dlsuite.data import Examples, Splits
from dlsuite.metrics import Scores
from dlsuite.strategy import Diagnosis
from dlsuite.training import History
from dlsuite.types import Tree

if TYPE_CHECKING:
    import keras
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Outcome:
    """All that a finished training leaves for figures to draw.

    `first_draws(count)` gives the first batch that the model was trained on, as each of so many
    steps would augment it, and the raw examples in it; `inputs` gives batches of what the model is
    asked about examples. `examples` are those that were scored, by split.
    """

    settings: Any
    splits: Splits
    model: keras.Model
    history: History
    scores: Mapping[str, Scores]
    answers: Mapping[str, Tree]
    baseline: Mapping[str, Scores]
    diagnosis: Diagnosis | None
    first_draws: Callable[[int], tuple[list[Tree], Examples]]
    examples: Mapping[str, Examples]
    inputs: Callable[[Examples], Iterable[Tree]]


@dataclass(frozen=True)
class Inspected:
    """What a look into a trained model found: pictures and tables by name, notes.

    A table `activations` is read for dead units, see `inspection.activation_statistics`.
    """

    figures: Mapping[str, Figure] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
