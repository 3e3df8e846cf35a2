"""Pictures of single examples, read again from the data that a run was trained on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dlsuite.data import DataError
from dlsuite.data.bad_examples import OnBadExample
from dlsuite.data.settings import Source
from dlsuite.progress import working
from dlsuite.recipe import Block, RecipeError, load
from dlsuite.studies.sides import Side


class _Data(Block):
    """The part of a recipe's `data` that says where examples come from."""

    source: Source
    on_bad_example: OnBadExample = "skip"


def pictures_of(side: Side, keys: Iterable[str]) -> tuple[dict[str, np.ndarray], str]:
    """The images `[H, W, C]` of these examples by key, and a note where they cannot be had.

    Examples that are no pictures are neither images nor worth a note.
    """
    source = side.data.get("source")
    if source is None:
        return {}, f"{side.title} does not say where its data is."
    try:
        with working("reading the pictures that runs disagree on"):
            return _read(load({"source": source}, _Data).settings, set(keys)), ""
    except (DataError, RecipeError, OSError, ValueError, LookupError, ImportError) as error:
        reason = " ".join(str(error).split())
        return {}, f"Pictures are not shown, as the data of {side.title} cannot be read: {reason}"


def _read(data: _Data, wanted: set[str]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for part in data.source(on_bad_example=data.on_bad_example).parts.values():
        for place in np.flatnonzero(np.isin(part.keys, list(wanted))):
            example = part.read(int(place))
            if "image" not in example:
                return {}
            found.setdefault(str(part.keys[place]), np.asarray(example["image"]))
    return found
