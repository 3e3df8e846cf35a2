"""The ceiling of each kind of mistake: how far the error falls if it were solved, and what first.

The course's error analysis: people look at mistakes, at about a hundred, and mark what each has;
several marks may fit one mistake. With a share s of the mistakes that has a mark the error could
fall at most to `error * (1 - s)`. So marks are counted before anybody works on one. Where an answer
may be wrong in part, such as the boxes of a picture, s is the share of the error in such mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dlsuite.metrics import Interval, paired_interval
from dlsuite.metrics.intervals import product_interval
from dlsuite.strategy.weighed_mistakes import Weighed, error_interval

NO_TAG = "no tag"
LARGE = 0.5  # share of mistakes without a tag past which the tags do not tell what is wrong


@dataclass(frozen=True)
class Ceiling:
    """What solving a tag would bring at most; intervals are of 95 %.

    Attributes:
        tag: Its name.
        count: Mistakes looked at that have it.
        share: Of the error that is in those, with its interval; of mistakes where all weigh alike.
        fall: How far the error would fall: `error * share`.
        after: What would be left of it: `error * (1 - share)`.
    """

    tag: str
    count: int
    share: Interval
    fall: Interval
    after: Interval


@dataclass(frozen=True)
class Step:
    """A tag in the order in which to solve them.

    Attributes:
        tag: Its name.
        count: Mistakes that have it and none of the tags before.
        fall: How far the error would fall further.
        after: The error once this and all before are solved, with its interval.
        unsure: Whether chance could have put the tag of the next step before it.
    """

    tag: str
    count: int
    fall: float
    after: Interval
    unsure: bool


@dataclass(frozen=True)
class ErrorAnalysis:
    """What the tags of a run's mistakes say.

    Attributes:
        examples: Examples of the split.
        mistakes: Those that were answered wrongly.
        looked_at: Mistakes whose tags are known, a random sample of them or all.
        error: Of the split, with its interval.
        ceilings: By tag, the largest first.
        untagged: The mistakes that have none, likewise.
        steps: The order of next steps.
        notes: What a reader should know.
        in_parts: Whether an answer may be wrong in part, so that mistakes weigh unequally.
    """

    examples: int
    mistakes: int
    looked_at: int
    error: Interval
    ceilings: tuple[Ceiling, ...]
    untagged: Ceiling
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    in_parts: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, intervals as mappings."""
        return {name: _plain(value) for name, value in vars(self).items()}


def error_analysis(
    wrong: npt.ArrayLike,
    tags: Mapping[str, npt.ArrayLike],
    *,
    errors: npt.ArrayLike | None = None,
    seed: int = 0,
) -> ErrorAnalysis:
    """Count the tags of mistakes.

    Args:
        wrong: Whether each example of a split was answered wrongly, `[N]`; or how wrong, in [0, 1].
        tags: Whether each of M mistakes has the tag, `[M]` by name; the mistakes must be all there
            are or drawn from them at random. A tag that no mistake has is left out.
        errors: How wrong each of the M mistakes is, in (0, 1], `[M]`; for `wrong` in numbers.
        seed: Of the bootstrap.

    Raises:
        ValueError: There is no mistake or no tag, tags are not of one length, or numbers are not
            told of what they must be.
    """
    whole = Weighed.of(wrong, errors)
    marks = {name: np.asarray(column, bool) for name, column in tags.items()}
    _check(whole, marks)
    used = {name: column for name, column in marks.items() if column.any()}
    none = ~np.any(list(used.values()), axis=0)
    ceilings = [_ceiling(name, whole, column, seed) for name, column in used.items()]
    return ErrorAnalysis(
        examples=len(whole.wrong),
        mistakes=int(whole.wrong.sum()),
        looked_at=len(none),
        error=error_interval(whole.errors, seed=seed),
        ceilings=tuple(sorted(ceilings, key=lambda each: (-each.share.estimate, each.tag))),
        untagged=_ceiling(NO_TAG, whole, none, seed),
        steps=_steps(whole, used, seed),
        notes=tuple(_notes(whole.wrong, used, none)),
        in_parts=whole.weights is not None,
    )


def _check(whole: Weighed, marks: Mapping[str, np.ndarray]) -> None:
    lengths = {len(column) for column in marks.values()}
    mistakes = int(whole.wrong.sum())
    if not mistakes:
        raise ValueError(f"There must be a mistake. Received: {len(whole.wrong)} right answers.")
    if not any(column.any() for column in marks.values()):
        raise ValueError("At least one mistake must have a tag. Received: none that has one.")
    if whole.weights is not None:
        lengths.add(len(whole.weights))
    if len(lengths) > 1 or max(lengths) > mistakes:
        raise ValueError(
            f"Each tag must be told of the same mistakes, of which there are {mistakes}. "
            f"Received: tags of {', '.join(map(str, sorted(lengths)))}."
        )


def _ceiling(name: str, whole: Weighed, marks: np.ndarray, seed: int) -> Ceiling:
    return Ceiling(
        tag=name,
        count=int(marks.sum()),
        share=whole.share(marks, seed),
        fall=product_interval(whole.wrong, whole.weighed(marks), seed=seed),
        after=product_interval(whole.wrong, whole.weighed(~marks), seed=seed),
    )


def _steps(whole: Weighed, marks: Mapping[str, np.ndarray], seed: int) -> tuple[Step, ...]:
    """Always the tag that most of the error left is in."""
    left = np.ones(len(next(iter(marks.values()))), bool)
    waiting, steps = dict(marks), list[Step]()
    while waiting:
        worth = {
            name: float(whole.weighed(column & left).sum()) for name, column in waiting.items()
        }
        order = sorted(waiting, key=lambda name: (-worth[name], name))
        first, rivals = order[0], order[1:]
        further = waiting.pop(first) & left
        if not further.any():
            break  # the others have nothing that those before have not
        ahead = [whole.weighed(waiting[rival] & left) for rival in rivals[:1]]
        unsure = any(not _more(whole.weighed(further), rival, seed) for rival in ahead)
        left = left & ~further
        steps.append(
            Step(
                tag=first,
                count=int(further.sum()),
                fall=float(whole.wrong.mean() * whole.weighed(further).mean()),
                after=product_interval(whole.wrong, whole.weighed(left), seed=seed),
                unsure=unsure,
            )
        )
    return tuple(steps)


def _more(one: np.ndarray, other: np.ndarray, seed: int) -> bool:
    """Whether more of the error is in the one than in the other, past what chance does."""
    return paired_interval(one, other, seed=seed).low > 0


def _notes(wrong: np.ndarray, marks: Mapping[str, np.ndarray], none: np.ndarray) -> Sequence[str]:
    mistakes, notes = int(wrong.sum()), []
    if len(none) < mistakes:
        notes.append(
            f"{len(none):,} of {mistakes:,} mistakes were looked at, drawn at random: the "
            "intervals hold for all of them."
        )
    if none.mean() > LARGE:
        notes.append(
            f"{none.sum():,} of {len(none):,} mistakes have no tag: either they were not looked "
            "at, which makes every ceiling too low, or most of what is wrong has no name yet."
        )
    if sum(map(np.count_nonzero, marks.values())) > np.count_nonzero(~none):
        notes.append(
            "Some mistakes have several tags, so that the falls of the tags add up to more than "
            "all of them together bring; the steps count each mistake once."
        )
    return notes


def _plain(value: Any) -> Any:
    if isinstance(value, Interval):
        return value._asdict()
    if isinstance(value, Ceiling | Step):
        return {name: _plain(inner) for name, inner in vars(value).items()}
    return list(map(_plain, value)) if isinstance(value, tuple) else value
