"""An export that was loaded to answer, by TensorFlow alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.serving import replay
from dlsuite.serving.graph_check import check_model
from dlsuite.serving.manifest import read_manifest
from dlsuite.serving.versions import locate

Answer = dict[str, Any]  # of one example: value or array by output name


@dataclass(frozen=True)
class Served:
    """A loaded SavedModel.

    Attributes:
        path: Its folder.
        model: What TensorFlow loaded; it must be kept as long as its signatures are used.
        facts: Its manifest; empty where another tool wrote it.
    """

    path: Path
    model: Any
    facts: Mapping[str, Any]

    def inputs(self, signature: str) -> dict[str, Any]:
        """`tf.TensorSpec` by input name."""
        return self._signature(signature).structured_input_signature[1]

    def outputs(self, signature: str) -> dict[str, Any]:
        """`tf.TensorSpec` by output name."""
        return self._signature(signature).structured_outputs

    def about(self, signature: str) -> Mapping[str, Any]:
        """What the manifest says of a signature."""
        return self.facts.get("signatures", {}).get(signature, {})

    def ask(self, signature: str, inputs: Mapping[str, np.ndarray]) -> list[Answer | str]:
        """The answer to each of B examples; a message for those that cannot be answered."""
        try:
            outputs = replay.ask(self.model, signature, inputs)
        except replay.tensorflow_alone().errors.InvalidArgumentError as error:
            count = len(next(iter(inputs.values())))
            if count == 1:
                return [_first_sentence(error.message)]
            # One bad example must not cost the others their answer.
            halves = (slice(None, count // 2), slice(count // 2, None))
            return [
                answer
                for half in halves
                for answer in self.ask(signature, {k: v[half] for k, v in inputs.items()})
            ]
        rows = zip(*outputs.values(), strict=True)
        return [dict(zip(outputs, row, strict=True)) for row in rows]

    def _signature(self, name: str) -> Any:
        if name not in self.model.signatures:
            raise ValueError(
                f"{self.path} answers the signatures {sorted(self.model.signatures)}. "
                f"Received: {name}."
            )
        return self.model.signatures[name]


def load(path: str | Path) -> Served:
    """Loads an export, or the newest version in a folder of them.

    Raises:
        FileNotFoundError: If `path` holds no export.
        UnsafeModel: If it would do more than compute.
    """
    path = locate(path)
    check_model(path)
    try:
        facts = read_manifest(path)
    except FileNotFoundError:
        facts = {}
    return Served(path, replay.tensorflow_alone().saved_model.load(str(path)), facts)


def _first_sentence(message: str) -> str:
    return re.sub(r"\{\{[^}]*\}\}\s*", "", message).partition("\n")[0].strip()
