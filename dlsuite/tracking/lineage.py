"""Which data a run saw: one MLflow dataset per split, known by the hash of its examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

LONGEST_DIGEST = 36  # MLflow's limit; the whole hash stands in the profile


@dataclass(frozen=True)
class Dataset:
    """One split of a data set.

    Attributes:
        name: Name of the data set, such as `digits`.
        split: `train`, `dev`, `test`, …
        sha256: Hash over the ids of the split's examples.
        examples: How many there are.
        source: Where they come from: the recipe's `data.source`, a path, a URL.
        about: Whatever else is worth showing, plain values.
    """

    name: str
    split: str
    sha256: str
    examples: int
    source: Any = ""
    about: Mapping[str, Any] = field(default_factory=dict)


def dataset_input(split: Dataset) -> DatasetInput:
    """The split in MLflow's words; its `context` is the name of the split."""
    from mlflow.entities import Dataset as MlflowDataset
    from mlflow.entities import DatasetInput, InputTag

    profile = {"examples": split.examples, "sha256": split.sha256, **split.about}
    return DatasetInput(
        MlflowDataset(
            name=split.name,
            digest=split.sha256[:LONGEST_DIGEST],
            source_type="dlsuite",
            source=json.dumps(split.source, default=str),
            profile=json.dumps(profile, default=str),
        ),
        tags=[InputTag("mlflow.data.context", split.split)],
    )
