"""A process of a sweep that does trials: TensorFlow must be begun anew in each, so none is forked.

    python -m dlsuite.studies.sweeps.worker

reads one order from standard input, in one line of JSON. Where its parent is gone, standard input
ends, and so does the process, as if it had been asked to by SIGTERM.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from dlsuite.experiment import Pipeline
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import Document
from dlsuite.strategy.sweep_settings import Range, SweepSettings
from dlsuite.studies.sweeps import confirm, storage
from dlsuite.studies.sweeps.space import Space
from dlsuite.studies.sweeps.trial import Sweep, work
from dlsuite.tracking import Store


def obey(order: Mapping[str, Any]) -> None:
    """Does what an order says: trials until none is left, or its share of the trainings again."""
    sweep = _sweep(order)
    if order["arms"]:
        arms = [confirm.Arm(**arm) for arm in order["arms"]]
        confirm.train_arms(sweep, arms, order["seeds"], tuple(order["share"]))
    else:
        work(sweep)


def pipeline_at(place: str) -> Pipeline:
    """The application at `package.module:attribute`."""
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _sweep(order: Mapping[str, Any]) -> Sweep:
    settings = SweepSettings.model_validate(order["settings"])
    metric, run_id = order["metric"], order["run_id"]
    higher = higher_is_better(metric)
    ranges = {path: Range.model_validate(one) for path, one in order["ranges"].items()}
    return Sweep(
        pipeline_at(order["pipeline"]),
        Document(**order["document"]),
        Space(ranges),
        metric,
        run_id,
        Store.open(order["store"]),
        storage.opened(order["url"], run_id, settings, higher, create=False),
        order["machine"],
    )


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not `sys.stdin`, which could not be closed at the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    wanted = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    obey(wanted)
