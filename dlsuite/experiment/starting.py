"""`weights` of a recipe's model: a training that starts from what another run learned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from dlsuite.recipe import Recipe, RecipeError
from dlsuite.tracking import RunRecord, Store, StoreError, TrackedRun
from dlsuite.training.taking_over import take_over
from dlsuite.training.weights_file import ENDING, WeightsError

if TYPE_CHECKING:
    from dlsuite.experiment.learner import Learner

RUN = "run:"
WEIGHTS = f"weights/model{ENDING}"
OUTPUTS = "weights/outputs.json"  # names of the model's outputs, to match heads by
STARTED = "started_from.json"
KEY = "model.weights"


def known_form(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: It is neither a run nor a file of weights.
    """
    if (text.startswith(RUN) and text.removeprefix(RUN).strip()) or text.endswith(ENDING):
        return text
    raise ValueError(
        f"must be {RUN}RUN, the id of a run, its beginning, its name or latest, or a file that "
        f"ends in {ENDING}. Received: {text}."
    )


Weights = Annotated[
    str,
    AfterValidator(known_form),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^{RUN}.+|{ENDING.replace('.', '[.]')}$",
            "description": "A run or a file that the model starts from: run:RUN, or a path that "
            f"ends in {ENDING}. Layers are matched by name and shape; the head begins anew where "
            "classes differ.",
        }
    ),
]
# What a Room of models takes beside the arguments of the builder.
BESIDE: Mapping[str, Any] = {"weights": Weights | None}


@dataclass(frozen=True)
class Started:
    """Where a model's first weights came from.

    Attributes:
        source: The id of a run, or the path of a file.
        text: A sentence that says which layers were taken and which are new.
        layers: Paths of the layers taken.
        new: Paths of the others, and why each is new.
        outputs: Outputs of the head whose weights were taken, where not all.
    """

    source: str
    text: str
    layers: tuple[str, ...] = ()
    new: Mapping[str, str] | None = None
    outputs: tuple[str, ...] = ()


def start(learner: Learner, recipe: Recipe) -> Learner:
    """The learner, its model given the weights that the recipe names, if it names any.

    Raises:
        RecipeError: There is no such run or file, or none of its layers is in the model.
    """
    named = _named(learner.settings)
    if named is None:
        return learner
    record: RunRecord | None = None
    try:
        record, path = _found(named)
        theirs = None if record is None else _their_outputs(record)
        taken = take_over(learner.model, path, units=output_names(learner), their_units=theirs)
    except (StoreError, WeightsError) as error:
        raise RecipeError([recipe.problem(KEY, _refusal(named, record, error, recipe))]) from error
    source = str(path) if record is None else record.run_id
    words = f"{path}" if record is None else f"run {record.run_id[:8]} ({record.name})"
    started = Started(
        source=source,
        text=f"Started from {words}: {taken.text()}.",
        layers=taken.layers,
        new=taken.new,
        outputs=taken.units,
    )
    return replace(learner, started=started)


def taken_up(learner: Learner, record: RunRecord) -> Learner:
    """The learner of a run that goes on from a checkpoint, with what it once started from."""
    if _named(learner.settings) is None or STARTED not in record.artifacts():
        return learner
    known = json.loads(record.artifact(STARTED).read_text(encoding="utf-8"))
    fields = {**known, "layers": tuple(known["layers"]), "outputs": tuple(known["outputs"])}
    return replace(learner, started=Started(**fields))


def keep(tracked: TrackedRun, learner: Learner) -> None:
    """`started_from` as a tag and a file, where the model started from something."""
    if learner.started is not None:
        tracked.tags({"started_from": learner.started.source})
        tracked.json(STARTED, asdict(learner.started))


def output_names(learner: Learner) -> Sequence[str] | None:
    """Names of the model's outputs, where the application knows them."""
    return learner.pipeline.outputs(learner.splits.info)


def _named(settings: Any) -> str | None:
    return getattr(getattr(settings, "model", None), "beside", {}).get("weights")


def _found(named: str) -> tuple[RunRecord | None, Path]:
    if not named.startswith(RUN):
        return None, Path(named).expanduser()
    record = Store.open().find(named.removeprefix(RUN).strip())
    if WEIGHTS not in record.artifacts():
        raise StoreError(f"{record} keeps no weights: it did not end its training.")
    return record, record.artifact(WEIGHTS)


def _their_outputs(record: RunRecord) -> list[str] | None:
    if OUTPUTS not in record.artifacts():
        return None
    return json.loads(record.artifact(OUTPUTS).read_text(encoding="utf-8"))


def _refusal(named: str, record: RunRecord | None, error: Exception, recipe: Recipe) -> str:
    if isinstance(error, StoreError):
        return str(error)
    came = "" if record is None else f", the weights of {record.params.get('model.type')}"
    model = recipe.resolved["model"]["type"]
    return f"must name weights that fit {model}. Received: {named}{came}: {error}."
