"""Which relabels a run's data can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlsuite.data import DataError
from dlsuite.data.relabels import RelabelsError

SHOWN = 5  # names that a message lists
OF_WHAT = "Relabels are for data with one class or with labels."


def require_known(info: Any, relabels: Mapping[str, str]) -> None:
    """Refuses relabels that are none of the run's classes.

    Args:
        info: What the model learned about its data.
        relabels: By key.

    Raises:
        DataError: One is not, or the run's examples have neither a class nor labels.
    """
    if not hasattr(info, "target"):
        raise RelabelsError(
            f"{OF_WHAT} Boxes are mended in the annotations themselves. Received: boxes."
        )
    about = info.target.about
    if "class_names" in about:
        _require_known(relabels, about["class_names"], "")
    elif "label_names" in about:
        _require_known(relabels, about["label_names"], about["label_separator"])
    else:
        raise RelabelsError(f"{OF_WHAT} Received: several outputs.")


def _require_known(relabels: Mapping[str, str], classes: Sequence[str], separator: str) -> None:
    for key, relabel in relabels.items():
        parts = relabel.split(separator) if separator else [relabel]
        unknown = [name for name in parts if name.strip() not in classes]
        if unknown:
            listed = ", ".join(classes[:SHOWN]) + (", …" if len(classes) > SHOWN else "")
            raise DataError(
                f"A relabel must be one of the classes {listed}. Received for {key}: "
                f"{unknown[0]!r}."
            )
