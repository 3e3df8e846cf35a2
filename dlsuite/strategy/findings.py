"""What matters before the verdict: a baseline that is not beaten, a reference that is reached."""

from __future__ import annotations

from collections.abc import Mapping

from dlsuite.strategy.advice import Advice, beat_the_baseline
from dlsuite.strategy.errors import Scale, SplitError, above, side_by_side
from dlsuite.strategy.references import Reference


def against_baseline(
    errors: Mapping[str, SplitError],
    rivals: Mapping[str, SplitError],
    name: str,
    scale: Scale,
    seed: int,
) -> tuple[list[str], list[Advice]]:
    """What to say and to do where the net is not clearly the better one, on test or else on dev."""
    shared = [split for split in ("test", "dev") if split in errors and split in rivals]
    if not shared:
        return [], []
    split = shared[0]
    net, rival = errors[split], rivals[split]
    lead = side_by_side(net, rival, seed)
    numbers = f"error on {split} {scale.text(net.value)} against {scale.text(rival.value)}"
    if net.value == rival.value == 0:
        return [f"Neither the net nor {name} errs on {split}: the simpler model is enough."], []
    if net.value >= rival.value:
        advice = beat_the_baseline(name, clearly=lead.is_above_zero)
        return [f"The net does not beat {name}: {numbers}."], [advice]
    if lead.interval is not None and lead.interval[1] >= 0:
        found = (
            f"The net is not clearly better than {name}: {numbers}, 95 % interval of the "
            f"difference {scale.between(lead.interval)}."
        )
        return [found], [beat_the_baseline(name, clearly=False)] if net.value > 0 else []
    return [], []


def against_people(
    errors: Mapping[str, SplitError],
    human: Reference | None,
    reference: Reference,
    scale: Scale,
    seed: int,
) -> list[str]:
    """Whether the net errs less than people, or where none are named than the reference."""
    level, name = (reference, "the reference") if human is None else (human, "human level")
    split = "test" if "test" in errors else "dev"
    error = errors[split]
    if error.value >= level.value:
        return []
    numbers = (
        f"error on {split} {scale.text(error.value)} against {scale.text(level.value)} "
        f"({level.source})"
    )
    interval = above(error, level.value, seed, of_level=level.interval).interval
    if interval is not None and interval[1] >= 0:
        return [f"The net is level with {name}: {numbers}, within the noise of the sample."]
    # Course: what helps as long as people are better, and is used up from there on.
    said = (
        f"The net surpasses {name}: {numbers}. Progress often slows from here: people can label no "
        "better than the net answers, they can hardly say why it errs, and it becomes harder to "
        "see which errors are left to avoid."
    )
    if level.value <= reference.value and errors["train"].value < level.value:
        said += (
            " Bias cannot be told against a level that train is already below: where a lower error "
            "is known to be reachable, name it as `evaluation.reference_error`."
        )
    return [said]
