"""A SavedModel as a logged model of MLflow, which its own TensorFlow flavour loads.

`mlflow.tensorflow.log_model` would trace and write the model a second time. The SavedModel is
proven already, so it is copied as it is, and the flavour is told which signature answers.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlsuite.tracking.delivery import Row
from dlsuite.tracking.location import locate
from dlsuite.tracking.paths import own_path
from dlsuite.types import Shape

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.types import Schema

Fields = Mapping[str, tuple[str, Shape]]  # name -> (dtype, shape)

SAVED_MODEL = "saved_model"  # the folder inside the logged model
KEY = "mlflow.dlsuite.key"  # the tag that tells a model that was begun from one to begin


def log_saved_model(
    client: MlflowClient,
    run_id: str,
    folder: Path,
    *,
    inputs: Fields,
    outputs: Fields,
    example: Mapping[str, Any],
    requirements: Sequence[str] | None,
    parameters: Mapping[str, str],
    scores: Sequence[Row],
    key: str,
) -> str:
    """Stores the model of a run, or goes on with it where that was cut short.

    See `TrackedRun.log_model`. A model that could not be stored whole stays without a status.
    """
    from mlflow.entities import LoggedModelStatus

    logged = _created(client, run_id, dict(parameters), key)
    if logged.status == LoggedModelStatus.READY:
        return logged.model_id
    try:
        with tempfile.TemporaryDirectory() as scratch:
            draft = Path(scratch) / "model"
            _write(draft, logged, run_id, inputs, outputs, example, requirements)
            shutil.copytree(folder, draft / SAVED_MODEL)
            client.log_model_artifacts(logged.model_id, str(draft))
        _enter(client, run_id, logged.model_id, scores)
    except BaseException as problem:
        here = own_path(locate(client.tracking_uri), logged.artifact_location)
        if here is not None:  # half a model only fills the disk
            shutil.rmtree(here, ignore_errors=True)
            if not isinstance(problem, Exception):  # a signal: it is not tried again
                with suppress(Exception):  # which must not take the signal's place
                    client.finalize_logged_model(logged.model_id, LoggedModelStatus.FAILED)
        raise
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    return logged.model_id


def _created(
    client: MlflowClient, run_id: str, parameters: dict[str, str], key: str
) -> LoggedModel:
    """The model in the store: the one that was begun there under this key, or a new one."""
    experiment = client.get_run(run_id).info.experiment_id
    begun = client.search_logged_models([experiment], f"source_run_id = '{run_id}'")
    mine = [each for each in begun if each.tags.get(KEY) == key]
    if mine:
        return mine[0]
    return client.create_logged_model(
        experiment, name="model", source_run_id=run_id, params=parameters, tags={KEY: key}
    )


def _enter(client: MlflowClient, run_id: str, model_id: str, scores: Sequence[Row]) -> None:
    """Names the model as what came out of the run, once, and gives it the run's scores."""
    from mlflow.entities import LoggedModelOutput, Metric

    known = client.get_run(run_id).outputs
    if known is None or model_id not in {each.model_id for each in known.model_outputs}:
        client.log_outputs(run_id, models=[LoggedModelOutput(model_id, step=0)])
    client.log_batch(run_id, metrics=[Metric(*row, model_id=model_id) for row in scores])


def _write(
    draft: Path,
    logged: Any,
    run_id: str,
    inputs: Fields,
    outputs: Fields,
    example: Mapping[str, Any],
    requirements: Sequence[str] | None,
) -> None:
    """Writes all but the SavedModel: MLmodel, requirements, the example."""
    from mlflow import pyfunc
    from mlflow.models import Model, ModelSignature

    model = Model(
        artifact_path=logged.artifact_location,
        model_uuid=logged.model_id,
        run_id=run_id,
        model_id=logged.model_id,
    )
    # A flavour with a signature key is served by that signature, inputs and outputs by name.
    model.add_flavor(
        "tensorflow",
        saved_model_dir=SAVED_MODEL,
        meta_graph_tags=["serve"],
        signature_def_key="serving_default",
        code=None,
    )
    with warnings.catch_warnings():
        # A model without inputs has no example, of which MLflow warns.
        warnings.simplefilter("ignore", UserWarning)
        pyfunc.save_model(
            str(draft),
            loader_module="mlflow.tensorflow",
            mlflow_model=model,
            signature=ModelSignature(_schema(inputs), _schema(outputs)),
            input_example=dict(example) or None,
            pip_requirements=list(requirements or [f"tensorflow=={_version()}"]),
        )


def _version() -> str:
    return metadata.version("tensorflow")


def texts(array: Any) -> Any:
    """Strings as MLflow's schema knows them; TensorFlow's are bytes in object arrays."""
    import numpy as np

    if getattr(getattr(array, "dtype", None), "kind", "") != "O":
        return array
    items = [item.decode() if isinstance(item, bytes) else str(item) for item in array.flat]
    return np.array(items, str).reshape(array.shape)


def _schema(fields: Fields) -> Schema | None:
    import numpy as np
    from mlflow.types import Schema, TensorSpec

    if not fields:
        return None
    return Schema(
        [
            TensorSpec(
                np.dtype("str" if dtype == "string" else dtype),
                tuple(-1 if length is None else length for length in shape),
                name,
            )
            for name, (dtype, shape) in fields.items()
        ]
    )
