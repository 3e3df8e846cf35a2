"""Lines that drafts share whatever the data: division, bad examples, batches, lists in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlsuite.data.splits import auto_share
from dlsuite.drafting.draft import Line

SMALL = 2_000  # examples below which training gets more than the 60 % of `auto`
SMALL_SHARES = {"train": 0.7, "dev": 0.15, "test": 0.15}
FEWEST = 20  # examples below which 15 % may be none
STEPS = 24  # in an epoch at least, so that it moves the weights enough
SHOWN = 5  # reasons, and bad examples of one, that a comment names
SHOWN_OF_MANY = 3  # where there are more
LISTED = 8  # classes that a comment lists
IMBALANCE = 3  # most frequent class to rarest from which classes are weighed


@dataclass(frozen=True)
class Division:
    """How examples are divided.

    Attributes:
        given: Examples by part as they came; `all` where they came in one.
        shares: For the recipe, or None for `auto`.
        counts: Examples by split, about; of a fold where there are folds.
        folds: Of a cross-validation, 0 without one.
    """

    given: Mapping[str, int]
    shares: Mapping[str, float] | None
    counts: Mapping[str, int]
    folds: int = 0

    @classmethod
    def of(cls, given: Mapping[str, int], folds: int = 0) -> Division:
        """What suits `given`, examples by part.

        Args:
            given: `all`, or parts that came divided.
            folds: Of a cross-validation of `all`; 0 without one.
        """
        total = sum(given.values())
        share = auto_share(total)
        if "all" in given:
            small = FEWEST <= total < SMALL
            shares = (
                SMALL_SHARES if small else {"train": 1 - 2 * share, "dev": share, "test": share}
            )
            test = total // folds if folds else max(1, round(total * shares["test"]))
            learned = shares["train"] / (shares["train"] + shares["dev"])
            train = round((total - test) * learned)
            counts = {"train": train, "dev": total - test - train, "test": test}
            return cls(given, SMALL_SHARES if small else None, counts, folds)
        counts = dict(given)
        if "dev" not in given:
            # As `split` carves dev from train beside a given test part.
            counts["dev"] = max(1, round(given["train"] * share / (1 - share)))
            counts["train"] = given["train"] - counts["dev"]
        return cls(given, None, counts)

    def line(self, what: str, groups: str | None = None) -> Line:
        """The recipe's `data.split`.

        Args:
            what: Plural of what an example is.
            groups: Name of what a split must not cut, where there is one.
        """
        value: Any = "auto" if self.shares is None else dict(self.shares)
        counts = self.counts
        if "all" in self.given:
            score = "score of each fold" if self.folds else "final score"
            why = (
                f"{counts['train']:,} {what} to learn from, {counts['dev']:,} to choose the best "
                f"epoch by (dev), {counts['test']:,} for the {score} (test). They are divided by "
                "content: equal ones never part."
            )
            if groups is not None:
                value = {"by": "group", **(self.shares or {})}
                why += f" Nor are those of one {groups} cut apart."
            return Line("data.split", value, why)
        given = ", ".join(f"{part} {count:,}" for part, count in self.given.items())
        why = f"They come divided and stay so: {given}."
        if "dev" not in self.given:
            why += f" Dev, by which the best epoch is chosen, is {counts['dev']:,} of train."
        if "test" not in self.given:
            why += " There is no test part; the dev score flatters a little, as it chose the epoch."
        return Line("data.split", value, why)


def bad_lines(
    bad: Sequence[Mapping[str, str]], looked_at: int, what: str, empty: Sequence[str] = ()
) -> Iterator[Line]:
    """`on_bad_example: skip` where something must be left out.

    Args:
        bad: `{"path", "reason"}` of each.
        looked_at: Of how many.
        what: Plural of what they are.
        empty: Classes without an example.
    """
    if not bad and not empty:
        return
    yield Line(
        "data.on_bad_example",
        "skip",
        f"{bad_words(bad, looked_at, what, empty)} With `error` instead they stop the run.",
    )


def bad_words(
    bad: Sequence[Mapping[str, str]], looked_at: int, what: str, empty: Sequence[str] = ()
) -> str:
    """What is left out, counted and named."""
    said = []
    if bad:
        places: dict[str, list[str]] = {}
        for item in bad:
            places.setdefault(item["reason"].partition(": '")[0], []).append(item["path"])
        common = sorted(places.items(), key=lambda pair: -len(pair[1]))
        first = "; ".join(f"{_places(where)} ({reason})" for reason, where in common[:SHOWN])
        more = f"; and {len(common) - SHOWN:,} other reasons" if len(common) > SHOWN else ""
        said.append(
            f"{len(bad):,} of {looked_at:,} {what} cannot be used and are left out: {first}{more}."
        )
    if empty:
        said.append(f"Classes without an example are left out: {', '.join(empty[:LISTED])}.")
    return " ".join(said)


def _places(paths: Sequence[str]) -> str:
    """The first of them, and how many there are where that is not all."""
    if len(paths) <= SHOWN:
        return ", ".join(paths)
    return f"{', '.join(paths[:SHOWN_OF_MANY])} and {len(paths) - SHOWN_OF_MANY:,} more"


def class_words(classes: Mapping[str, int]) -> str:
    """Classes with their counts, and what answering always the same would reach."""
    total, often = sum(classes.values()), max(classes, key=lambda name: classes[name])
    rare = min(classes, key=lambda name: classes[name])
    if len(classes) <= LISTED:
        said = ", ".join(f"{name} ({count:,})" for name, count in classes.items())
    elif classes[often] == classes[rare]:
        said = f"{len(classes)} classes of {classes[often]:,} each"
    else:
        said = (
            f"{len(classes)} classes, from {rare} with {classes[rare]:,} to {often} with "
            f"{classes[often]:,}"
        )
    chance = classes[often] / total
    return f"{said}. Always answering {often} is right for {chance:.0%}: a model must beat that."


def imbalance(classes: Mapping[str, int]) -> float:
    """Examples of the most frequent class to those of the rarest."""
    return max(classes.values()) / max(1, min(classes.values()))


def weight_words(classes: Mapping[str, int]) -> str:
    """Why classes are weighed."""
    often = max(classes, key=lambda name: classes[name])
    rare = min(classes, key=lambda name: classes[name])
    return (
        f"{often} is {imbalance(classes):.0f} times as frequent as {rare}: `balanced` gives every "
        "class the same weight in the loss, and f1_macro the same in the score."
    )


def by_count(choices: Mapping[int, int], count: int, beyond: int) -> int:
    """The choice of the first limit that `count` is below, `beyond` above all of them."""
    return next((choice for limit, choice in choices.items() if count < limit), beyond)


def batch_of(train: int, least: int, most: int) -> int:
    """A power of two that leaves an epoch enough steps."""
    size = least
    while size < most and train / (2 * size) >= STEPS:
        size *= 2
    return size


def size_words(count: float) -> str:
    """Bytes in words."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6)):,} MB"


def batch_line(train: int, size: int, step_bytes: float) -> Line:
    """How many examples make a step.

    Args:
        train: Examples that are learned from.
        size: Of a batch.
        step_bytes: What a step takes of memory, about.
    """
    steps = -(-train // size)
    return Line(
        "data.batch_size",
        size,
        f"{steps:,} step{'s' * (steps != 1)} in an epoch; each takes about "
        f"{size_words(step_bytes)} of memory.",
    )
