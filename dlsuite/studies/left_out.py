"""What of a recipe makes no training another one: a study's trainings go without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What a single model is held to, and how its own training is started.
OF_A_PART: Mapping[str, Any] = {
    "expect": {},
    "evaluation.satisfy": {},
    "sweep": None,
    "training.resume": None,
}
# The same for what was chosen, which is held to all that the recipe says.
OF_THE_CHOSEN: Mapping[str, Any] = {"sweep": None, "training.resume": None}
# All that is said of a score without being another training.
STATED: Mapping[str, Any] = {
    **OF_A_PART,
    "evaluation.reference_error": None,
    "evaluation.human_error": None,
    "evaluation.gap_threshold": 0.02,
}
