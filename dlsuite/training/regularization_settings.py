"""What a recipe says under `regularization:`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, NonNegativeFloat

from dlsuite.recipe import Block
from dlsuite.training.settings import Fraction, Problems


def dropout_has_one_name(regularization: RegularizationSettings) -> Problems:
    """The share dropped or the share kept, not both."""
    if regularization.dropout is not None and regularization.keep_prob is not None:
        yield (
            "keep_prob",
            f"must be left out where `dropout` is set, which it is 1 minus. "
            f"Received: {regularization.keep_prob} beside dropout {regularization.dropout}.",
        )


class RegularizationSettings(Block):
    """What keeps a model from learning its training examples by heart.

    `l2` adds a penalty on every kernel to the loss: `l2 * sum(W²)`, or with `l2_form: course` the
    course's `λ / (2 m) * sum(W²)`, where `l2` is λ and m the number of training examples.
    `weight_decay` takes that share of every kernel, times the learning rate, at each step, past
    the optimizer's moments (Loshchilov and Hutter 2019). `dropout` is the share of units dropped,
    `keep_prob` the share kept, the course's name for the rest; left out, models drop what their
    papers do. `label_smoothing` is the probability taken from the true class.
    `batch_norm_momentum` is what moving statistics keep of themselves at each step; left out, 0.9,
    a mean of some ten batches. All of these act on the fit to dev alone; early stopping is not
    here, as it also ends the fit to train, see `training.early_stopping`.
    """

    l2: NonNegativeFloat = 0.0
    l2_form: Literal["sum", "course"] = "sum"
    weight_decay: NonNegativeFloat = 0.0
    dropout: Fraction | None = None
    keep_prob: Annotated[float, Field(gt=0, le=1)] | None = None
    label_smoothing: Fraction = 0.0
    batch_norm_momentum: Fraction | None = None

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (dropout_has_one_name,)

    @property
    def drop_rate(self) -> float | None:
        """Share of units dropped, by whichever name; None leaves it to the model."""
        return self.dropout if self.keep_prob is None else 1 - self.keep_prob

    def l2_factor(self, train_count: int) -> float:
        """What `sum(W²)` is multiplied by.

        Args:
            train_count: Examples of the training part, m.
        """
        return self.l2 / (2 * train_count) if self.l2_form == "course" else self.l2
