"""Training, stage by stage, through Keras' `fit`; resumes where the last checkpoint ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlsuite.training.history import History
from dlsuite.training.origin import Origin
from dlsuite.training.resume import Checkpoints
from dlsuite.training.settings import TrainingSettings
from dlsuite.types import Tree

if TYPE_CHECKING:
    import keras

    from dlsuite.data import Batches


@dataclass(frozen=True, kw_only=True)
class FitTask:
    """All that a training needs.

    Attributes:
        model: Compiled; its `train_step` and its number of optimizers are its own affair.
        training: The recipe's settings.
        batches: Global step -> the stream of batches from that step to the end of the run. Batch t
            must be a function of t alone, or a resumed run is not the same run.
        higher_is_better: Direction of a metric by its name, for `mode: auto`.
        measure: One clean pass over dev, `{"dev.accuracy": …}`; None where there is no dev.
        monitor: What early stopping and the plateau look at where the recipe does not say.
        listeners: Callbacks that see each epoch's merged logs once it is recorded. Those with a
            `close()` are closed when training ends, however it ends. One that looks at batches
            should set `async_safe`, or Keras waits for each batch's numbers.
        checkpoints: Where to keep them; None keeps none.
        origin: Whose training it is: kept in every checkpoint, and one of another run is refused.
        resume: Go on from the newest checkpoint, if there is one.
        clean: One pass over the training examples, `(x, y)` in batches as they are encoded, not
            augmented, for models that learn something after their last step.
    """

    model: keras.Model
    training: TrainingSettings
    batches: Callable[[int], Batches]
    higher_is_better: Callable[[str], bool]
    measure: Callable[[], Mapping[str, float]] | None = None
    monitor: str | None = None
    listeners: Sequence[keras.callbacks.Callback] = ()
    checkpoints: Checkpoints | None = None
    origin: Origin | None = None
    resume: bool = False
    clean: Callable[[], Iterable[tuple[Tree, Tree]]] | None = None


def fit_stages(task: FitTask) -> History:
    """Train a model through all stages of its settings.

    Dev is measured once before the first step. The model ends with the best epoch's weights where
    early stopping is set, else with the last. Ctrl-C and SIGTERM end it once the step being made is
    over, with a checkpoint of it. A run that was interrupted and resumed has, on a CPU, bit for bit
    the weights and the history of one that was not.

    Raises:
        ValueError: The monitor does not exist, a pattern of layers matches none, a plateau
            is to reduce a schedule, or the stream is too short.
        TrainingDiverged: The loss became NaN or infinite.
        CheckpointError: The checkpoints cannot be used.
    """
    from dlsuite.training.fitting import Fitting
    from dlsuite.training.interruption import deferring
    from dlsuite.training.runtime import traces_let_go

    with ExitStack() as closing:
        closing.enter_context(traces_let_go())
        # Entered first: a second signal may still cut short what is closed at the end.
        signals = closing.enter_context(deferring())
        for one in (*task.listeners, task.checkpoints):
            if hasattr(one, "close"):
                closing.callback(one.close)
        fitting = Fitting(task, signals)
        fitting.begin()
        for index in fitting.stages_left():
            fitting.run_stage(index)
        return fitting.history


def history_so_far(folder: Path) -> History:
    """What the newest sound checkpoint of a folder knows to have been measured; empty without one.

    Raises:
        CheckpointError: There are checkpoints and none of them is sound.
    """
    saved = Checkpoints(folder).load()
    return History() if saved is None else History.read(saved.notes["history"])
