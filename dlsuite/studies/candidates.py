"""The runs that a selection is made from, and what is known of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pandas as pd

from dlsuite.recipe.spelling import nearest
from dlsuite.tracking import RunRecord

FORM = re.compile(r"\s*([\w.\-/]+)\s*(!=|=)\s*(.*?)\s*")
FACTS = ("name", "pipeline", "run_id")
SOURCE = "data.source."
WORDING = ("class_names",)  # arguments of sources that change no example


@dataclass(frozen=True)
class Filter:
    """Which runs to look at: `model.type=resnet`, `recipe!=digits_*`.

    Attributes:
        key: A key of the recipe as a run has it as parameter, a tag such as `recipe`, or `name`,
            `pipeline`, `run_id`.
        negated: Whether those that match are left out.
        pattern: What its text must be; `*` and `?` stand for any letters and any letter.
    """

    key: str
    negated: bool
    pattern: str

    @classmethod
    def read(cls, text: str) -> Filter:
        """From `KEY=TEXT` or `KEY!=TEXT`.

        Raises:
            ValueError: The text has another form.
        """
        found = FORM.fullmatch(text)
        if found is None:
            raise ValueError(
                "A filter must be KEY=TEXT or KEY!=TEXT, such as `model.type=resnet`. "
                f"Received: {text!r}."
            )
        key, sign, pattern = found.groups()
        return cls(key, sign == "!=", pattern)

    def __str__(self) -> str:
        return f"{self.key}{'!=' if self.negated else '='}{self.pattern}"

    def keeps(self, record: RunRecord) -> bool:
        """Whether a run is among those; one without the key has an empty text."""
        return fnmatchcase(_texts(record).get(self.key, ""), self.pattern) is not self.negated


def filtered(records: Sequence[RunRecord], filters: Iterable[Filter]) -> list[RunRecord]:
    """The runs that pass every filter.

    Raises:
        ValueError: No run knows the key of a filter, or none passes them all.
    """
    kept, wanted = list(records), list(filters)
    known = {key for record in records for key in _texts(record)}
    for each in wanted:
        if each.key not in known:
            near = nearest(each.key, sorted(known))
            hint = f" Did you mean {near}?" if near else ""
            raise ValueError(f"A filter must name what a run has. Received: {each.key}.{hint}")
        kept = [record for record in kept if each.keeps(record)]
    if not kept:
        said = " and ".join(map(str, wanted))
        raise ValueError(
            f"There must be a finished run with a model{f' and {said}' if said else ''}. "
            f"Received: none of {len(records)}."
        )
    return kept


def measured(records: Sequence[RunRecord], metrics: Iterable[str]) -> pd.DataFrame:
    """A row for each run, by its id, and a column for each metric; NaN where it has none.

    Raises:
        ValueError: No run has a metric.
    """
    known = sorted({name for record in records for name in record.metrics})
    columns = list(dict.fromkeys(metrics))
    for name in columns:
        if name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near}?" if near else f" They have {', '.join(_told(known))}."
            raise ValueError(f"`{name}` must be a metric of a run. Received: none has it.{hint}")
    index = pd.Index([record.run_id for record in records], name="run_id")
    values = [[record.metrics.get(name, float("nan")) for name in columns] for record in records]
    return pd.DataFrame(values, index, columns, dtype=float)


def data_of(record: RunRecord) -> dict[str, str]:
    """The source of a run's data, as its recipe says."""
    return {
        key: text
        for key, text in record.params.items()
        if key.startswith(SOURCE) and key.removeprefix(SOURCE) not in WORDING
    }


def of_one_source(records: Sequence[RunRecord], metric: str) -> list[RunRecord]:
    """The runs of the data source that those with a metric share; all where no run has it.

    Raises:
        ValueError: They have different sources; the message says how many have which.
    """
    having = [record for record in records if metric in record.metrics]
    if not having:
        return list(records)
    groups: dict[tuple[tuple[str, str], ...], list[RunRecord]] = {}
    for record in having:
        groups.setdefault(tuple(sorted(data_of(record).items())), []).append(record)
    if len(groups) > 1:
        said = "; ".join(
            f"{len(members)} of {_short(dict(source))} (such as {members[0].name})"
            for source, members in groups.items()
        )
        raise ValueError(
            "Runs to choose between must be of one data source, as scores on different data do "
            "not compare: leave others out, such as by --filter recipe=NAME. "
            f"Received: {said}."
        )
    source = data_of(having[0])
    return [record for record in records if data_of(record) == source]


def _texts(record: RunRecord) -> dict[str, str]:
    facts = {name: str(getattr(record, name)) for name in FACTS}
    tags = {name: text for name, text in record.tags.items() if not name.startswith("mlflow.")}
    return {**record.params, **tags, **facts}


def _told(metrics: Sequence[str]) -> list[str]:
    return [name for name in metrics if not name.startswith(("epoch/", "baseline."))]


def _short(source: Mapping[str, str]) -> str:
    return ", ".join(text for text in source.values() if text not in ("", "None")) or "no source"
