"""A SavedModel as a logged model of MLflow, which its own TensorFlow flavour loads.

`mlflow.tensorflow.log_model` would trace and write the model a second time. The SavedModel is
proven already, so it is copied as it is, and the flavour is told which signature answers.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlsuite.tracking.delivery import Row
from dlsuite.types import Shape

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.types import Schema

Fields = Mapping[str, tuple[str, Shape]]  # name -> (dtype, shape)

SAVED_MODEL = "saved_model"  # the folder inside the logged model


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
) -> str:
    """Stores the model of a run; see `TrackedRun.log_model`."""
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus, Metric

    experiment = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(
        experiment, name="model", source_run_id=run_id, params=dict(parameters)
    )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            draft = Path(scratch) / "model"
            _write(draft, logged, run_id, inputs, outputs, example, requirements)
            shutil.copytree(folder, draft / SAVED_MODEL)
            client.log_model_artifacts(logged.model_id, str(draft))
        client.log_outputs(run_id, models=[LoggedModelOutput(logged.model_id, step=0)])
        metrics = [Metric(*row, model_id=logged.model_id) for row in scores]
        client.log_batch(run_id, metrics=metrics)
    except BaseException:
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.FAILED)
        raise
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    return logged.model_id


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
            input_example={name: _texts(array) for name, array in example.items()} or None,
            pip_requirements=list(requirements or [f"tensorflow=={_version()}"]),
        )


def _version() -> str:
    return metadata.version("tensorflow")


def _texts(array: Any) -> Any:
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
