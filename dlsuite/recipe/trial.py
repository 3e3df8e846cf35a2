"""Making an object once, to hear whether its class takes the arguments."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from dlsuite.recipe.call import Call
from dlsuite.recipe.own import is_signal

LONGEST = 300


def refusal(call: Call[Any]) -> str | None:
    """What the class says against its arguments in one line, or None if it takes them.

    Late values are their examples. No device is woken, so that thread pools and memory growth
    can still be chosen afterwards.
    """
    examples = {**{n: v for c in call.inner() for n, v in c.late.items()}, **call.late}
    with warnings.catch_warnings(), _no_device():
        warnings.simplefilter("ignore")
        try:
            call(**examples)
        except (Exception, SystemExit) as error:  # whatever a constructor raises is its answer
            if is_signal(error):
                raise
            return _one_line(error)
    return None


def _no_device() -> AbstractContextManager[Any]:
    import keras

    if keras.config.backend() != "tensorflow":
        return nullcontext()
    import tensorflow as tf

    # Variables made in a graph are only described; eager ones would start TensorFlow.
    return tf.Graph().as_default()


def _one_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if text.endswith(":") and len(lines) > 1:
        text = f"{text} {lines[1]}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
