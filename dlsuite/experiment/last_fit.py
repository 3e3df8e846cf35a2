"""What a detector learns after its network: the support vector machines of R-CNN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlsuite.progress import tell
from dlsuite.training import FitTask, History, fit_stages

if TYPE_CHECKING:
    from dlsuite.models.rcnn import RCNN


def fit_detector(task: FitTask) -> History:
    """Trains the network, see `fit_stages`; then fits what is learned on its final features.

    That is done anew where a training is resumed that had not come to its end: the last checkpoint
    holds the network with the softmax that it was trained with.

    Args:
        task: With `clean` where the model is an R-CNN whose `classifiers` are `svm`.

    Returns:
        The history of the network; its last message says what followed.

    Raises:
        ValueError: Support vector machines have nothing to be fitted on.
    """
    from dlsuite.models.rcnn import RCNN

    history, model = fit_stages(task), task.model
    if isinstance(model, RCNN) and model.choices["classifiers"] == "svm":
        history.messages.append(_with_svms(model, task))
        tell(history.messages[-1])
    return history


def _with_svms(model: RCNN, task: FitTask) -> str:
    """Fits them, and says so."""
    from dlsuite.models.rcnn_svms import fit_svms

    if task.clean is None:
        raise ValueError("`clean` must give batches for support vector machines. Received: None.")
    fitted = fit_svms(model, task.clean(), seed=task.training.seed)
    boxes, others = fitted["positives"], fitted["negatives"]
    return (
        f"{len(boxes)} support vector machines took the place of the softmax after the last step, "
        f"fitted on {sum(boxes):,} boxes and {sum(others):,} regions of background. What epochs "
        "measured is of the softmax."
    )
