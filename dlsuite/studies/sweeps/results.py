"""What a sweep came to: its trials as a table, the best one, what mattered, how to train it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dlsuite.metrics import higher_is_better
from dlsuite.strategy.seed_spread import Lead, Spread
from dlsuite.studies.sweeps.confirm import Confirmation
from dlsuite.studies.sweeps.space import Space
from dlsuite.studies.sweeps.trial import ERROR, RUN

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

LEAST = 4  # complete trials that an importance is computed of
STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


@dataclass(frozen=True)
class SweepResult:
    """A finished sweep.

    Attributes:
        run_id: Of the run that its trials are kept below.
        store: Where that is.
        recipe: Its name.
        metric: What was optimized, `dev.accuracy`.
        trials: A row for each trial, see `table`.
        best: Number of the best trial.
        changes: Its changes to the recipe.
        given: Changes that every trial had, as they were given.
        importance: Share of the variance of the metric by searched key (fANOVA, Hutter et al.,
            2014), the largest first; empty where it cannot be told.
        confirmation: The best trial over new seeds; None where that was not asked for.
        notes: What a reader should know.
    """

    run_id: str
    store: str
    recipe: str
    metric: str
    trials: pd.DataFrame
    best: int
    changes: Mapping[str, Any]
    given: tuple[str, ...]
    importance: Mapping[str, float]
    confirmation: Confirmation | None
    notes: tuple[str, ...]

    @property
    def value(self) -> float:
        """The best trial's own score: optimistic, as it is the best of many."""
        return float(self.trials.loc[self.trials["trial"] == self.best, "value"].iloc[0])

    @property
    def overrides(self) -> tuple[str, ...]:
        """All changes to the recipe as words of a command line, not quoted."""
        own = (override(path, value) for path, value in self.changes.items())
        return (*self.given, *own)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        found = self.confirmation
        return {
            "run_id": self.run_id,
            "store": self.store,
            "recipe": self.recipe,
            "metric": self.metric,
            "trials": self.trials.to_dict("records"),
            "best": {"trial": self.best, "value": self.value, "overrides": list(self.overrides)},
            "importance": dict(self.importance),
            "confirmation": None if found is None else {**asdict(found), **_verdicts(found)},
            "notes": list(self.notes),
        }


def override(path: str, value: Any) -> str:
    """`model.hidden=[64, 64]`, as the command line takes it."""
    return f"{path}={value if isinstance(value, str) else json.dumps(value)}"


def command(result: SweepResult) -> str:
    """How to train what the best trial tried."""
    return shlex.join(["dlsuite", "train", result.recipe, *result.overrides])


def table(trials: Sequence[FrozenTrial], space: Space, runs: Mapping[int, str]) -> pd.DataFrame:
    """A row for each ended trial.

    Args:
        trials: Optuna's.
        space: What was searched.
        runs: Id of the run of each trial, by number.

    Returns:
        `trial`, `state`, `value` (NaN unless complete), `epochs` (the last one reported), a column
        for each searched key, `run_id`, `error`.
    """
    rows = []
    for each in trials:
        if each.state.name not in STATES:
            continue
        complete = each.state.name == "COMPLETE"
        rows.append(
            {
                "trial": each.number,
                "state": STATES[each.state.name],
                "value": float(each.value) if complete and each.value is not None else np.nan,
                "epochs": each.last_step,
                **{path: each.params.get(path) for path in space.ranges},
                "run_id": runs.get(each.number, each.user_attrs.get(RUN, "")),
                "error": each.user_attrs.get(ERROR, ""),
            }
        )
    columns = ["trial", "state", "value", "epochs", *space.ranges, "run_id", "error"]
    return pd.DataFrame(rows, columns=columns)


def ranked(trials: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The complete trials, the best first, the earlier of equals before the later."""
    complete = trials[trials["state"] == "complete"]
    return complete.sort_values("value", ascending=not higher_is_better(metric), kind="stable")


def importance_of(study: Study, trials: pd.DataFrame, seed: int) -> tuple[dict[str, float], str]:
    """How much each searched key mattered, and why that cannot be told where it cannot."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    values = trials.loc[trials["state"] == "complete", "value"]
    if len(values) < LEAST:
        return (
            {},
            f"Importance is told of {LEAST} complete trials or more; there are {len(values)}.",
        )
    if values.nunique() == 1:
        return {}, "All trials scored the same, so that no key mattered more than another."
    found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
    return {path: float(share) for path, share in found.items()}, ""


def said_of(lead: Lead | None, other: str) -> str:
    """A lead in a sentence; empty where there is none to tell of."""
    if lead is None:
        return ""
    by = f"It is ahead of {other} by {lead.by:.4g}"
    if lead.by <= 0:
        by = f"It is behind {other} by {-lead.by:.4g}" if lead.by else f"It equals {other}"
    if lead.is_clear:
        return f"{by}: more than noise explains, 95 % of which stays within {lead.noise:.2g}."
    return f"{by}: within the noise, 95 % of which stays within {lead.noise:.2g}."


def _verdicts(found: Confirmation) -> dict[str, Any]:
    return {
        "lead_is_clear": {
            "over_second": None if found.over_second is None else found.over_second.is_clear,
            "over_written": None if found.over_written is None else found.over_written.is_clear,
        }
    }


def spread_words(one: Spread) -> str:
    """`0.9713 ± 0.0042 over 3 seeds`."""
    return f"{one.mean:.4f} ± {one.std:.4f} over {len(one.values)} seeds"
