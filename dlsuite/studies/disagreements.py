"""Where two runs disagree: which examples one gets right and the other wrong, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dlsuite.metrics.by_class import recalled
from dlsuite.studies.pairing import Pair

DIFFERENTLY = "both wrong, differently"


@dataclass(frozen=True)
class Disagreement:
    """Answers of the first run and another one to the same examples.

    Attributes:
        first: Letter of the first run.
        other: Letter of the other.
        table: A row for each example that only one gets right, or that both get wrong in different
            ways, the surest mistakes first; for numbers each example, those first whose errors
            differ most. Columns: `key`, `right` (`A`, `B` or `neither`; `closer` for numbers),
            `truth`, and of each run `answer A`, `confidence A`, `loss A` as far as they are known.
        counts: Examples by who is right, or closer.
        p_value: How likely equals would split the examples that only one gets right (is closer on)
            as unevenly: an exact McNemar (sign) test. None where there are none.
        by_class: A row for each class: `class`, `examples`, how many of them each run gets right,
            and how many only one of them does; empty for numbers.
    """

    first: str
    other: str
    table: pd.DataFrame
    counts: dict[str, int]
    p_value: float | None
    by_class: pd.DataFrame

    @property
    def are_numbers(self) -> bool:
        """Whether answers are numbers, which are closer or farther, not right or wrong."""
        return "closer" in self.table

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "runs": [self.first, self.other],
            "counts": self.counts,
            "p_value": self.p_value,
            "by_class": self.by_class.to_dict("records"),
            "examples": self.table.to_dict("records"),
        }


def kind_of(table: pd.DataFrame) -> str:
    """What answers in a table are: `names`, which are right or wrong, `numbers`, or neither."""
    if {"label", "predicted", "correct"} <= set(table):
        return "names"
    return "numbers" if {"target", "predicted"} <= set(table) else "neither"


def disagreement(first: str, other: str, pair: Pair) -> Disagreement | None:
    """Where the runs of these letters disagree; None without examples in common, or answers."""
    if pair.basis == "different examples":
        return None
    kind = kind_of(pair.first)
    if kind == "names":
        return _of_names(first, other, pair)
    return _of_numbers(first, other, pair) if kind == "numbers" else None


def _of_names(first: str, other: str, pair: Pair) -> Disagreement:
    one, two = (table["correct"].to_numpy(dtype=bool) for table in (pair.first, pair.other))
    answers = (table["predicted"].to_numpy() for table in (pair.first, pair.other))
    differ = np.not_equal(*answers)
    counts = {
        "both right": int((one & two).sum()),
        f"only {first} right": int((one & ~two).sum()),
        f"only {other} right": int((~one & two).sum()),
        "both wrong, alike": int((~one & ~two & ~differ).sum()),
        DIFFERENTLY: int((~one & ~two & differ).sum()),
    }
    right = np.select([one & ~two, two & ~one], [first, other], "neither")
    table = _beside(first, other, pair, "label").assign(right=right)
    table = table[(one != two) | (~one & ~two & differ)]
    columns = [name for name in table if str(name).startswith("confidence ")]
    if columns:  # of the one that is wrong, or the surer of two
        sure = table[columns].to_numpy(dtype=float)
        wrong = np.stack([table["right"] != first, table["right"] != other], axis=1)
        surest = np.where(wrong, sure, 0.0).max(axis=1, initial=0.0)
        order = np.lexsort((-surest, (table["right"] == "neither").to_numpy()))
        table = table.iloc[order]
    return Disagreement(
        first=first,
        other=other,
        table=_in_order(table, "right"),
        counts=counts,
        p_value=_sign_test(counts[f"only {first} right"], counts[f"only {other} right"]),
        by_class=_by_class(first, other, pair),
    )


def _of_numbers(first: str, other: str, pair: Pair) -> Disagreement:
    one, two = (
        (table["predicted"] - table["target"]).abs().to_numpy(dtype=float)
        for table in (pair.first, pair.other)
    )
    closer = np.select([one < two, two < one], [first, other], "neither")
    counts = {
        f"{first} closer": int((one < two).sum()),
        f"{other} closer": int((two < one).sum()),
        "as close": int((one == two).sum()),
    }
    table = _beside(first, other, pair, "target").assign(closer=closer)
    table = table.iloc[np.argsort(-np.abs(one - two), kind="stable")]
    return Disagreement(
        first=first,
        other=other,
        table=_in_order(table, "closer"),
        counts=counts,
        p_value=_sign_test(counts[f"{first} closer"], counts[f"{other} closer"]),
        by_class=pd.DataFrame(),
    )


def _beside(first: str, other: str, pair: Pair, truth: str) -> pd.DataFrame:
    table = pd.DataFrame({"key": pair.first["key"], "truth": pair.first[truth]})
    for name, column in (("answer", "predicted"), ("confidence", None), ("loss", None)):
        for letter, answers in ((first, pair.first), (other, pair.other)):
            if (column or name) in answers:
                table[f"{name} {letter}"] = answers[column or name]
    return table


def _in_order(table: pd.DataFrame, who: str) -> pd.DataFrame:
    names = ["key", who, *(name for name in table if name not in ("key", who))]
    return table[names].reset_index(drop=True)


def _by_class(first: str, other: str, pair: Pair) -> pd.DataFrame:
    one, two = recalled(pair.first), recalled(pair.other)
    rows = [
        {
            "class": name,
            "examples": len(hits),
            f"{first} right": int(hits.sum()),
            f"{other} right": int(two[name].sum()),
            f"only {first}": int((hits & ~two[name]).sum()),
            f"only {other}": int((~hits & two[name]).sum()),
        }
        for name, hits in one.items()
        if name in two and len(two[name]) == len(hits)
    ]
    return pd.DataFrame(rows)


def _sign_test(a: int, b: int) -> float | None:
    from scipy.special import bdtr  # scipy.stats takes a second to import

    return min(1.0, float(2 * bdtr(min(a, b), a + b, 0.5))) if a + b else None
