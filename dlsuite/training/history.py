"""What a training measured, epoch by epoch, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass
class History:
    """Measures of every epoch; the first epoch of training is epoch 1, epoch 0 is before it.

    Attributes:
        epochs: One mapping an epoch: `loss` and Keras' metrics (means over the epoch's batches
            while the weights moved), `learning_rate` (of the epoch's first step), `seconds` (steps
            and measuring), and `dev.*` where dev was measured.
        initial: `dev.*` before the first step.
        monitor: What chose the best epoch, or None.
        best_epoch: The epoch whose weights the model has, counted from 1; None without monitor.
        stopped_early: Whether the last stage ended before its time.
        stages: `(name, epochs done)` of every stage begun.
        messages: What a person should know, such as where the run was taken up again.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    initial: dict[str, float] = field(default_factory=dict)
    monitor: str | None = None
    best_epoch: int | None = None
    stopped_early: bool = False
    stages: list[tuple[str, int]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def series(self, name: str) -> list[float]:
        """One measure over the epochs; NaN where an epoch does not have it.

        Raises:
            ValueError: No epoch has it.
        """
        if not any(name in epoch for epoch in self.epochs):
            known = list(dict.fromkeys(key for epoch in self.epochs for key in epoch))
            raise ValueError(f"`name` must be one of {known}. Received: name={name!r}.")
        return [epoch.get(name, float("nan")) for epoch in self.epochs]

    def plain(self) -> dict[str, Any]:
        """All of it in what JSON can hold, `messages` aside: they belong to one process."""
        epochs = [dict(epoch) for epoch in self.epochs]  # `asdict` would copy number by number.
        values = {**asdict(replace(self, epochs=[])), "epochs": epochs}
        del values["messages"]
        return values

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> History:
        """What `plain` gave."""
        stages = [(name, epochs) for name, epochs in plain["stages"]]
        return cls(**{**plain, "stages": stages})


@dataclass
class Position:
    """Finished work: stages begun, epochs and steps done.

    Attributes:
        stage: Index of the current stage.
        stage_began: Epochs done before it.
        epochs: Epochs done.
        steps: Steps done, of all whole epochs.
        within: Steps done of the epoch after them.
        steps_per_epoch: 0 before the first stream was made.
    """

    stage: int = 0
    stage_began: int = 0
    epochs: int = 0
    steps: int = 0
    within: int = 0
    steps_per_epoch: int = 0
