"""What values become on their way into MLflow, and back: names, numbers, texts."""

import json
import math
import posixpath
import re
import sys
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

# Before the name of what an epoch measures. MLflow's charts make what stands before a slash a
# section, so that the curves of a training stand together, before its final scores.
EPOCH = "epoch/"
HEADLINE = "headline"  # the tag of the metric that stands for a run
NO_ANSWER = "the server does not answer"
# How the layers below MLflow say that nobody is there.
SILENT = ("Max retries exceeded", "Connection aborted", "Connection refused", "timed out")
LONGEST_NAME = 250  # characters that MLflow takes
# What MLflow's databases hold in place of infinity.
LARGEST = sys.float_info.max


def metric_name(name: str) -> str:
    """The name, where MLflow takes it; delivered later, a bad one would be refused too late."""
    if not re.fullmatch(r"[\w. :/-]+", name) or posixpath.normpath(name) != name or name[0] in "./":
        raise ValueError(
            "A metric's name must consist of letters, digits, `_`, `-`, `.`, ` `, `:` and inner "
            f"`/`. Received: {name!r}."
        )
    if len(name) > LONGEST_NAME:
        raise ValueError(
            f"A metric's name must have at most {LONGEST_NAME} characters. Received: {len(name)}, "
            f"{cut(name, 40)!r}."
        )
    return name


def parameter_names(names: Iterable[str]) -> dict[str, str]:
    """The names that MLflow takes for those given: what it refuses, as in `fire[2-5]*`, is `_`."""
    taken: dict[str, str] = {}
    for name in names:
        allowed = re.sub(r"[^\w. :/-]", "_", name)
        if posixpath.normpath(allowed) != allowed or allowed[0] in "./":
            allowed = allowed.replace("/", "_").lstrip(".") or "_"
        while allowed in taken.values():
            allowed += "_"
        taken[name] = allowed
    return taken


def metric_value(name: str, value: Any) -> float:
    """The number, infinity in the form that MLflow's databases keep it in."""
    try:
        number = float(value)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"Metric `{name}` must be a number. Received: {value!r}.") from problem
    return math.copysign(LARGEST, number) if math.isinf(number) else number


def as_text(value: Any) -> str:
    """Text as it is, all else as JSON: `true`, `null`, `0.003`."""
    return value if isinstance(value, str) else json.dumps(value, default=as_plain)


def as_plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as plain values, all else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def cut(text: str, longest: int) -> str:
    """The text, its end replaced by `…` where it has more than `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def first_line(problem: BaseException) -> str:
    """What an exception says, without the statements and traces that MLflow adds below."""
    lines = str(problem).strip().splitlines() or [""]
    said = next((line for line in lines if not line.startswith("(raised as a result")), lines[0])
    line = re.sub(r"^\(\w+\.\w+\) ", "", said)
    return NO_ANSWER if any(words in line for words in SILENT) else line


def suffixed(name: str, suffix: str) -> str:
    """The file name, with `suffix` where it has none."""
    return name if PurePosixPath(name).suffix else f"{name}{suffix}"


def as_measured(value: float) -> float:
    """Infinity for the largest float, in whose form MLflow's databases keep it."""
    return math.copysign(math.inf, value) if abs(value) == LARGEST else value


def mark(step: int, value: float) -> tuple[int, float | None]:
    """What makes two points one; NaN, which equals nothing, becomes None."""
    return step, None if math.isnan(value) else value
