"""Every example read: what is there, what is damaged, what occurs twice, what leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from dlsuite.data.bad_examples import left_out
from dlsuite.data.checks_boxes import Boxes, look_at_boxes
from dlsuite.data.checks_pictures import Pictures, look_at_pictures
from dlsuite.data.checks_repeats import Same, repeated
from dlsuite.data.checks_tables import Column, look_at_columns
from dlsuite.data.examples import Collection, Examples
from dlsuite.data.near_duplicates import Near, in_words, near_duplicates
from dlsuite.data.settings import DataSettings
from dlsuite.data.split_report import SplitReport, group_leaks, leaks

IMBALANCE = 10.0  # how many times more examples than the rarest a class may have unsaid
FEW = 10  # examples of a class in train from which little can be learnt
SHOWN = 3  # places that a sentence names

Kind = Literal["refused", "leak", "warning"]


@dataclass(frozen=True)
class Finding:
    """Something to know: `train` would refuse it, it leaks between splits, or it is a warning."""

    kind: Kind
    message: str


@dataclass(frozen=True)
class DataCheck:
    """What was found out by reading every example.

    Attributes:
        source: `type:` of the source and what it reads.
        report: Counts, classes and hashes of the splits.
        bad: `{"path", "reason"}` of each example that cannot be used.
        duplicates: Examples that occur more than once within a split.
        leaked: Examples that occur in two splits or more.
        near: Examples of two splits that are nearly the same.
        imbalance: Examples of the largest class over those of the smallest, in train.
        pictures: For pictures.
        boxes: For pictures with boxes.
        columns: For tables.
        findings: Worst first.
        parts: The examples by split.
    """

    source: str
    report: SplitReport
    bad: tuple[Mapping[str, str], ...] = ()
    duplicates: tuple[Same, ...] = ()
    leaked: tuple[Same, ...] = ()
    near: tuple[Near, ...] = ()
    imbalance: float | None = None
    pictures: Pictures | None = None
    boxes: Boxes | None = None
    columns: tuple[Column, ...] = ()
    findings: tuple[Finding, ...] = ()
    parts: Mapping[str, Examples] = field(default_factory=dict, repr=False)

    @property
    def clean(self) -> bool:
        """Whether `train` would take it and nothing leaks."""
        return all(finding.kind == "warning" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "source": self.source,
            "clean": self.clean,
            "findings": [vars(finding) for finding in self.findings],
            "counts": self.report.counts,
            "classes": self.report.classes,
            "imbalance": self.imbalance,
            "bad_examples": [dict(item) for item in self.bad],
            "duplicates": [vars(same) for same in self.duplicates],
            "leaked": [vars(same) for same in self.leaked],
            "near_duplicates": [pair._asdict() for pair in self.near],
            "pictures": self.pictures,
            "boxes": None if self.boxes is None else self.boxes.to_dict(),
            "columns": list(self.columns),
            "hashes": self.report.hashes,
        }


def examine(settings: DataSettings, refusals: Sequence[str] = ()) -> DataCheck:
    """Reads every example of a recipe's data; bad ones are listed instead of refused.

    Args:
        settings: The recipe's `data`.
        refusals: Why `train` would not take it, if it would not.

    Raises:
        DataError: There is nothing to examine: no data, or none that is whole.
    """
    lenient = _lenient(settings)
    collection, parts, report = lenient.load()
    duplicates, leaked = repeated(_numbered(lenient, collection), collection.parts)
    found = DataCheck(
        source=_named(settings),
        report=report,
        bad=report.bad_examples,
        duplicates=duplicates,
        leaked=leaked,
        near=near_duplicates(parts),
        imbalance=_imbalance(report.classes.get("train", {})),
        parts=parts,
    )
    first = next(iter(parts.values()))
    example = first.read(0)
    if isinstance(example, Mapping) and "image" in example:
        found = replace(found, pictures=look_at_pictures(parts))
        if "boxes" in first.rows:
            size = getattr(settings, "image_size", None)
            found = replace(found, boxes=look_at_boxes(parts, collection.about, size))
    elif isinstance(example, Mapping) and "columns" in example:
        found = replace(found, columns=look_at_columns(parts["train"], report.bad_examples))
    return replace(found, findings=tuple(_findings(found, settings, refusals)))


def _lenient(settings: DataSettings) -> DataSettings:
    """The same data with every bad example left out and each looked at as closely as can be."""
    source, close = settings.source, {"verify": "decode", "on_bad_box": "drop"}
    own = {name: value for name, value in close.items() if name in source.arguments}
    source = replace(source, arguments={**source.arguments, **own})
    return settings.model_copy(update={"source": source, "on_bad_example": "skip"})


def _named(settings: DataSettings) -> str:
    values = (v for v in settings.source.arguments.values() if isinstance(v, str))
    return " ".join([settings.source.type, *list(values)[:1]])


def _numbered(settings: DataSettings, collection: Collection) -> dict[str, Examples]:
    """The same division, of examples that only say which row of which part as it came they are."""
    rows = {
        name: {"part": np.full(len(part), name, dtype=object), "row": np.arange(len(part))}
        for name, part in collection.parts.items()
    }
    numbered = {
        name: Examples(rows[name], part.keys, strata=part.strata, groups=part.groups)
        for name, part in collection.parts.items()
    }
    return settings.divided(Collection(numbered, collection.about))[0]


def _imbalance(counts: Mapping[str, int]) -> float | None:
    present = [count for count in counts.values() if count]
    return round(max(present) / min(present), 2) if len(present) > 1 else None


def _findings(
    found: DataCheck, settings: DataSettings, refusals: Sequence[str]
) -> Iterator[Finding]:
    report = found.report
    yield from (Finding("refused", message) for message in refusals)
    if found.leaked:
        pairs = ", ".join(
            f"{count:,} in {pair.replace(' & ', ' and ')}"
            for pair, count in report.shared.items()
            if count
        )
        yield Finding(
            "leak", f"Examples are in two splits: {pairs}, such as {_some(found.leaked)}."
        )
    of_groups = group_leaks(report.shared_groups) if report.by == "group" else []
    yield from (Finding("leak", message) for message in of_groups)
    yield from (Finding("warning", w) for w in in_words(found.near, found.parts))
    if found.bad:
        yield Finding("warning", f"{len(found.bad):,} examples cannot be used.")
    if found.duplicates:
        extra = sum(report.repeated.values())
        yield Finding(
            "warning",
            f"{extra:,} examples repeat another of their split, such as {_some(found.duplicates)}.",
        )
    said = {*left_out(found.bad), *leaks(report.shared, report.shared_keys), *of_groups}
    if found.boxes is not None:
        yield from (Finding("warning", w) for w in found.boxes.warnings())
    yield from (Finding("warning", w) for w in report.warnings if w not in said)
    if found.boxes is None:
        yield from (Finding("warning", message) for message in _about_classes(found))
    if found.pictures is not None:
        sized = getattr(settings, "image_size", None) is not None
        yield from (Finding("warning", w) for w in found.pictures.warnings(sized))
    yield from (Finding("warning", w) for column in found.columns for w in column.warnings())


def _about_classes(found: DataCheck) -> Iterator[str]:
    counts = {name: count for name, count in found.report.classes.get("train", {}).items() if count}
    if found.imbalance is not None and found.imbalance >= IMBALANCE:
        largest = max(counts, key=lambda name: counts[name])
        smallest = min(counts, key=lambda name: counts[name])
        yield (
            f"Classes are unequal in train: {largest} has {counts[largest]:,} examples, {smallest} "
            f"{counts[smallest]:,}. `training.class_weight: balanced` weighs them."
        )
    few = [f"{name} {count}" for name, count in counts.items() if count < FEW]
    if few:
        more = f" and {len(few) - SHOWN} more" if len(few) > SHOWN else ""
        yield f"Classes of less than {FEW} examples in train: {', '.join(few[:SHOWN])}{more}."


def _some(repeated: Sequence[Same]) -> str:
    return "; ".join(" = ".join(same.places[:SHOWN]) for same in repeated[:SHOWN])
