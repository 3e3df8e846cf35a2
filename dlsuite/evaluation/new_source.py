"""Reading further data for a run's model: by its own source, or by the one for what lies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlsuite.data import Collection, DataError, DataSettings, Examples
from dlsuite.data.archives import cache_folder, folder_of
from dlsuite.data.bad_examples import OnBadExample, left_out, settle
from dlsuite.data.examples import PARTS
from dlsuite.evaluation.reopening import Reopened
from dlsuite.recipe import Call, Room
from dlsuite.survey.box_layout import BoxLayout, box_layout
from dlsuite.survey.look import form_of
from dlsuite.survey.table_opening import opened
from dlsuite.types import Tree

ALL = "all"
SPLITS = (ALL, *PARTS)
# How data lies -> the sources that read it so; a run's own where it is one of them.
READERS = {
    "pictures": ("image_folder",),
    "idx": ("idx",),
    "arrays": ("arrays",),
    "table": ("csv", "image_csv"),
}
# Sources of pictures with boxes.
BOXED = ("voc", "yolo", "coco", "shapes")


@dataclass(frozen=True)
class NewData:
    """Examples to score a model on.

    Attributes:
        examples: In the model's terms.
        name: Of the data, such as its path.
        split: `all`, or the part taken.
        about: Facts of its source.
        own: Whether it is the run's own.
        of_another_kind: Whether another source than the run's reads it.
        notes: What a person should know of how it was read.
    """

    examples: Examples
    name: str
    split: str
    about: Mapping[str, Any]
    own: bool = False
    of_another_kind: bool = False
    notes: tuple[str, ...] = ()


def own_data(reopened: Reopened, split: str) -> NewData:
    """The examples of the run's own recipe, divided as in training.

    Raises:
        DataError: The data is gone, or there is no such split.
    """
    parts = reopened.pipeline.load(reopened.settings).named()
    source = reopened.recipe.resolved["data"]["source"]
    name = f"its own data ({source.get('path') or source['type']})"
    return NewData(_chosen(parts, split, name), name, split, {}, own=True)


def read_new(
    reopened: Reopened,
    path: str,
    *,
    split: str = ALL,
    target: str | Sequence[str] | None = None,
    on_bad_example: OnBadExample | None = None,
) -> NewData:
    """Labelled data at a path, in the model's terms.

    Args:
        reopened: The run.
        path: Whatever a source reads.
        split: `all`, or the part of that name: given with the data, or else carved from it as
            the run's recipe divides.
        target: Column or columns to be told, where they have other names than in training.
        on_bad_example: `error` or `skip`; None as the run's recipe says.

    Raises:
        DataError: There is no such data, or it does not fit the model; the message says how.
    """
    settings = reopened.settings
    call, notes = _reader(reopened, path, target, divides=split != ALL)
    collection = call(on_bad_example="skip")  # A class without examples is none of its faults.
    bad = list(collection.about.get("bad_examples", ()))
    total = sum(len(part) for part in collection.parts.values()) + len(bad)
    settle(bad, total, "examples", on_bad_example or settings.data.on_bad_example, path)
    admitted = reopened.pipeline.admit(settings, reopened.info, collection)
    parts = admitted.parts
    if split != ALL and split not in parts:
        parts, note = _carved(settings.data, admitted)
        notes = [*notes, f"{split} is carved from the data {note}."]
    return NewData(
        examples=_chosen(parts, split, path),
        name=path,
        split=split,
        about=admitted.about,
        of_another_kind=call.type != settings.data.source.type,
        notes=(*notes, *left_out(bad)),
    )


def _carved(data: DataSettings, collection: Collection) -> tuple[dict[str, Examples], str]:
    """Examples by split, and in words how they were divided."""
    grouped = all(part.groups is not None for part in collection.parts.values())
    if data.split == "auto" or data.split.by == "example" or grouped:
        return data.divided(collection)[0], "as the run's recipe divides"
    by = data.split.by
    settings = data.model_copy(update={"split": data.split.model_copy(update={"by": "example"})})
    return settings.divided(collection)[0], f"by example: nothing in it tells its {by}s"


def _reader(
    reopened: Reopened, path: str, target: str | Sequence[str] | None, *, divides: bool
) -> tuple[Call, list[str]]:
    """The source with its arguments, groups only where it `divides`, and what to say of it."""
    own: Call = reopened.settings.data.source
    room = Room("dlsuite.data.sources", late={"on_bad_example": "error"})
    takes_path = "path" in room.arguments(own.target).names
    known = {**reopened.pipeline.reading(reopened.settings, reopened.info)}
    known |= {} if target is None else {"target": target}
    if takes_path and ":" in own.type:
        return room.read({**own.plain(), "path": path}), []
    if own.type in BOXED:
        layout = box_layout(folder_of(path, cache_folder()), own.type)
        if takes_path and (layout is None or layout.source == own.type):
            return room.read({**own.plain(), "path": path}), []
        # Where nothing annotates, `yolo` says what it misses.
        layout = layout or BoxLayout("yolo", {}, 0)
        note = f"{path} is read by `{layout.source}`; the run's own source is `{own.type}`."
        return room.read({"type": layout.source, **layout.at(path)}), [note]
    form = form_of(path)
    readers = [name for name in READERS[form] if name in room.names()]
    notes = []
    if own.type in readers:
        name, arguments = own.type, {k: v for k, v in own.plain().items() if k != "type"}
    else:
        if form == "table" and "columns" not in known:
            raise DataError(
                "Pictures can come in class folders, an archive of them, IDX files or an .npz; a "
                f"table of them is for runs that `image_csv` read. Received: {path}."
            )
        name, arguments = readers[0], {}
        notes.append(f"{path} is read by `{name}`; the run's own source is `{own.type}`.")
    if form == "table" and arguments.get("groups"):
        there = divides and arguments["groups"] in opened(path)[0].header
        arguments["groups"] = arguments["groups"] if there else None
    if form == "table" and "columns" in known:
        known, path = _of_table(known, path, arguments.get("groups"), notes)
    taken = room.arguments(room.find(name)).names
    arguments |= {key: value for key, value in known.items() if key in taken}
    return room.read({"type": name, **arguments, "path": path}), notes


def _of_table(
    known: Mapping[str, Any], path: str, groups: str | None, notes: list[str]
) -> tuple[dict[str, Any], str]:
    """Arguments for a table with the columns that it has; those that the model has not are ignored.

    Raises:
        DataError: The target is missing.
    """
    table, path = opened(path)
    targets = [known["target"]] if isinstance(known["target"], str) else list(known["target"])
    untold = [name for name in targets if name not in table.header]
    if untold:
        raise DataError(
            f"The table must hold what is to be told, {_listed(untold)}, under this name or "
            f"another that `target` gives; `dlsuite predict` answers without it. Received in "
            f"{table.path.name}: {_listed(table.header)}."
        )
    more = [n for n in table.header if n not in {*known["columns"], *targets, groups}]
    if more:
        notes.append(f"Columns that the model does not know are ignored: {_listed(more)}.")
    # Those of the model that are not there are named when the rows are admitted.
    kinds = {n: kind for n, kind in known["columns"].items() if n in table.header}
    columns = {**kinds, **dict.fromkeys(more, "ignore")}
    return {**known, "columns": columns}, path


def _chosen(parts: Mapping[str, Examples], split: str, name: str) -> Examples:
    if split == ALL:
        return _joined([parts[part] for part in parts])
    if split not in parts:
        raise DataError(
            f"`split` must be one of {', '.join([ALL, *parts])} for {name}. Received: {split}."
        )
    return parts[split]


def _joined(parts: Sequence[Examples]) -> Examples:
    if len(parts) == 1:
        return parts[0]
    keys = np.concatenate([part.keys for part in parts])
    rows = _concatenated([part.rows for part in parts])
    strata = [part.strata for part in parts if part.strata is not None]
    together = np.concatenate(strata) if len(strata) == len(parts) else None
    return Examples(rows=rows, keys=keys, decode=parts[0].decode, strata=together)


def _concatenated(trees: Sequence[Tree]) -> Tree:
    if isinstance(trees[0], Mapping):
        return {name: _concatenated([tree[name] for tree in trees]) for name in trees[0]}
    return np.concatenate(trees)


def _listed(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
