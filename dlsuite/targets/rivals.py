"""Rivals for labels and outputs: one for each, their outputs side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dlsuite.strategy import Baseline


def beside(
    rivals: Sequence[Baseline], outputs: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> Baseline:
    """One rival whose outputs `[N, K]` are those of several, each made by `outputs`."""
    return Baseline(
        f"{rivals[0].name}, {len(rivals)} of them",
        "; ".join(dict.fromkeys(rival.about for rival in rivals)),
        lambda x: np.concatenate([outputs(rival.predict(x)) for rival in rivals], axis=1),
    )
