"""How often people err, from what they answered: who stands for people, and the interval of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from dlsuite.metrics import Interval, mean_interval
from dlsuite.strategy.settings import WhichPeople

LEVEL = 0.95
ENOUGH = 0.5  # share of the examples that an annotator must have answered to be the best
TEAM = "the team's majority vote"
TYPICAL = "the typical annotator"
ALONE = "one annotator"


class People(NamedTuple):
    """Errors of those who may stand for people.

    Attributes:
        errors: By who it is, one for each example answered, `[N]`: whether (or, of a vote that
            ties, how likely) it is wrong, or the squared error of a number.
        source: Who they are and where their answers come from.
        examples: How many examples were answered by anyone.
    """

    errors: Mapping[str, np.ndarray]
    source: str
    examples: int


class Level(NamedTuple):
    """Error of people with its interval, and who it is of."""

    interval: Interval
    of: str


def people(answers: pd.DataFrame, of: WhichPeople, source: str) -> People:
    """Who may stand for people, by what each of them answered.

    Args:
        answers: A row for each answer: `key` of the example, `annotator`, `label` and `truth`, the
            two either names of a class or numbers.
        of: See `HumanLevel`.
        source: Where the answers come from.

    Raises:
        ValueError: There are no answers.
    """
    if not len(answers):
        raise ValueError("People must have answered at least one example. Received: no answers.")
    examples = answers["key"].nunique()
    own = {f"annotator {name}": _of_each(part) for name, part in answers.groupby("annotator")}
    if len(own) == 1:
        return People({ALONE: next(iter(own.values()))}, source, examples)
    if of == "typical":
        return People({TYPICAL: _typical(answers)}, source, examples)
    team = {TEAM: _team(answers)}
    if of == "team":
        return People(team, source, examples)
    able = {name: errors for name, errors in own.items() if len(errors) >= ENOUGH * examples}
    return People(team | able, source, examples)


def level_of(found: People, seed: int = 0) -> Level:
    """The lowest error of those who may stand for people.

    Where there are several, whoever is best in a sample is so in part by luck. So the interval is
    not that of the one: intervals of all K hold together at 95 % where each is one of 1 - 0.05 / K
    (Bonferroni), and then the lowest truth lies between the lowest of their lower and the lowest of
    their upper bounds.

    Args:
        found: As `people` finds them.
        seed: Of the bootstrap.
    """
    level = 1 - (1 - LEVEL) / len(found.errors)
    intervals = {
        name: mean_interval(_as_shares(errors), level=level, seed=seed)
        for name, errors in found.errors.items()
    }
    best = min(intervals, key=lambda name: intervals[name].estimate)
    low, high = (min(getattr(i, end) for i in intervals.values()) for end in ("low", "high"))
    return Level(Interval(intervals[best].estimate, low, high), best)


def _of_each(part: pd.DataFrame) -> np.ndarray:
    """Error of each answer."""
    return _errors(part["label"].to_numpy(), part["truth"].to_numpy())


def _errors(labels: np.ndarray, truths: np.ndarray) -> np.ndarray:
    if labels.dtype.kind == "f":
        return (labels - truths) ** 2
    return labels != truths


def _typical(answers: pd.DataFrame) -> np.ndarray:
    """Mean error of the answers to each example: examples are drawn, not answers."""
    errors = pd.Series(_of_each(answers).astype(np.float64), answers["key"].to_numpy())
    return errors.groupby(level=0).mean().to_numpy()


def _team(answers: pd.DataFrame) -> np.ndarray:
    """Error of the answer that most gave to each example, or of the mean of numbers."""
    by_key = answers.groupby("key")
    truths = by_key["truth"].first()
    if answers["label"].dtype.kind == "f":
        return ((by_key["label"].mean() - truths) ** 2).to_numpy(np.float64)
    votes = answers.groupby(["key", "label"]).size().rename("votes").reset_index()
    first = votes[votes["votes"] == votes.groupby("key")["votes"].transform("max")]
    # Of a vote that ties a coin chooses: what is wrong is the share of the wrong ones among them.
    wrong = first["label"].to_numpy() != first["key"].map(truths).to_numpy()
    return (
        pd.Series(wrong.astype(float), first["key"].to_numpy()).groupby(level=0).mean().to_numpy()
    )


def _as_shares(errors: np.ndarray) -> np.ndarray:
    """Booleans where every error is 0 or 1: their interval is that of a share."""
    if errors.dtype == bool or np.isin(errors, (0.0, 1.0)).all():
        return errors.astype(bool)
    return errors
