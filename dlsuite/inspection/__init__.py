"""What a trained model does inside: where it looks, what it learned, what never answers.

Numbers come out; `dlsuite.figures` draws them. Every run of a CNN is inspected this way. For a run
that is tracked already:

    from dlsuite.evaluation.reopening import reopen
    from dlsuite.inspection import grad_cam
    from dlsuite.tracking import Store
    from pipelines import image_classification

    run = reopen(image_classification.pipeline, Store.open().find("latest"))
    x, _ = run.encode({"image": pictures, "label": labels})  # uint8 [B, h, w, C], int32 [B]
    heat = grad_cam(run.model, x, labels)  # [B, H, W]
"""

from dlsuite.inspection.activations import activation_statistics
from dlsuite.inspection.filters import Filters, first_filters
from dlsuite.inspection.gradcam import explained_stage, grad_cam, stage_heat
from dlsuite.inspection.listening import NothingToShow

__all__ = [
    "Filters",
    "NothingToShow",
    "activation_statistics",
    "explained_stage",
    "first_filters",
    "grad_cam",
    "stage_heat",
]
