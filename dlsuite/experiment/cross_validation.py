"""What the folds of a cross-validation say together: means, spread, intervals, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dlsuite.metrics import Scores
from dlsuite.metrics.folds import corrected_interval
from dlsuite.metrics.measures import measure_of

HELD_OUT = "cv"  # the name of the pooled held-out answers beside train, dev and test


@dataclass(frozen=True)
class FoldScores:
    """One fold, as its run keeps it.

    Attributes:
        number: 1 to K.
        run_id: Its run.
        counts: Examples by split.
        scores: Clean scores by split; those of `test` are of what the fold held out.
        baseline: Those of the rival that was fitted on the fold's train.
        epochs: What each epoch measured.
    """

    number: int
    run_id: str
    counts: Mapping[str, int]
    scores: Mapping[str, Scores]
    baseline: Mapping[str, Scores]
    epochs: Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class CrossValidation:
    """K models, each scored once on what it was not trained on; every example is so scored once."""

    folds: tuple[FoldScores, ...]

    @cached_property
    def scores(self) -> Scores:
        """Means over the folds of what they scored on their held-out parts.

        The table holds the held-out answer to every example, with the number of its fold.
        """
        return self._together([fold.scores["test"] for fold in self.folds])

    @cached_property
    def baseline(self) -> Scores | None:
        """Likewise of the rival, None where there is none."""
        if not all("test" in fold.baseline for fold in self.folds):
            return None
        return self._together([fold.baseline["test"] for fold in self.folds])

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row for each metric.

        `mean` and `std` are over the folds (n - 1 in the denominator); `pooled` is the score of all
        held-out answers together, `low` and `high` its bootstrap interval over examples; `baseline`
        is the rival's mean, `difference` the net's mean - the rival's, from `difference_low` to
        `difference_high` in Nadeau and Bengio's corrected interval. What is not known is NaN.
        """
        rows = {metric: self._row(metric) for metric in self.scores.values}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("metric")

    @cached_property
    def by_fold(self) -> pd.DataFrame:
        """A row for each fold: its number, run, counts, and its scores on what it held out."""
        rows = []
        for fold in self.folds:
            row: dict[str, Any] = {"fold": fold.number, "run_id": fold.run_id}
            row |= {f"{split} examples": count for split, count in fold.counts.items()}
            row |= fold.scores["test"].values
            if "test" in fold.baseline:
                values = fold.baseline["test"].values
                row |= {f"baseline {name}": value for name, value in values.items()}
            rows.append(row)
        return pd.DataFrame(rows)

    def for_verdict(self, *, baseline: bool = False) -> dict[str, Scores]:
        """What a verdict is made of: one answer an example to train, to dev, and the held-out one.

        Of the several models that were trained on an example (or chosen by it) the one that follows
        its own fold answers, so that each example counts once. Where the folds have no dev, the
        held-out answers stand for it.
        """
        held_out = self.baseline if baseline else self.scores
        if held_out is None:
            return {}
        own = dict(zip(held_out.examples["key"], held_out.examples["fold"], strict=True))
        parts = [fold.baseline if baseline else fold.scores for fold in self.folds]
        once = {
            split: Scores({}, self._once([part[split].examples for part in parts], own))
            for split in ("train", "train_dev", "dev")
            if all(split in part for part in parts)
        }
        return once | {("test" if "dev" in once else "dev"): held_out}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "folds": self.by_fold.to_dict("records"),
            "summary": self.summary.to_dict("index"),
            "examples": len(self.scores.examples),
            "intervals": "95 %; `low`, `high`: bootstrap over the pooled held-out answers; "
            "`difference_low`, `difference_high`: Nadeau-Bengio corrected t over the folds",
        }

    def notes(self, metric: str) -> tuple[str, ...]:
        """What a reader should know, a sentence or two each; `metric` is the one they tell of."""
        count, folds = len(self.scores.examples), len(self.folds)
        said = [
            f"cv.* are means over {folds} folds: each of the {count:,} examples was held out once, "
            "by a model that saw it neither in train nor in dev. The model kept was trained "
            "afterwards, on all of them but its dev part; cv.* is the estimate for it, if anything "
            "a pessimistic one, as the folds' models had fewer examples."
        ]
        return (*said, *_told(metric, self._row(metric)))

    def _together(self, parts: Sequence[Scores]) -> Scores:
        values = {
            name: float(np.mean([part.values[name] for part in parts]))
            for name in parts[0].values
            if all(name in part.values for part in parts)
        }
        tables = [
            part.examples.assign(fold=fold.number)
            for part, fold in zip(parts, self.folds, strict=True)
        ]
        return Scores(values, pd.concat(tables, ignore_index=True))

    def _row(self, metric: str) -> dict[str, float]:
        parts = [fold.scores["test"] for fold in self.folds]
        values = np.array([part.values[metric] for part in parts])
        row = dict.fromkeys(("pooled", "low", "high", "baseline", "difference"), np.nan)
        row |= {"difference_low": np.nan, "difference_high": np.nan}
        measure = measure_of(metric, parts)
        if measure is not None:
            row["pooled"], row["low"], row["high"] = measure.interval(self.scores.examples)
        if self.baseline is not None and metric in self.baseline.values:
            rivals = np.array([fold.baseline["test"].values[metric] for fold in self.folds])
            row["baseline"] = float(rivals.mean())
            if np.isfinite(values - rivals).all():
                row["difference"], row["difference_low"], row["difference_high"] = (
                    corrected_interval(values - rivals, self._test_over_train())
                )
        return {"mean": float(values.mean()), "std": float(values.std(ddof=1)), **row}

    def _test_over_train(self) -> float:
        held_out, trained = (
            sum(fold.counts[split] for fold in self.folds) for split in ("test", "train")
        )
        return held_out / trained

    def _once(self, tables: Sequence[pd.DataFrame], own: Mapping[str, int]) -> pd.DataFrame:
        """The rows of each example in the first fold after its own that has it."""
        count = len(self.folds)
        together = pd.concat(
            [table.assign(fold=fold.number) for table, fold in zip(tables, self.folds, strict=True)]
        )
        # A dev part that came with the data belongs to no fold.
        after = (together["fold"] - together["key"].map(own).fillna(0)) % count
        first = after.groupby(together["key"]).transform("min")
        return together[after == first].drop(columns="fold").reset_index(drop=True)


def _told(metric: str, row: Mapping[str, float]) -> list[str]:
    said = f"cv.{metric} {row['mean']:.4g}, standard deviation over the folds {row['std']:.2g}"
    if np.isfinite(row["low"]):
        said += (
            f"; all held-out answers together {row['pooled']:.4g}, 95 % interval {row['low']:.4g} "
            f"to {row['high']:.4g} by bootstrap over examples (folds share training examples, so "
            "their spread would give too narrow a one)"
        )
    if not np.isfinite(row["difference_low"]):
        return [f"{said}."]
    low, high = row["difference_low"], row["difference_high"]
    clear = "" if low > 0 or high < 0 else ", which noise can explain"
    return [
        f"{said}.",
        f"Against the baseline's {row['baseline']:.4g}: {row['difference']:+.3g}, 95 % interval "
        f"{low:+.3g} to {high:+.3g} over the folds (Nadeau-Bengio corrected){clear}.",
    ]
