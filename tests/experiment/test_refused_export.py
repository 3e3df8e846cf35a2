"""A run whose exported model answers otherwise than training did fails, but keeps its judgement."""

from dataclasses import replace

import pytest

from dlsuite import experiment
from dlsuite.serving import ExportMismatch
from dlsuite.tracking import Store
from pipelines import tabular

WINE = {
    "pipeline": "tabular",
    "data": {"source": {"type": "wine"}, "batch_size": 16},
    "model": {"type": "mlp", "hidden": [4]},
    "training": {"epochs": 1, "early_stopping": None},
    "baseline": None,
}


def all_wrong(settings, info, model):
    """Signatures whose every number is a half more than it should be."""

    def off(signature):
        def answer(**asked):
            said = signature.answer(**asked)
            return {n: v + 0.5 if v.dtype.is_floating else v for n, v in said.items()}

        return replace(signature, answer=answer)

    right = tabular.pipeline.signatures(settings, info, model)
    return {name: off(signature) for name, signature in right.items()}


def test_scores_verdict_and_pictures_stay_and_the_error_says_where(workshop):
    with pytest.raises(ExportMismatch, match=r"within.*keeps its scores.*dlsuite show") as caught:
        experiment.run(replace(tabular.pipeline, signatures=all_wrong), WINE)
    record = Store.open().find("latest")
    assert record.status == "FAILED"
    assert record.run_id[:8] in str(caught.value)
    assert "test.accuracy" in record.metrics
    assert "- The export was refused: " in record.tags["mlflow.note.content"]
    kept = record.artifacts()
    assert {"verdict.json", "figures/curves.png"} <= set(kept)
    assert not any("saved_model" in name for name in kept)
