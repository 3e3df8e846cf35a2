"""When does a training write a checkpoint, and of what?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlsuite.training.divergence import broken, exploded, not_finite
from dlsuite.training.standing import Standing
from dlsuite.training.variables import Arrays, capture

if TYPE_CHECKING:
    from dlsuite.training.stages import FitTask


class Saving:
    """The checkpoints of one training: at the pace of its settings, and where it is stopped.

    Args:
        task: Whose model, settings and folder they are of.
        standing: What a checkpoint holds beside the model's variables.
    """

    def __init__(self, task: FitTask, standing: Standing) -> None:
        self.task, self.standing = task, standing
        self._unsaved: Arrays | None = None  # The end of an epoch that no checkpoint holds.

    def after_epoch(self, arrays: Arrays, last: bool) -> None:
        """Saves the state at the end of an epoch where it is time, or the last of its stage."""
        self._unsaved = arrays
        if last or self._due("epoch", self.standing.position.epochs):
            self._save(arrays, 0)

    def after_step(self, done: int) -> None:
        """Saves the state after so many steps of an epoch where it is time."""
        if self._due("step", self.standing.position.steps + done):
            self._save_within(done)

    def where_it_stands(self) -> None:
        """Between two steps every variable is as the last one left it."""
        if self.standing.steps.done:
            self._save_within(self.standing.steps.done)
        elif self._unsaved:
            self._save(self._unsaved, 0)

    def _save_within(self, done: int) -> None:
        """Saves the state after so many steps of an epoch, where it is good for anything.

        The watch hears of a loss a few steps late, and of weights when the next loss is NaN: until
        then neither the last good checkpoint nor those before it may give way to what is lost.
        """
        model, standing = self.task.model, self.standing
        arrays = capture(model)
        losses = {name: float(value) for name, value in standing.steps.logs.items()}
        if not_finite(losses) or exploded(losses, standing.first) or broken(model, arrays):
            return
        self._save(arrays, done)

    def _due(self, unit: str, count: int) -> bool:
        settings = self.task.training.checkpoint
        if settings is None:
            return False
        number, of = settings.pace
        return of == unit and count % number == 0

    def _save(self, arrays: Arrays, within: int) -> None:
        checkpoints, settings = self.task.checkpoints, self.task.training.checkpoint
        if checkpoints is not None and settings is not None:
            checkpoints.save(self.standing.saved(arrays, within), keep=settings.keep)
        self._unsaved = None
