"""The file that a recipe's `weights` stand for: of a run, of the user, or of keras.applications."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlsuite.recipe import Call
from dlsuite.tracking import WEIGHTS, RunRecord, Store, StoreError
from dlsuite.training import old_h5
from dlsuite.training.weights_file import (
    ENDING,
    LAYERS,
    VARIABLES,
    WeightsError,
    entries,
    opened,
)

if TYPE_CHECKING:
    from dlsuite.models.imagenet import Arrays, Twin

RUN = "run:"
IMAGENET = "imagenet"
FILES = ".h5"  # weights of Keras, of whatever version
RESCUED = "rescued"  # the tag of a run that diverged and keeps the weights from before
MOST = 150_000_000  # numbers of a file of keras.applications; VGG19 has 143,667,240
# Arguments of a model that change what it computes and no shape of its weights.
UNSEEN = ("pixels", "stride_in")


@dataclass(frozen=True)
class Source:
    """Weights to start from.

    Attributes:
        path: Of their file.
        name: What a run keeps of where they are from: the id of a run, or a path.
        words: The same for a reader.
        record: Of the run they are of.
        warnings: Sentences about what they were learned with and the model has otherwise.
    """

    path: Path
    name: str
    words: str
    record: RunRecord | None = None
    warnings: tuple[str, ...] = ()


def known_form(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: It is neither a run, a file of weights nor `imagenet`.
    """
    is_run = text.startswith(RUN) and text.removeprefix(RUN).strip()
    if is_run or text.endswith(FILES) or text == IMAGENET:
        return text
    raise ValueError(
        f"must be {RUN}RUN, the id of a run, its beginning, its name or latest, {IMAGENET}, or a "
        f"file that ends in {FILES}. Received: {text}."
    )


def network(model: Call) -> Call:
    """The net that published weights are of: the backbone of a detector, else the model itself."""
    backbone = model.arguments.get("backbone")
    return backbone if isinstance(backbone, Call) else model


def imagenet_suits_the_model(settings: Any) -> Iterator[tuple[str, str]]:
    """`weights: imagenet` is of a model that has such weights, in the form that they are of.

    For settings with `model`.
    """
    if settings.model.beside.get("weights") != IMAGENET:
        return
    model = network(settings.model)
    place = "model" if model is settings.model else "model.backbone"
    from dlsuite.models.imagenet import FILES as PUBLISHED
    from dlsuite.models.imagenet import FORM, offered

    depth = model.arguments.get("depth")
    if (model.target, depth) not in PUBLISHED:
        own = model.type if depth is None else f"{model.type} of depth {depth}"
        yield (
            "model.weights",
            f"must be a run or a file: ImageNet weights are published for {offered()}; and a "
            "keras_hub preset brings its own. "
            f"Received: {IMAGENET} for {own}.",
        )
        return
    for name, theirs in FORM[model.target].items():
        if model.arguments[name] != theirs:
            yield (
                f"{place}.{name}",
                f"must be {_plain(theirs)} where `weights` is {IMAGENET}: they were learned so. "
                f"Received: {_plain(model.arguments[name])}.",
            )


def _plain(value: Any) -> str:
    """As a recipe has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def source_of(
    named: str, model: Call, layers: Collection[str], twin: Twin | None, fetch: bool
) -> Iterator[Source | None]:
    """What `weights` stand for, to be read inside; None for some that would have to be fetched.

    Args:
        named: As `known_form` has it.
        model: Of the recipe.
        layers: Names of those of the model that have weights.
        twin: The net of keras.applications that the model, or its backbone, can begin as.
        fetch: Whether what lies elsewhere is fetched.

    Raises:
        StoreError: There is no such run, or it has no weights.
        WeightsError: There is no such file, or it is not what it should be.
        NotThere: The network does not give the file.
    """
    from dlsuite.models.imagenet import FORM, HEAD, fetched

    own, whole = network(model), network(model) is model
    with tempfile.TemporaryDirectory() as scratch:
        if named.startswith(RUN):
            record = source_run(Store.open(), named)
            words = f"run {record.run_id[:8]} ({record.name})"
            theirs = {name: record.params.get(f"model.{name}") for name in UNSEEN}
            warnings = tuple(_of_another_form(model, theirs))
            yield Source(record.artifact(WEIGHTS), record.run_id, words, record, warnings)
        elif named != IMAGENET:
            path = Path(named).expanduser()
            told = _in_our_names(path, twin, layers, Path(scratch), whole)
            warnings = tuple(
                _of_old_pixels(own, path)
                if told is None
                else _of_another_form(own, FORM[own.target])
            )
            yield Source(told or path, str(path), str(path), warnings=warnings)
        elif twin is None:
            raise WeightsError("no ImageNet weights are published for it")
        elif not fetch and not twin.cached.is_file():
            yield None
        else:
            path = fetched(twin)
            # Its 1,000 classes are not ours, be they as many.
            told = _in_our_names(path, twin, layers, Path(scratch), whole, without=(HEAD,))
            yield Source(told or path, str(path), f"ImageNet ({twin.name} of keras.applications)")


def source_run(store: Store, named: str) -> RunRecord:
    """The run that `run:RUN` names.

    Raises:
        StoreError: There is none, it did not finish, or it keeps no weights.
    """
    record = store.find(named.removeprefix(RUN).strip(), keeps=WEIGHTS)
    if WEIGHTS not in record.artifacts():
        raise StoreError(f"{record} keeps no weights: it did not end its training.")
    if record.status != "FINISHED" and RESCUED not in record.tags:
        raise StoreError(f"{record} is no run to start from: it did not finish.")
    return record


def _in_our_names(
    path: Path,
    twin: Twin | None,
    layers: Collection[str],
    scratch: Path,
    whole: bool,
    without: Collection[str] = (),
) -> Path | None:
    """A copy of a file of the model's twin, its layers named as ours are; None of other files."""
    ours = _of_twin(path, twin, layers, whole)
    if ours is None:
        return None
    kept = {name: arrays for name, arrays in ours.items() if name not in without}
    return _written(kept, scratch / f"twin{ENDING}")


def _of_twin(path: Path, twin: Twin | None, layers: Collection[str], whole: bool) -> Arrays | None:
    """The arrays of a file of the model's twin by the names of our layers; None of any other file.

    A model that is not the `whole` of what has a twin has layers besides, those of a detector.
    Read in full once their shapes are known to be of no more numbers than such files have.
    """
    from dlsuite.models.imagenet import DENSE, as_ours

    if twin is None:
        return None
    with opened(path) as file:
        if not old_h5.is_one(file):
            return None
        found = entries(file)
        if sum(entry.count for entry in found.values()) > MOST:
            return None
        try:
            ours = as_ours(
                {name: [file[at][()] for at in entry.arrays] for name, entry in found.items()}
            )
        except ValueError:  # of another net, whose layers may have our names
            return None
    others = set(ours) ^ set(layers) if whole else set(ours) - set(layers)
    return ours if others <= DENSE else None


def _written(layers: Arrays, path: Path) -> Path:
    """A file as a model with those layers would write it."""
    import h5py

    with h5py.File(path, "w") as file:
        for name, arrays in layers.items():
            group = file.create_group(f"{LAYERS}/{name}/{VARIABLES}")
            group.attrs["name"] = name
            for number, array in enumerate(arrays):
                group[str(number)] = array
    return path


def _of_another_form(model: Call, theirs: Mapping[str, Any]) -> Iterable[str]:
    for name in UNSEEN:
        here, there = model.arguments.get(name), theirs.get(name)
        if here and there and here != there:
            yield (
                f"The weights it started from were learned with {name}={there}, the model has "
                f"{name}={here}: set model.{name}={there}."
            )


def _of_old_pixels(model: Call, path: Path) -> Iterable[str]:
    with opened(path) as file:
        if model.arguments.get("pixels") == "unit" and old_h5.is_one(file):
            yield (
                f"{path.name} is in the form of Keras 1 and 2, whose ImageNet weights were "
                "mostly learned of other pixels than those in [0, 1]: those of VGG, ResNet and "
                "SqueezeNet want model.pixels=caffe."
            )
