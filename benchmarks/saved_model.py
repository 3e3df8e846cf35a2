"""A call of the exported SavedModel against the same answer in the process that trained it.

    python -m benchmarks.saved_model

Both take pictures as bytes and give probabilities and class names. In process they come from the
signature's own function, compiled, which is the fastest that the training code can answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks import lenet
from benchmarks.harness import Row, in_turn, record, timed
from dlsuite.serving.replay import Case, ask
from dlsuite.serving.saved_model import write_saved_model
from pipelines import image_classification

ROUNDS = 9
CALLS = {1: 200, 64: 100}  # batch -> calls in a round
SIGNATURE = "serving_default"


def rows() -> Iterator[Row]:
    """One ratio for each size of a batch."""
    learner = lenet.learner()
    pipeline, info = image_classification.pipeline, learner.splits.info
    signatures = pipeline.signatures(learner.settings, info, learner.model)
    signature = signatures[SIGNATURE]
    (name,) = signature.inputs
    pictures = lenet.pictures()[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "1")
        only = {SIGNATURE: signature}
        write_saved_model(path, learner.model, only, [Case(SIGNATURE, (0,), {name: pictures[:1]})])
        served = tf.saved_model.load(str(path))
    compiled = tf.function(lambda inputs: signature.answer(**inputs))

    def in_process(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        answers = compiled({key: tf.constant(array) for key, array in inputs.items()})
        return {key: np.asarray(tensor.numpy()) for key, tensor in answers.items()}

    for batch, calls in CALLS.items():
        inputs = {name: pictures[:batch]}
        ours, theirs = partial(ask, served, SIGNATURE, inputs), partial(in_process, inputs)
        timed(ours, 20), timed(theirs, 20)
        yield in_turn(
            f"SavedModel against the model in process, batch {batch}",
            partial(timed, ours, calls),
            partial(timed, theirs, calls),
            rounds=ROUNDS,
            target=1.1,
        )


if __name__ == "__main__":
    record("saved_model", rows())
