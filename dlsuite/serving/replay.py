"""Questions kept beside an export, and their answers by TensorFlow alone; also runs as a script.

As a script it is the proof that an export needs nothing but TensorFlow: it makes Keras and this
suite impossible to import, so it must not import either here.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

KERAS = ("keras", "tf_keras")
BARRED = (*KERAS, "keras_cv", "keras_hub", "keras_nlp", "mlflow", "dlsuite", "pipelines")


@dataclass(frozen=True)
class Case:
    """One batch of questions to one signature.

    Attributes:
        signature: Name of the signature.
        rows: Which examples these are, counted from 0, `B` of them.
        inputs: Arrays `[B, ...]` by input name.
    """

    signature: str
    rows: tuple[int, ...]
    inputs: Mapping[str, np.ndarray]


def tensorflow_alone() -> ModuleType:
    """TensorFlow, imported without Keras where neither is there yet.

    `import tensorflow` imports Keras by itself, to register its optimizers, and goes on without
    where it cannot. An export needs none of it, and the import takes half as long. A later
    `import keras` works.
    """
    missing = [name for name in KERAS if name not in sys.modules]
    barred = [] if "tensorflow" in sys.modules else missing
    sys.modules.update(dict.fromkeys(barred))  # type: ignore[arg-type]  # None: not importable
    try:
        import tensorflow
    finally:
        for name in barred:
            sys.modules.pop(name)
    return tensorflow


def ask(model: Any, signature: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Answers of a loaded SavedModel, arrays `[B, ...]` by output name; strings as bytes."""
    tf = tensorflow_alone()
    answers = model.signatures[signature](**{k: tf.constant(v) for k, v in inputs.items()})
    return {name: np.asarray(tensor.numpy()) for name, tensor in answers.items()}


def write_arrays(path: Path, about: Any, groups: Sequence[Mapping[str, np.ndarray]]) -> None:
    """Writes dicts of arrays, and plain facts `about` them, as one npz file without pickle."""
    arrays: dict[str, np.ndarray] = {}
    index = []
    for group in groups:
        entry = {}
        for name, array in group.items():
            key = str(len(arrays))
            if array.dtype.kind in "OSU":
                items = [text if isinstance(text, bytes) else text.encode() for text in array.flat]
                arrays[key] = np.frombuffer(b"".join(items), np.uint8)
                lengths = np.array([len(item) for item in items], np.int64)
                arrays[f"lengths.{key}"] = lengths.reshape(array.shape)
            else:
                arrays[key] = array
            entry[name] = key
        index.append(entry)
    text = json.dumps({"about": about, "groups": index})
    np.savez_compressed(path, index=np.frombuffer(text.encode(), np.uint8), **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path) -> tuple[Any, list[dict[str, np.ndarray]]]:
    """What `write_arrays` wrote; strings come back as bytes in object arrays."""
    with np.load(path) as file:
        index = json.loads(file["index"].tobytes())
        groups = [
            {name: _array(file, key) for name, key in entry.items()} for entry in index["groups"]
        ]
    return index["about"], groups


def write_cases(path: Path, cases: Sequence[Case]) -> None:
    """Keeps `cases` for a later process."""
    about = [{"signature": case.signature, "rows": case.rows} for case in cases]
    write_arrays(path, about, [case.inputs for case in cases])


def read_cases(path: Path) -> list[Case]:
    """What `write_cases` kept."""
    about, groups = read_arrays(path)
    return [
        Case(entry["signature"], tuple(entry["rows"]), inputs)
        for entry, inputs in zip(about, groups, strict=True)
    ]


def answer_file(model: Path, cases: Path, answers: Path) -> None:
    """Loads the SavedModel `model`, asks it `cases` and writes what it says to `answers`."""
    loaded = tensorflow_alone().saved_model.load(str(model))
    said = [ask(loaded, case.signature, case.inputs) for case in read_cases(cases)]
    write_arrays(answers, None, said)


def _array(file: Mapping[str, np.ndarray], key: str) -> np.ndarray:
    if f"lengths.{key}" not in file:
        return file[key]
    lengths = file[f"lengths.{key}"]
    content = file[key].tobytes()
    array = np.empty(lengths.shape, object)
    ends = np.cumsum(lengths.ravel())
    for place, (end, length) in enumerate(zip(ends, lengths.flat, strict=True)):
        array.flat[place] = content[end - length : end]
    return array


if __name__ == "__main__":
    sys.modules.update(dict.fromkeys(BARRED))  # type: ignore[arg-type]  # None: not importable
    answer_file(*map(Path, sys.argv[1:]))
