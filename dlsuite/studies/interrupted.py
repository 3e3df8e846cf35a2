"""One training in a process of its own that dies where it is told to.

    python -m dlsuite.studies.interrupted ORDER.json

runs one order; without it, the orders named on standard input, each in a child of this process that
need not import everything again. `trial` writes the orders and reads what is left.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import random
import sys
import time
import traceback
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np

from dlsuite import experiment
from dlsuite.experiment import Result
from dlsuite.experiment.fold_records import FOLD
from dlsuite.studies.killing import Killer, Steps
from dlsuite.tracking import Store, Terminated
from dlsuite.training.variables import capture


def main(order: Path) -> None:
    """Runs what the order says; a whole training leaves its state as `end`."""
    what = json.loads(order.read_text(encoding="utf-8"))
    os.environ["MLFLOW_TRACKING_URI"] = what["store"]
    module, _, attribute = what["pipeline"].partition(":")
    pipeline = getattr(importlib.import_module(module), attribute)
    over = 0 if what["resume"] is None else _folds_over(what["resume"])
    steps = Steps(over) if what["kill"] is None else Killer(**what["kill"], over=over)
    # Whatever else drew random numbers in this process must not matter.
    random.seed(what["noise"])
    end = Path(what["end"])
    try:
        result = experiment.run(
            pipeline, what["recipe"], what["overrides"], resume=what["resume"], listeners=[steps]
        )
    except Terminated:
        seconds = time.monotonic() - getattr(steps, "asked", math.nan)
        parting = {"steps": steps.done, "seconds": seconds}
        end.with_suffix(".json").write_text(json.dumps(parting), encoding="utf-8")
        raise
    _keep(result, steps, end)


def _folds_over(run: str) -> int:
    """Trainings of a run that are over before its present one."""
    parts = Store.open().children(run)
    return sum(FOLD in part.tags and part.status == "FINISHED" for part in parts)


def _keep(result: Result, steps: Steps, end: Path) -> None:
    answers = {
        f"{split}/{index}": np.asarray(leaf)
        for split, tree in result.judged.answers.items()
        for index, leaf in enumerate(keras.tree.flatten(tree))
    }
    timeless = [
        {name: value for name, value in epoch.items() if name != "seconds"}
        for epoch in result.history.epochs
    ]
    notes = {
        "history": timeless,
        "initial": result.history.initial,
        "best_epoch": result.history.best_epoch,
        "stopped_early": result.history.stopped_early,
        "scores": result.scores,
        "steps": steps.done,
        "span": median(steps.spans or [0.0]),
        "run_id": result.run_id,
    }
    arrays: dict[str, Any] = {f"state/{n}": value for n, value in capture(result.model).items()}
    arrays |= {f"answers/{name}": answer for name, answer in answers.items()}
    np.savez(end.with_suffix(".npz"), allow_pickle=False, **arrays)
    end.with_suffix(".json").write_text(json.dumps(notes), encoding="utf-8")


def serve() -> None:
    """Forks for every order, and says how the child ended.

    What is imported here has not touched a device yet, so each child begins TensorFlow anew.
    """
    with TemporaryDirectory() as folder:  # so that all that a store imports is imported once
        Store.open(f"sqlite:///{folder}/mlflow.db")
    for line in sys.stdin:
        order = Path(line.strip())
        child = os.fork()
        if child == 0:
            _obey(order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _obey(order: Path) -> None:
    """Does not return: the child ends as a process of its own would."""
    with order.with_suffix(".log").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    code = 0
    try:
        main(order)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        serve()
