"""A run's mistakes in words and rows, for the page as for the terminal."""

from __future__ import annotations

from dlsuite.evaluation.boxed_mistakes import is_of_boxes
from dlsuite.evaluation.mistakes import Mistakes
from dlsuite.metrics import Interval
from dlsuite.strategy.error_analysis import Ceiling, ErrorAnalysis


def percent(share: float) -> str:
    """A share, such as `5.3 %`."""
    return f"{100 * share:.1f} %"


def between(interval: Interval) -> str:
    """Its bounds, such as `3.1 to 8.2 %`."""
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"


def ceiling_rows(found: ErrorAnalysis) -> list[list[str]]:
    """Tag, mistakes that have it, their share, error that would fall, and what would be left."""
    rows = [_ceiling(each) for each in found.ceilings]
    if found.untagged.count:  # nobody can solve what has no name
        rows.append([*_ceiling(found.untagged)[:3], "", "", ""])
    return rows


CEILING_COLUMNS = ("tag", "mistakes", "share", "error falls by", "95 % interval", "error after")


def step_rows(found: ErrorAnalysis) -> list[list[str]]:
    """Number, tag, mistakes that nothing before solves, error that falls further, error after."""
    return [
        [
            f"{number}",
            each.tag,
            f"{each.count:,}",
            percent(each.fall),
            f"{percent(each.after.estimate)} ({between(each.after)})",
            "or the next" if each.unsure else "",
        ]
        for number, each in enumerate(found.steps, start=1)
    ]


def kind_rows(seen: Mistakes) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the kinds of mistakes."""
    wrong = int(seen.wrong.sum())
    if is_of_boxes(seen.table):
        return ["kind", "boxes", "pictures", "error without them"], [
            [name, f"{kind.count:,}", f"{len(kind.rows):,}", percent(kind.error_without)]
            for name, kind in seen.kinds.items()
        ]
    return ["mistake", "count", "share of mistakes", "error without it"], [
        [name, f"{kind.count:,}", percent(kind.count / wrong), percent(kind.error_without)]
        for name, kind in seen.kinds.items()
    ]


def kind_lines(seen: Mistakes) -> list[str]:
    """The same in a line each, such as `3 taken for 8: 7, 10.1 %`."""
    _, rows = kind_rows(seen)
    if is_of_boxes(seen.table):
        return [
            f"{name}: {boxes} in {pictures} pictures, error without them {without}"
            for name, boxes, pictures, without in rows
        ]
    return [f"{name}: {count}, {share}" for name, count, share, _ in rows]


STEP_COLUMNS = ("", "solve", "further mistakes", "error falls by", "error after", " ")


def extent(wrong: int, total: int, *, in_parts: bool) -> str:
    """How many mistakes an error is of, such as `12 of 30 examples`.

    Args:
        wrong: Mistakes.
        total: Examples.
        in_parts: Whether an answer may be wrong in part.
    """
    if in_parts:
        return f"{wrong:,} of {total:,} answers are wrong, each by its share"
    return f"{wrong:,} of {total:,} examples"


def headline(found: ErrorAnalysis, split: str) -> str:
    """What there is to win, in a sentence or two."""
    first = found.steps[0]
    count = extent(found.mistakes, found.examples, in_parts=found.in_parts)
    text = (
        f"The {split} error is {percent(found.error.estimate)} ({between(found.error)}): "
        f"{count}. Solving {first.tag} would leave at best "
        f"{percent(first.after.estimate)} ({between(first.after)})."
    )
    if first.unsure:
        text += f" Chance could have put {found.steps[1].tag} before it."
    return text


def _ceiling(each: Ceiling) -> list[str]:
    return [
        each.tag,
        f"{each.count:,}",
        percent(each.share.estimate),
        percent(each.fall.estimate),
        between(each.fall),
        percent(each.after.estimate),
    ]
