"""What a per-example table says of each class, whatever the kind of target it is of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

OF = "label_of_"  # begins the columns of a table with several outputs


def recalled(table: pd.DataFrame, separator: str = "|") -> dict[str, np.ndarray]:
    """For each class, whether each example that has it was told so: booleans `[N_class]`.

    Classes of several outputs are called `output: class`. Empty where targets are numbers.

    Args:
        table: Of one split.
        separator: Between the labels of an example, where there can be several.
    """
    found: dict[str, np.ndarray] = {}
    for output, truth, told in _outputs(table, separator):
        prefix = f"{output}: " if output else ""
        if truth.ndim == 2:  # [N, L] of labels
            names = _label_names(table, separator)
            found |= {name: told[truth[:, i], i] for i, name in enumerate(names)}
        else:
            names = sorted(set(truth))
            found |= {f"{prefix}{name}": (told == truth)[truth == name] for name in names}
    return {name: hits for name, hits in found.items() if len(hits)}


def targets_and_answers(
    table: pd.DataFrame, separator: str = "|"
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What was to be told and what was told, by name, each `[N]`: categories, truths or numbers.

    Labels that may be many are truths by their names. With the answers goes the `confidence` of
    the model where the table has it.
    """
    targets: dict[str, np.ndarray] = {}
    answers: dict[str, np.ndarray] = {}
    for output, truth, told in _outputs(table, separator):
        if truth.ndim == 2:
            names = _label_names(table, separator)
            targets |= {f"label {name}": truth[:, i] for i, name in enumerate(names)}
            answers |= {f"answer {name}": told[:, i] for i, name in enumerate(names)}
        else:
            targets[output or "label"] = truth
            answers[f"answer for {output}" if output else "answer"] = told
    if "target" in table and not targets:
        targets["target"] = table["target"].to_numpy()
        answers["answer"] = table["predicted"].to_numpy()
    if "confidence" in table:
        answers["confidence"] = table["confidence"].to_numpy()
    return targets, answers


def _outputs(table: pd.DataFrame, separator: str) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name (empty where there is one), truth and answer of each output of classes or labels."""
    outputs = [name.removeprefix(OF) for name in map(str, table) if name.startswith(OF)]
    for output in outputs:
        yield output, _texts(table[f"{OF}{output}"]), _texts(table[f"predicted_of_{output}"])
    if outputs or not {"label", "predicted", "correct"} <= set(table):
        return
    if "hamming_loss" in table:
        names = _label_names(table, separator)
        truth, told = (_marks(table[column], names, separator) for column in ("label", "predicted"))
        yield "", truth, told
    else:
        yield "", _texts(table["label"]), _texts(table["predicted"])


def _label_names(table: pd.DataFrame, separator: str) -> list[str]:
    texts = {*table["label"].map(str), *table["predicted"].map(str)}
    return sorted({name for text in texts for name in text.split(separator) if name})


def _marks(column: pd.Series, names: list[str], separator: str) -> np.ndarray:
    rows = [set(text.split(separator)) for text in column.map(str)]
    return np.array([[name in row for name in names] for row in rows], bool)


def _texts(column: pd.Series) -> np.ndarray:
    return column.map(str).to_numpy(dtype=object).astype(str)
