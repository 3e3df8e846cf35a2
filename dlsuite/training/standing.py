"""Where a training stands, as a checkpoint holds it: taken down, and taken up again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from dlsuite.training.history import History, Position
from dlsuite.training.resume import CheckpointError, Place, Saved
from dlsuite.training.variables import Arrays, restore

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from dlsuite.training.callbacks import KeepBest, Measure, ReduceRate
    from dlsuite.training.origin import Origin
    from dlsuite.training.settings import Stage
    from dlsuite.training.steps import Steps

BEST = "best"  # Arrays of a checkpoint that are the best epoch's weights.


@dataclass
class Standing:
    """All that a training knows beside the model's variables.

    Attributes:
        position: Finished work.
        history: What was measured.
        measure: Of the epoch's beginning: its rates and time.
        steps: Steps done in the epoch.
        origin: Whose training it is, where somebody says so.
        keeper: The best epoch, where early stopping is set.
        reducer: The plateau, where one is watched.
        first: Logs of the first batch of all, which an explosion is measured by.
    """

    position: Position
    history: History
    measure: Measure
    steps: Steps
    origin: Origin | None = None
    keeper: KeepBest | None = None
    reducer: ReduceRate | None = None
    first: dict[str, float] = field(default_factory=dict)

    def saved(self, arrays: Arrays, within: int) -> Saved:
        """A checkpoint of this moment, `within` steps into the epoch after the whole ones."""
        arrays = dict(arrays)
        for index, weight in enumerate(self.keeper.weights if self.keeper else ()):
            arrays[f"{BEST}/{index}"] = weight
        notes = {
            "position": {**asdict(self.position), "within": within},
            "history": self.history.plain(),
            "keeper": self.keeper.state() if self.keeper else None,
            "reducer": self.reducer.state() if self.reducer else None,
            "epoch": self.measure.state() if within else None,
            "logs": {name: float(value) for name, value in self.steps.logs.items()},
            "origin": self.origin.plain() if self.origin else None,
            "first": dict(self.first),
        }
        return Saved(Place(self.position.epochs, within), arrays, notes)

    def take_up(self, saved: Saved, stages: Sequence[Stage]) -> None:
        """Position and history of a checkpoint.

        Raises:
            CheckpointError: It comes from other stages, or from another run.
        """
        notes = []
        if self.origin is not None and saved.notes["origin"] is not None:
            notes = list(self.origin.notes_on(saved.notes["origin"]))
        self.position = Position(**saved.notes["position"])
        self.history = History.read(saved.notes["history"])
        self.first.update(saved.notes.get("first", {}))
        self.history.messages += [f"Taken up again after {saved.place}.", *notes]
        names = [name for name, _ in self.history.stages]
        if names != [stage.name for stage in stages[: len(names)]]:
            raise CheckpointError(
                f"The checkpoint must come from the stages {[s.name for s in stages]}. "
                f"Received: {names}."
            )

    def take_up_choices(self, saved: Saved) -> None:
        """What early stopping and the plateau had seen, and an epoch that had begun."""
        best = {k: a for k, a in saved.arrays.items() if k.startswith(f"{BEST}/")}
        if self.keeper is not None and saved.notes["keeper"]:
            weights = [best[f"{BEST}/{index}"] for index in range(len(best))]
            self.keeper.resume(saved.notes["keeper"], weights, self.position.epochs)
        if self.reducer is not None and saved.notes["reducer"]:
            self.reducer.resume(saved.notes["reducer"])
        if self.position.within:
            self.measure.resume(saved.notes["epoch"])
            metrics = {k: a for k, a in saved.arrays.items() if k.startswith("metrics/")}
            self.steps.take_up(self.position.within, saved.notes["logs"], metrics)


def restore_model(model: keras.Model, arrays: Arrays, dataset: Any) -> None:
    """Gives every variable that training has its saved value.

    One step makes all of them, whatever kind of model it is.
    """
    model.make_train_function()
    model.train_function(iter(dataset))
    restore(model, arrays)
