"""What would be refused for ever is told from what may be taken later."""

import json

import pytest

from dlsuite.tracking.location import mind_mlflow
from dlsuite.tracking.refusals import lasting
from dlsuite.tracking.values import metric_name, metric_value


class ClientError(Exception):
    """As the library of a storage of files raises it, when that is away for a minute."""


def test_only_a_wrong_question_and_our_own_mistakes_last():
    mind_mlflow()
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

    wrong = MlflowException("too long", INVALID_PARAMETER_VALUE)
    binned = MlflowException(
        "The run ab must be in the 'active' state. Current state is deleted.",
        INVALID_PARAMETER_VALUE,
    )
    with pytest.raises(ValueError, match="number") as ours:
        metric_value("loss", "low")
    with pytest.raises(ValueError, match="Expecting") as theirs:
        json.loads("<html>")
    assert lasting(wrong)
    assert lasting(ours.value)
    for passing in (binned, theirs.value, ClientError(), OSError(), MlflowException("later")):
        assert not lasting(passing)


def test_a_metrics_name_longer_than_mlflow_takes_is_refused_at_once():
    assert metric_name("x" * 250)
    with pytest.raises(ValueError, match=r"at most 250 characters\. Received: 251"):
        metric_name("x" * 251)
