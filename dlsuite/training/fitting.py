"""The state of one training: where it stands, what it keeps, and each stage's `fit`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import keras

from dlsuite.recipe import Call
from dlsuite.training import freezing
from dlsuite.training.callbacks import (
    KeepBest,
    Measure,
    Record,
    ReduceRate,
    keep_best,
    measure_clean,
    reduce_rate,
)
from dlsuite.training.divergence import TrainingDiverged, Watch, explain
from dlsuite.training.history import History, Position
from dlsuite.training.resume import CheckpointError, Saved
from dlsuite.training.settings import Stage
from dlsuite.training.variables import Arrays, capture, optimizers_of, restore, take_averages

if TYPE_CHECKING:
    from dlsuite.training.stages import FitTask

BEST = "best"  # Arrays of a checkpoint that are the best epoch's weights.


class Fitting:
    """One training on its way through the stages."""

    def __init__(self, task: FitTask) -> None:
        self.task = task
        self.model = task.model
        self.history = History()
        self.position = Position()
        settings = task.training
        self.stages = settings.stages or (Stage(name="all", epochs=settings.epochs),)
        if not self.model.compiled:
            raise ValueError("`model` must be compiled. Received: a model that is not.")
        freezing.require_layers(self.model, self.stages)
        self.flags = freezing.trainable_flags(self.model)
        self.plans = freezing.blueprints(self.model)
        self.keeper: KeepBest | None = None
        self.reducer: ReduceRate | None = None
        self._latest: Arrays | None = None  # State at the end of the last epoch.
        self._saved: Saved | None = None  # What a resumed run has yet to take up.

    def begin(self) -> None:
        """Takes up the newest checkpoint, or measures dev before the first step.

        A resumed run without any checkpoint starts anew and says so: refusing is the caller's.
        """
        checkpoints = self.task.checkpoints
        if checkpoints is not None and self.task.resume:
            self._saved = checkpoints.load()
        elif checkpoints is not None and checkpoints.epochs():
            raise CheckpointError(
                "A new run needs a folder without checkpoints, or `resume`. "
                f"Received: {checkpoints.folder}, which has those of epochs {checkpoints.epochs()}."
            )
        if self._saved is not None:
            self._take_up(self._saved)
        else:
            if self.task.resume:
                where = f"in {checkpoints.folder}" if checkpoints else "as none are kept"
                self.history.messages.append(
                    f"No checkpoint was found {where}: training starts anew from epoch 1."
                )
            self.history.initial = measure_clean(self.model, self.task.measure)
        self.history.messages += checkpoints.messages if checkpoints else []
        self.keeper = keep_best(self.task, self.history.initial)
        self.reducer = reduce_rate(self.task, self.history.initial)
        self.history.monitor = self.keeper.best.monitor if self.keeper else None
        if self._saved is not None:
            self._take_up_choices(self._saved)

    def stages_left(self) -> Iterator[int]:
        """Indices of the stages to run, the current one first."""
        return iter(range(self.position.stage, len(self.stages)))

    def run_stage(self, index: int) -> None:
        """Fits one stage to its end, wherever in it the run stands."""
        stage, position = self.stages[index], self.position
        resumed, self._saved = self._saved, None
        if resumed is None:
            self._enter(index)
        end = position.stage_began + stage.epochs
        over = position.epochs >= end or bool(self.keeper and self.keeper.stopped)
        # At the very end of a run no batch is left, and restoring wants one.
        batches = self.task.batches(position.steps - over)
        self._agree_on_steps(batches.steps_per_epoch)
        self._prepare(stage)
        if resumed is not None:
            self._restore(resumed.arrays, batches.dataset)
        if not over:
            self._latest = capture(self.model)
            self.model.fit(
                batches.dataset,
                initial_epoch=position.epochs,
                epochs=end,
                steps_per_epoch=batches.steps_per_epoch,
                callbacks=self._callbacks(),
                shuffle=False,  # The stream is in order already; Keras would warn.
                verbose=0,
            )
        self._leave(end)

    def _enter(self, index: int) -> None:
        self.position.stage = index
        self.position.stage_began = self.position.epochs
        for callback in (self.keeper, self.reducer):
            if callback is not None:
                callback.begin_stage(self.position.epochs)

    def _agree_on_steps(self, steps_per_epoch: int) -> None:
        if self.position.steps_per_epoch not in (0, steps_per_epoch):
            raise ValueError(
                "An epoch must have the same steps from the first to the last, "
                f"{self.position.steps_per_epoch}. Received: {steps_per_epoch}."
            )
        self.position.steps_per_epoch = steps_per_epoch

    def _prepare(self, stage: Stage) -> None:
        """Freezes, and begins the optimizer anew where the stage is not the model as compiled."""
        if self.position.stage > 0 or stage.freeze or stage.learning_rate is not None:
            freezing.freeze(self.model, stage.freeze, self.flags)
            freezing.begin_anew(self.model, self.plans, self._rate(stage))

    def _rate(self, stage: Stage) -> Any:
        if isinstance(stage.learning_rate, Call):
            return stage.learning_rate(
                steps_per_epoch=self.position.steps_per_epoch, epochs=stage.epochs
            )
        return stage.learning_rate

    def _callbacks(self) -> list[keras.callbacks.Callback]:
        chosen = [
            Watch(self._explain, self._settle),
            Measure(self.task.measure, self.task.training.measure_every),
            self.keeper,
            self.reducer,
            Record(self._record),
            *self.task.listeners,
        ]
        return [callback for callback in chosen if callback is not None]

    def _settle(self, logged: Collection[str]) -> None:
        for callback in (self.keeper, self.reducer):
            if callback is not None:
                callback.best.settle(logged)

    def _record(self, epoch: int, logs: dict[str, float]) -> None:
        position, history = self.position, self.history
        position.epochs = epoch
        position.steps += position.steps_per_epoch
        history.epochs.append({name: float(value) for name, value in logs.items()})
        stage = self.stages[position.stage]
        history.stages[position.stage :] = [(stage.name, epoch - position.stage_began)]
        if self.keeper is not None:
            history.best_epoch = self.keeper.epoch
        self._latest = capture(self.model)
        settings = self.task.training.checkpoint
        if self.task.checkpoints is None or settings is None:
            return
        last = epoch == position.stage_began + stage.epochs or self.model.stop_training
        if last or epoch % settings.every == 0:
            self.task.checkpoints.save(self._state(), keep=settings.keep)

    def _state(self) -> Saved:
        arrays = dict(self._latest or {})
        for index, weight in enumerate(self.keeper.weights if self.keeper else ()):
            arrays[f"{BEST}/{index}"] = weight
        notes = {
            "position": asdict(self.position),
            "history": self.history.plain(),
            "keeper": self.keeper.state() if self.keeper else None,
            "reducer": self.reducer.state() if self.reducer else None,
        }
        return Saved(self.position.epochs, arrays, notes)

    def _take_up(self, saved: Saved) -> None:
        self.position = Position(**saved.notes["position"])
        self.history = History.read(saved.notes["history"])
        self.history.messages.append(f"Taken up again after epoch {saved.epoch}.")
        names = [name for name, _ in self.history.stages]
        if names != [stage.name for stage in self.stages[: len(names)]]:
            raise CheckpointError(
                f"The checkpoint must come from the stages {[s.name for s in self.stages]}. "
                f"Received: {names}."
            )

    def _take_up_choices(self, saved: Saved) -> None:
        best = {k: a for k, a in saved.arrays.items() if k.startswith(f"{BEST}/")}
        if self.keeper is not None and saved.notes["keeper"]:
            weights = [best[f"{BEST}/{index}"] for index in range(len(best))]
            self.keeper.resume(saved.notes["keeper"], weights)
        if self.reducer is not None and saved.notes["reducer"]:
            self.reducer.resume(saved.notes["reducer"])

    def _restore(self, arrays: Arrays, dataset: Any) -> None:
        # One step makes every variable that training has, whatever kind of model it is; all of
        # them then get their saved values.
        self.model.make_train_function()
        self.model.train_function(iter(dataset))
        restore(self.model, arrays)

    def _leave(self, end: int) -> None:
        # `fit` ends so too, but a run resumed at the end of a stage has no `fit` left.
        take_averages(self.model)
        if self.keeper is not None:
            self.keeper.give_back(self.model)
            self.history.stopped_early = self.keeper.stopped and self.position.epochs < end

    def _explain(self, epoch: int, failed: tuple[int, str, float]) -> TrainingDiverged:
        return explain(
            self.model,
            failed,
            epoch=epoch,
            steps_per_epoch=self.position.steps_per_epoch,
            start=self._start_of_epoch,
            stream=lambda: iter(self.task.batches(self.position.steps).dataset),
        )

    def _start_of_epoch(self) -> Arrays | None:
        arrays = {k: a for k, a in (self._latest or {}).items() if not k.startswith("metrics/")}
        if sum(key.startswith("model/") for key in arrays) != len(self.model.variables):
            return None  # The epoch was the first to build the model.
        if sum(key.startswith("optimizer.") for key in arrays) != sum(
            len(optimizer.variables) for optimizer in optimizers_of(self.model).values()
        ):
            # It was also the first to build the optimizers, so they were new.
            freezing.begin_anew(
                self.model, self.plans, self._rate(self.stages[self.position.stage])
            )
        return arrays
