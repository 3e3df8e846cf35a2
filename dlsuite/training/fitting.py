"""The state of one training: where it stands, what it keeps, and each stage's `fit`."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import keras

from dlsuite.progress import tell
from dlsuite.recipe import Call
from dlsuite.training import freezing
from dlsuite.training.callbacks import Measure, Record, keep_best, measure_clean, reduce_rate
from dlsuite.training.divergence import (
    TrainingDiverged,
    Watch,
    broken,
)
from dlsuite.training.history import History, Position
from dlsuite.training.interruption import Deferral
from dlsuite.training.replaying import explain
from dlsuite.training.resume import CheckpointError, Saved
from dlsuite.training.saving import Saving
from dlsuite.training.settings import Stage
from dlsuite.training.standing import Standing, restore_model
from dlsuite.training.steps import Steps
from dlsuite.training.variables import (
    Arrays,
    build_optimizer,
    capture,
    optimizers_of,
    take_averages,
)

if TYPE_CHECKING:
    from dlsuite.data import Batches
    from dlsuite.training.stages import FitTask


class Fitting:
    """One training on its way through the stages."""

    def __init__(self, task: FitTask, signals: Deferral) -> None:
        self.task = task
        self.model = task.model
        self.signals = signals
        settings = task.training
        self.standing = Standing(
            Position(),
            History(),
            Measure(task.measure, settings.measure_every),
            Steps(self._after_step),
            task.origin,
        )
        self.stages = settings.parts
        if not self.model.compiled:
            raise ValueError("`model` must be compiled. Received: a model that is not.")
        factors = settings.learning_rate_factors
        freezing.require_layers(self.model, self.stages, factors)
        self.flags = freezing.trainable_flags(self.model)
        self.plans = freezing.blueprints(self.model, factors)
        self.watch = Watch(self._explain, self._settle, self.standing.first)
        self.saving = Saving(task, self.standing)
        self._latest: Arrays | None = None  # State at the end of the last epoch.
        self._saved: Saved | None = None  # What a resumed run has yet to take up.

    @property
    def position(self) -> Position:
        return self.standing.position

    @property
    def history(self) -> History:
        return self.standing.history

    def begin(self) -> None:
        """Takes up the newest checkpoint, or measures dev before the first step.

        A resumed run without any checkpoint starts anew and says so: refusing is the caller's.
        """
        checkpoints, standing = self.task.checkpoints, self.standing
        if checkpoints is not None and self.task.resume:
            self._saved = checkpoints.load()
        elif checkpoints is not None and checkpoints.places():
            raise CheckpointError(
                "A new run needs a folder without checkpoints, or `resume`. Received: "
                f"{checkpoints.folder}, which has {', '.join(map(str, checkpoints.places()))}."
            )
        if self._saved is not None:
            standing.take_up(self._saved, self.stages)
        else:
            if self.task.resume:
                where = f"in {checkpoints.folder}" if checkpoints else "as none are kept"
                self.history.messages.append(
                    f"No checkpoint was found {where}: training starts anew from epoch 1."
                )
            self.history.initial = measure_clean(self.model, self.task.measure)
        self.history.messages += checkpoints.messages if checkpoints else []
        for message in self.history.messages:
            tell(message)
        standing.keeper = keep_best(self.task, self.history.initial)
        standing.reducer = reduce_rate(self.task, self.history.initial)
        self.history.monitor = standing.keeper.best.monitor if standing.keeper else None
        if self._saved is not None:
            standing.take_up_choices(self._saved)

    def stages_left(self) -> Iterator[int]:
        """Indices of the stages to run, the current one first."""
        return iter(range(self.position.stage, len(self.stages)))

    def run_stage(self, index: int) -> None:
        """Fits one stage to its end, wherever in it the run stands."""
        stage, position, keeper = self.stages[index], self.position, self.standing.keeper
        resumed, self._saved = self._saved, None
        if resumed is None:
            self._enter(index)
        end = position.stage_began + stage.epochs
        over = position.epochs >= end or bool(keeper and keeper.stopped)
        begin = position.steps + position.within
        # At the very end of a run no batch is left, and restoring wants one.
        whole = self.task.training.epochs * position.steps_per_epoch
        none_left = resumed is not None and (over or begin == whole)
        batches = self.task.batches(begin - none_left)
        self._agree_on_steps(batches.steps_per_epoch)
        self._prepare(stage)
        build_optimizer(self.model)
        if resumed is not None:
            restore_model(self.model, resumed.arrays, batches.dataset)
        if not over:
            self._latest = capture(self.model)
            self._fit(batches, end)
        self._leave(end)

    def _fit(self, batches: Batches, end: int) -> None:
        steps = self.standing.steps
        steps.wrap(self.model)
        try:
            self.model.fit(
                batches.after(self.position.within),
                initial_epoch=self.position.epochs,
                epochs=end,
                steps_per_epoch=batches.steps_per_epoch,
                callbacks=self._callbacks(),
                shuffle=False,  # The stream is in order already; Keras would warn.
                verbose=0,
            )
        except (KeyboardInterrupt, SystemExit):
            if not self.signals.abrupt:
                self.saving.where_it_stands()
            raise
        finally:
            steps.unwrap(self.model)

    def _enter(self, index: int) -> None:
        self.position.stage = index
        self.position.stage_began = self.position.epochs
        for callback in (self.standing.keeper, self.standing.reducer):
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
        scaled = self.task.training.learning_rate_factors
        frozen = stage.freeze or stage.freeze_until is not None
        if self.position.stage > 0 or frozen or scaled or stage.learning_rate is not None:
            freezing.freeze(self.model, stage, self.flags)
            freezing.begin_anew(self.model, self.plans, self._rate(stage))

    def _rate(self, stage: Stage) -> Any:
        if isinstance(stage.learning_rate, Call):
            steps = self.position.steps_per_epoch
            return stage.learning_rate(steps_per_epoch=steps, epochs=stage.epochs)
        return stage.learning_rate

    def _callbacks(self) -> list[keras.callbacks.Callback]:
        standing = self.standing
        chosen = [
            standing.steps,
            self.watch,
            standing.measure,
            standing.keeper,
            standing.reducer,
            Record(self._record),
            *self.task.listeners,
        ]
        return [callback for callback in chosen if callback is not None]

    def _settle(self, logged: Collection[str]) -> None:
        for callback in (self.standing.keeper, self.standing.reducer):
            if callback is not None:
                callback.best.settle(logged)

    def _record(self, epoch: int, logs: dict[str, float]) -> None:
        position, history = self.position, self.history
        latest = capture(self.model)
        lost = broken(self.model, latest)
        if lost is not None:  # by the last step, whose loss was still that of the weights before
            raise self._explain(epoch, (position.steps_per_epoch - 1, lost, math.nan))
        position.epochs, position.within, self.standing.steps.done = epoch, 0, 0
        position.steps += position.steps_per_epoch
        history.epochs.append({name: float(value) for name, value in logs.items()})
        stage = self.stages[position.stage]
        history.stages[position.stage :] = [(stage.name, epoch - position.stage_began)]
        if self.standing.keeper is not None:
            history.best_epoch = self.standing.keeper.epoch
        self._latest = latest
        last = epoch == position.stage_began + stage.epochs or self.model.stop_training
        self.saving.after_epoch(latest, last)

    def _after_step(self, done: int) -> None:
        self.saving.after_step(done)

    def _leave(self, end: int) -> None:
        # `fit` ends so too, but a run resumed at the end of a stage has no `fit` left.
        take_averages(self.model)
        keeper = self.standing.keeper
        if keeper is not None:
            keeper.give_back(self.model)
            self.history.stopped_early = keeper.stopped and self.position.epochs < end

    def _explain(self, epoch: int, failed: tuple[int, str, float]) -> TrainingDiverged:
        return explain(
            self.model,
            failed,
            epoch=epoch,
            steps_per_epoch=self.position.steps_per_epoch,
            first=self.position.within,
            usual=self.watch.first,
            start=self._start_of_epoch,
            stream=lambda: iter(
                self.task.batches(self.position.steps + self.position.within).dataset
            ),
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
