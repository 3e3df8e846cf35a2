"""Targets of one collection in the numbering of another: classes are matched by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dlsuite.data import DataError, Examples

SHOWN = 10  # names that a message lists
# What a collection says of its target -> how to call it.
KINDS = {"class_names": "one class", "label_names": "labels", "output_classes": "several outputs"}


def names_of(about: Mapping[str, Any], fact: str) -> Any:
    """The names that a collection has for its targets, if these are of the kind of `fact`.

    Raises:
        DataError: They are of another kind.
    """
    if fact in about:
        return about[fact]
    came = [name for kind, name in KINDS.items() if kind in about] or ["a number"]
    raise DataError(
        f"Examples must have {KINDS[fact]} to be scored by this model. Received: {came[0]}."
    )


def known_numbers(names: Sequence[str], known: Sequence[str], what: str) -> np.ndarray:
    """The place in `known` of each of `names`, int32 `[K]`; `what` is their plural.

    Raises:
        DataError: Some of them are not known.
    """
    place = {name: number for number, name in enumerate(known)}
    unknown = [str(name) for name in names if str(name) not in place]
    if unknown:
        more = ", …" if len(unknown) > SHOWN else ""
        raise DataError(
            f"The model knows the {what} {', '.join(known[:SHOWN])}"
            f"{', …' if len(known) > SHOWN else ''}. "
            f"Received, which it does not know: {', '.join(unknown[:SHOWN])}{more}."
        )
    return np.array([place[str(name)] for name in names], np.int32)


def renumbered(
    examples: Examples,
    change: Callable[[np.ndarray], np.ndarray],
    strata: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> Examples:
    """Examples with `change` of their targets, which are under `label` or `target`.

    What a split should balance is `strata` of these.
    """
    key = "label" if "label" in examples.rows else "target"
    targets = change(examples.rows[key])
    return replace(examples, rows={**examples.rows, key: targets}, strata=strata(targets))
