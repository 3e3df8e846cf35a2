"""The applications of dlsuite, one file each; `ls` is the catalogue.

from pipelines import image_classification
result = image_classification.run("digits_lenet5", {"training.epochs": 3})
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlsuite.evaluation import Evaluation, Foreseen
    from dlsuite.evaluation.error_workbook import Analysed, Workbook
    from dlsuite.experiment import Pipeline
    from dlsuite.recipe import Document
    from dlsuite.studies.advise import Advised

SHIPPED = Path(__file__).parent / "recipes"
NOT_APPLICATIONS = {"cli", "recipes"}


def names() -> list[str]:
    """Names of the applications, as a recipe's `pipeline:` says them."""
    found = {module.name for module in pkgutil.iter_modules(__path__)}
    return sorted(found - NOT_APPLICATIONS)


def of(document: Document) -> Pipeline:
    """The application that a recipe names, imported now.

    A bare name is a file of this package; `my_package.module:name` is the user's own.

    Raises:
        RecipeError: `pipeline:` is missing, or names no application.
    """
    from dlsuite.recipe import RecipeError, imports_refused, own_module

    name = document.choose("pipeline", names())
    if ":" not in name:
        return importlib.import_module(f"pipelines.{name}").pipeline
    module, _, attribute = name.partition(":")
    try:
        with imports_refused(document.foreign):
            found = getattr(own_module(module, name), attribute, None)
    except LookupError as error:
        raise RecipeError([document.problem(("pipeline",), f"{error}.")]) from error
    from dlsuite.experiment import Pipeline

    if not isinstance(found, Pipeline):
        came = "nothing of that name" if found is None else f"a {type(found).__name__}"
        message = f"must be a dlsuite.experiment.Pipeline. Received: {name}, which is {came}."
        raise RecipeError([document.problem(("pipeline",), message)])
    return found


def evaluate(run: str, data: str | Path | None = None, **options: Any) -> Evaluation:
    """Score a tracked run's model on labelled data; see `evaluation.evaluate`.

    Args:
        run: A run's id, the beginning of it, its name, or `latest`, of whatever application.
        data: Where the data lies; None for the run's own.
        **options: Those of `evaluation.evaluate`.
    """
    from dlsuite import evaluation

    return evaluation.evaluate(*_whose(run), data, **options)


def foreseen(run: str, data: str | Path | None = None, **options: Any) -> Foreseen:
    """What `evaluate` would score, with the same arguments; nothing is scored or tracked."""
    from dlsuite import evaluation

    return evaluation.foreseen(*_whose(run), data, **options)


def errors(run: str, **options: Any) -> Workbook:
    """A page and a table of a run's mistakes; see `evaluation.error_workbook.workbook`."""
    from dlsuite.evaluation.error_workbook import workbook

    keeps = f"examples/{options.get('split', 'dev')}.csv"
    return workbook(*_whose(run, keeps=keeps), **options)


def tagged(run: str, tags: str | Path, **options: Any) -> Analysed:
    """What the tags in such a table say; see `evaluation.error_workbook.analysed`."""
    from dlsuite.evaluation.error_workbook import analysed

    keeps = f"examples/{options.get('split', 'dev')}.csv"
    return analysed(*_whose(run, keeps=keeps), tags, **options)


def advise(run: str, **options: Any) -> Advised:
    """A run's advice, and what became of what is tried of it; see `studies.advise.advise`."""
    from dlsuite.studies.advise import advise

    return advise(*_whose(run, keeps="verdict.json"), **options)


def _whose(run: str, keeps: str | None = None) -> tuple[Pipeline, str]:
    """The application of a tracked run, and the run's id; see `Store.find`."""
    from dlsuite import experiment
    from dlsuite.tracking import Store

    record = Store.open().find(run, keeps=keeps)
    return of(experiment.recipe_of(record)), record.run_id
