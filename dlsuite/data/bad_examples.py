"""What happens to examples that cannot be used: an error that names them, or a list."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from dlsuite.data.examples import DataError

OnBadExample = Literal["error", "skip"]
SHOWN = 10  # bad examples that a message lists
MOST_CLASSES = 100_000  # numbered ones; larger numbers name something else


def settle(
    bad: Sequence[Mapping[str, str]],
    total: int,
    what: str,
    on_bad_example: OnBadExample,
    place: str,
) -> None:
    """Nothing where bad examples are to be skipped, else an error that counts and names them.

    Args:
        bad: `{"path": where, "reason": why}` of each.
        total: Examples looked at, bad ones included.
        what: Plural of what an example is, such as `images`.
        on_bad_example: `error` or `skip`.
        place: Where they were looked for, such as a path.

    Raises:
        DataError: If there are any and they are not to be skipped, or if none is good.
    """
    if len(bad) < total and (not bad or on_bad_example == "skip"):
        return
    if not total:
        raise DataError(f"There must be {what} in {place}. Received: none.")
    shown = [f"  {item['path']}: {item['reason']}" for item in bad[:SHOWN]]
    more = [f"  and {len(bad) - SHOWN:,} more"] if len(bad) > SHOWN else []
    advice = "`on_bad_example: skip` leaves them out." if len(bad) < total else "None is left."
    raise DataError(
        "\n".join([f"{len(bad):,} of {total:,} {what} cannot be used. {advice}", *shown, *more])
    )


def left_out(bad: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """One sentence that counts the examples left out and names the first; none without any."""
    if not bad:
        return ()
    first = "; ".join(f"{item['path']}: {item['reason']}" for item in bad[:SHOWN])
    more = f"; and {len(bad) - SHOWN:,} more" if len(bad) > SHOWN else ""
    count = "1 bad example was" if len(bad) == 1 else f"{len(bad):,} bad examples were"
    return (f"{count} left out: {first}{more}.",)


def bad_labels(labels: np.ndarray, class_count: int, where: str) -> list[dict[str, str]]:
    """Every label that names no class, with its place and range."""
    outside = np.flatnonzero((labels < 0) | (labels >= class_count))
    return [
        {
            "path": f"{where}[{index}]",
            "reason": f"label {labels[index]} is out of the range 0 to {class_count - 1}",
        }
        for index in outside
    ]


def numbered_classes(labels: np.ndarray, given: Sequence[str] | None) -> list[str]:
    """Names of the classes 0, 1, …: those given, or the numbers up to the greatest label.

    Raises:
        DataError: The labels are no numbers of classes.
    """
    if given:
        return [str(name) for name in given]
    last = int(labels.max()) if labels.size else -1
    if last >= MOST_CLASSES:
        raise DataError(
            f"Labels must be numbers of classes, from 0 to {MOST_CLASSES - 1:,} at most. "
            f"Received: {last:,}."
        )
    return [str(number) for number in range(last + 1)]


def check_classes(
    counts: Mapping[str, int], on_bad_example: OnBadExample, hint: str = ""
) -> list[str]:
    """Names of classes without any example.

    Args:
        counts: Examples by class, over all parts.
        on_bad_example: With `error`, a class must have an example.
        hint: Ends the message: how a user gets out of it.

    Raises:
        DataError: If there are any and they are not to be skipped.
    """
    empty = [name for name, count in counts.items() if count == 0]
    if empty and on_bad_example == "error":
        found = listed([f"{name} {count}" for name, count in counts.items()])
        raise DataError(
            f"Every class needs at least one example: {len(empty)} of {len(counts)} have none, "
            f"{listed(empty)}. "
            f"Received: {found}.{hint}"
        )
    return empty


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """`a, b`, with an ellipsis where there are more than `most`."""
    return f"{', '.join(names[:most])}{', …' if len(names) > most else ''}"
