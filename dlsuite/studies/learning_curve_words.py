"""A learning curve in words: what more data would bring, and how sure that is."""

from __future__ import annotations

import math
from typing import Any

from dlsuite.strategy.learning_curve import FEWEST, PowerLaw
from dlsuite.studies.learning_curve import AHEAD, LearningCurve

POOR_FIT = 2.0  # standard errors that the points lie from the law, about
CLOSE = 0.5  # of dev's error that is left at train: then the gap is what data can close


def sentences(found: LearningCurve) -> list[str]:
    """The answer, the first sentence first."""
    text, mean = found.scale.text, found.mean
    count, last = int(mean.index[-1]), mean.iloc[-1]
    said = [
        f"With all {count:,} examples the error on dev is {text(last['dev'])}, on train "
        f"{text(last['train'])}."
    ]
    law = found.law
    if law is None:
        numbers = mean.index.nunique()
        said.append(
            f"A power law needs {FEWEST} numbers of examples, here are {numbers}: what more data "
            "would bring is not told."
        )
        return said
    said += [_ahead(found, law, count, times) for times in AHEAD]
    if law.interval(count * AHEAD[0])[1] <= 0 or law.scale == 0:
        said.append("The curve is flat: more data of this kind would change little.")
    said.append(_floor(found, law))
    if law.misfit > POOR_FIT:
        said.append(
            f"The points lie {law.misfit:.1f} standard errors from the law, so take it with care: "
            "more seeds or fractions tell more."
        )
    return said


def to_dict(found: LearningCurve) -> dict[str, Any]:
    """Plain values, ready for JSON."""
    law, count = found.law, int(found.points["examples"].max())
    told = None
    if law is not None:
        told = {
            "floor": law.floor,
            "scale": law.scale,
            "exponent": law.exponent,
            "misfit": law.misfit,
            "ahead": [_expected(law, count, times) for times in AHEAD],
        }
    return {
        "run_id": found.run_id,
        "error": found.scale.meaning,
        "points": found.points.to_dict("records"),
        "law": told,
        "reference": found.reference,
        "sentences": sentences(found),
    }


def _expected(law: PowerLaw, count: int, times: float) -> dict[str, Any]:
    gain, bounds = law.gain(count, times * count)
    return {
        "examples": round(times * count),
        "error": law.at(times * count),
        "interval": law.interval(times * count),
        "gain": gain,
        "gain_interval": bounds,
    }


def _ahead(found: LearningCurve, law: PowerLaw, count: int, times: float) -> str:
    told = _expected(law, count, times)
    number, between = found.scale.text, found.scale.between
    return (
        f"With {told['examples']:,} ({times:g} times as many) {number(told['error'])} is expected, "
        f"95 % interval {between(told['interval'])}: lower by {number(told['gain'])} "
        f"({between(told['gain_interval'])})."
    )


def _floor(found: LearningCurve, law: PowerLaw) -> str:
    number = found.scale.text
    said = f"The law levels off at {number(law.floor)}"
    if found.reference is not None and law.floor > found.reference:
        needed = "so data alone does not reach the reference error of "
        return f"{said}, {needed}{number(found.reference)}: a better model must."
    if found.reference is not None:
        examples = law.needed(found.reference)
        if math.isfinite(examples):
            return (
                f"{said}; the reference error of {number(found.reference)} would take about "
                f"{_rounded(examples)} examples."
            )
    return f"{said} and falls as examples to the power of -{law.exponent:.2f}."


def _rounded(examples: float) -> str:
    """Two digits: more are not known."""
    if examples >= 1e9:
        return "more than a thousand million"
    digits = 1 - math.floor(math.log10(max(examples, 1)))
    return f"{int(round(examples, min(digits, 0))):,}"
