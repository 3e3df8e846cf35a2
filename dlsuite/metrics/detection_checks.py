"""Whether true and answered boxes of a split are of the form that they are measured in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

TOLD = 0.5  # Score from which a detection is told, where nothing is known of its scores.


def check(
    truth: Mapping[str, npt.ArrayLike],
    answers: Mapping[str, npt.ArrayLike],
    class_names: Sequence[str],
    threshold: float = TOLD,
    keys: npt.ArrayLike | None = None,
) -> None:
    """Refuses what cannot be measured.

    Args:
        truth: As `detection_scores` takes it.
        answers: As `detection_scores` takes them.
        class_names: Of the K classes.
        threshold: Least score that is told, in [0, 1].
        keys: Of the pictures, where they have some.

    Raises:
        ValueError: A part is missing, shapes disagree, a label is out of range, or a number of a
            box that is present is not finite.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"`threshold` must be in [0, 1]. Received: threshold={threshold}.")
    _check_part("truth", truth, "ignored", class_names)
    _check_part("answers", answers, "scores", class_names)
    counts = {
        "truth": len(np.asarray(truth["labels"])),
        "answers": len(np.asarray(answers["labels"])),
    }
    counts |= {} if keys is None else {"keys": len(np.asarray(keys))}
    if len(set(counts.values())) > 1 or not counts["truth"]:
        raise ValueError(
            "`truth` and `answers` must be of the same pictures, at least one, with a key for "
            f"each. Received: {', '.join(f'{name} of {n}' for name, n in counts.items())}."
        )


def _check_part(
    name: str, part: Mapping[str, npt.ArrayLike], third: str, class_names: Sequence[str]
) -> None:
    if not {"boxes", "labels", third} <= set(part):
        raise ValueError(
            f"`{name}` must hold boxes, labels and {third}. Received: {', '.join(map(str, part))}."
        )
    boxes, labels, other = (np.asarray(part[each]) for each in ("boxes", "labels", third))
    if labels.ndim != 2 or boxes.shape != (*labels.shape, 4) or other.shape != labels.shape:
        raise ValueError(
            f"`{name}` must hold boxes [E, N, 4], labels and {third} [E, N]. Received: "
            f"{list(boxes.shape)}, {list(labels.shape)}, {list(other.shape)}."
        )
    classes = len(class_names)
    if not np.issubdtype(labels.dtype, np.integer) or (
        labels.size and not -1 <= labels.min() <= labels.max() < classes
    ):
        found = f" from {labels.min()} to {labels.max()}" if labels.size else ""
        raise ValueError(
            f"Labels of `{name}` must be whole numbers, -1 where there is no box, else from 0 to "
            f"{classes - 1}. Received: {labels.dtype}{found}."
        )
    present = labels >= 0
    broken = ~np.isfinite(boxes[present]).all(axis=-1) | ~np.isfinite(other[present])
    if broken.any():
        raise ValueError(
            f"Boxes and {third} of `{name}` must be finite where a box is present. Received: NaN "
            f"or infinity in {int(broken.sum())} of {len(broken)}."
        )
