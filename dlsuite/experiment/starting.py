"""`weights` of a recipe's model: a training that starts from what another run learned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from dlsuite.experiment.overlap import seen_before
from dlsuite.experiment.weights_source import (
    FILES,
    IMAGENET,
    RUN,
    Source,
    known_form,
    network,
    source_of,
    source_run,
)
from dlsuite.models.imagenet import NotThere, Twin, twin_of
from dlsuite.recipe import Call, Recipe, RecipeError, load
from dlsuite.tracking import RunRecord, Store, StoreError, TrackedRun
from dlsuite.training.taking_over import take_over
from dlsuite.training.weights_file import WeightsError

if TYPE_CHECKING:
    import keras

    from dlsuite.experiment.learner import Learner
    from dlsuite.experiment.pipeline import Pipeline

OUTPUTS = "weights/outputs.json"  # names of the model's outputs, to match heads by
INPUTS = "weights/inputs.json"  # names of a table's features, which first layers are for
STARTED = "started_from.json"
KEY = "model.weights"
WORDS = "weights"  # the tag of what a recipe called the run that is `model.weights` of the resolved

Weights = Annotated[
    str,
    AfterValidator(known_form),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^{RUN}.+|^{IMAGENET}$|{FILES.replace('.', '[.]')}$",
            "description": f"What the model starts from: run:RUN, {IMAGENET} for vgg and resnet, "
            f"or a path that ends in {FILES}. Layers are matched by name and shape; the head "
            "begins anew where classes differ.",
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
        warnings: Sentences about examples to be scored that its model was trained on.
        seen: By split, how many of its different examples these are.
    """

    source: str
    text: str
    layers: tuple[str, ...] = ()
    new: Mapping[str, str] | None = None
    outputs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)


def pinned(pipeline: Pipeline, recipe: Recipe, resume: str | None = None) -> Recipe:
    """The recipe with the id of the run that its weights are of, whatever it calls that run.

    Args:
        pipeline: The application.
        recipe: Checked.
        resume: The run that goes on, if one does: it stays with the weights that it began with.

    Raises:
        RecipeError: There is no such run that finished and keeps weights.
    """
    named = _named(recipe.settings)
    if named is None or not named.startswith(RUN):
        return recipe
    store = Store.open()
    if resume is not None:
        before = store.find(resume)
        known = before.params.get(KEY)
        if known is not None and named in (known, before.tags.get(WORDS)):
            return load(recipe.document, pipeline.settings, {KEY: known})
    try:
        record = source_run(store, named)
    except StoreError as error:
        raise RecipeError([recipe.problem(KEY, str(error))]) from error
    return load(recipe.document, pipeline.settings, {KEY: f"{RUN}{record.run_id}"})


def words(recipe: Recipe) -> dict[str, str]:
    """The tag `weights`: what the recipe calls the run that its weights are of, if it names one."""
    named = _named(recipe.settings)
    return {WORDS: named} if named is not None and named.startswith(RUN) else {}


def start(learner: Learner, recipe: Recipe, *, fetch: bool = True) -> Learner:
    """The learner, its model given the weights that the recipe names, if it names any.

    Args:
        learner: Its model as it was made.
        recipe: Checked.
        fetch: Whether weights that lie elsewhere are fetched, or only told of.

    Raises:
        RecipeError: There is no such run or file, or none of its layers is in the model.
    """
    named = _named(learner.settings)
    if named is None:
        return learner
    twin = _twin(learner)
    source: Source | None = None
    try:
        layers = _layers_with_weights(learner.model)
        with source_of(named, learner.settings.model, layers, twin, fetch) as source:
            if source is None:
                assert twin is not None
                return replace(learner, started=_to_be_fetched(twin))
            taken = take_over(
                learner.model,
                source.path,
                units=output_names(learner),
                their_units=_their_names(source.record, OUTPUTS),
                features=input_names(learner),
                their_features=_their_names(source.record, INPUTS),
            )
    except (StoreError, WeightsError, NotThere) as error:
        record = None if source is None else source.record
        raise RecipeError([recipe.problem(KEY, _refusal(named, record, error, recipe))]) from error
    seen, warnings = seen_before(learner, source.record)
    started = Started(
        source=source.name,
        text=f"Started from {source.words}: {taken.text()}.",
        layers=taken.layers,
        new=taken.new,
        outputs=taken.units,
        warnings=(*source.warnings, *warnings),
        seen=seen,
    )
    return replace(learner, started=started)


def taken_up(learner: Learner, record: RunRecord) -> Learner:
    """The learner of a run that goes on from a checkpoint, with what it once started from."""
    if _named(learner.settings) is None or STARTED not in record.artifacts():
        return learner
    known = json.loads(record.artifact(STARTED).read_text(encoding="utf-8"))
    tuples = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return replace(learner, started=Started(**{**known, **tuples}))


def keep(tracked: TrackedRun, learner: Learner) -> None:
    """`started_from` as a tag and a file, where the model started from something."""
    if learner.started is not None:
        tracked.tags({"started_from": learner.started.source})
        tracked.json(STARTED, asdict(learner.started))


def output_names(learner: Learner) -> Sequence[str] | None:
    """Names of the model's outputs, where the application knows them."""
    return learner.pipeline.outputs(learner.splits.info)


def input_names(learner: Learner) -> Sequence[str] | None:
    """Names of the features that the model gets, where the application knows them."""
    return learner.pipeline.inputs(learner.splits.info)


def starts_from_weights(model: Call) -> bool:
    """Whether a recipe's model begins with what another learned, be it a preset's weights."""
    return model.beside.get("weights") is not None or model.arguments.get("load_weights", False)


def _named(settings: Any) -> str | None:
    return getattr(getattr(settings, "model", None), "beside", {}).get("weights")


def _twin(learner: Learner) -> Twin | None:
    """The net of keras.applications that the model can begin as."""
    model, shape = network(learner.settings.model), learner.model.input_shape
    if isinstance(shape, dict):  # regions beside the picture
        shape = shape.get("image")
    if not isinstance(shape, tuple):  # several inputs
        return None
    return twin_of(model.target, model.arguments.get("depth", 0), shape[1:])


def _layers_with_weights(model: keras.Model) -> set[str]:
    """Names of layers, those of nets inside of the model too."""
    import keras

    from dlsuite.models.layer_paths import layers_by_path

    layers = layers_by_path(model).values()
    return {one.name for one in layers if one.weights and not isinstance(one, keras.Model)}


def _to_be_fetched(twin: Twin) -> Started:
    return Started(
        source=IMAGENET,
        text=f"Training begins with the ImageNet weights of {twin.name}, which it fetches from "
        f"{twin.url} to {twin.cached}.",
    )


def _their_names(record: RunRecord | None, file: str) -> list[str] | None:
    if record is None or file not in record.artifacts():
        return None
    return json.loads(record.artifact(file).read_text(encoding="utf-8"))


def _refusal(named: str, record: RunRecord | None, error: Exception, recipe: Recipe) -> str:
    if isinstance(error, StoreError | NotThere):
        return str(error)
    came = "" if record is None else f", the weights of {record.params.get('model.type')}"
    model = recipe.resolved["model"]["type"]
    return f"must name weights that fit {model}. Received: {named}{came}: {error}."
