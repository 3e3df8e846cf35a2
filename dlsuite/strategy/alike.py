"""Whether dev and test follow one distribution, in words: found or found in order."""

from __future__ import annotations

from dlsuite.strategy.drift import Drift, Shift

NAMED = 3  # differences that a finding lists
WHOLE = "inputs as a whole"


def about_dev_and_test(found: Drift | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A finding where dev and test differ; else a sentence that says what was compared.

    The course: choose dev and test from one distribution, or dev aims at another target than test.

    Args:
        found: Test's examples compared with dev's by `drift`: a false alarm in at most 5 of 100
            runs. None where they were not compared.

    Returns:
        Findings, and what was found in order.
    """
    if found is None or not found.shifts:
        return (), ()
    if not found.found:
        return (), (_in_order(found),)
    said = [_words(shift) for shift in found.found[:NAMED]]
    more = len(found.found) - len(said)
    said += [f"And {more} more."] * bool(more)
    return ("Dev and test are not of one distribution. From dev to test: " + " ".join(said),), ()


def _words(shift: Shift) -> str:
    if shift.of != WHOLE:
        return shift.text
    return (
        f"A classifier that sees one example of each knows in {shift.effect:.0%} of cases which is "
        "of test (50 % is guessing)."
    ).replace("%", " %", 1)


def _in_order(found: Drift) -> str:
    """What was compared, with the smallest adjusted p-value of each kind."""
    parts = []
    for of in ("labels", "inputs", WHOLE):
        shifts = found.of(of)  # type: ignore[arg-type]
        if shifts:
            least = min(shift.adjusted for shift in shifts)
            what = "by a classifier" if of == WHOLE else f"in {of}"
            parts.append(f"{what} (p {least:.2g})")
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"Dev and test could not be told apart: {listed}, adjusted for all comparisons."
