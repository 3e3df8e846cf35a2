"""What a served model can be asked: its signatures, and makers for the common forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite.data.delimited import Decimal
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

INPUT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
VOCABULARY_KEPT = 1000  # values; what is larger would make up the manifest
RESERVED = {"self", "training"}  # arguments of what TensorFlow and Keras wrap around a signature


@dataclass(frozen=True)
class Signature:
    """One way to ask a served model, and how an example of the dataset is asked that way.

    Attributes:
        inputs: `tf.TensorSpec` by input name, first axis B of any length. TensorFlow rewrites
            other names than letters, digits and `_`, so they are refused.
        answer: Called with the inputs by name, gives the outputs `[B, ...]` by name. It becomes a
            graph without AutoGraph: TensorFlow operations and Keras layers, no Python branches.
        replay: Turns a raw batch of examples (every leaf `[B, ...]`) into the arrays that a
            client would send for it.
        resources: Layers and lookup tables that `answer` uses beside the model.
        about: Plain facts that a client needs, kept in the manifest: `class_names`; for tables
            `columns` (input name by column), `decimal` and `vocabularies`.
    """

    inputs: Mapping[str, tf.TensorSpec]
    answer: Callable[..., dict[str, Tensor]]
    replay: Callable[[Tree], dict[str, np.ndarray]]
    resources: Sequence[Any] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bad = [n for n in self.inputs if not INPUT_NAME.fullmatch(n) or n in RESERVED]
        if bad or not self.inputs:
            raise ValueError(
                "`inputs` needs one name or more of letters, digits and `_`, the first a letter, "
                f"none of {sorted(RESERVED)}. Received: {bad or 'none'}."
            )


def image_signatures(
    preprocess: keras.Layer, model: keras.Model, class_names: Sequence[str]
) -> dict[str, Signature]:
    """Signatures of an image classifier.

    `serving_default` takes `image`, uint8 `[B, H, W, C]`; `serve_bytes` takes `image_bytes`,
    encoded PNG or JPEG `[B]`, each of its own size, grey or colour as `C` says. Both give
    `probabilities` float32 `[B, K]`, `class_id` int32 `[B]` and `class_name` string `[B]`.

    Args:
        preprocess: The layer or model of training from raw pixels, uint8 `[B, H, W, C]`, to
            what `model` takes. It decides which `H` and `W` are accepted.
        model: Functional classifier that gives logits `[B, K]`.
        class_names: K names by class id.
    """
    import tensorflow as tf

    names = _class_names(class_names, model)
    fitting = tf.TensorSpec(model.input_shape[1:], tf.float32)
    channels = int(getattr(preprocess, "input_shape", model.input_shape)[-1])

    def prepare(image: Tensor) -> Tensor:
        prepared = tf.cast(preprocess(image, training=False), tf.float32)
        return tf.ensure_shape(prepared, model.input_shape)

    def prepare_file(data: Tensor) -> Tensor:
        image = tf.io.decode_image(data, channels=channels, expand_animations=False)
        return prepare(image[None])[0]

    def classify(image: Tensor) -> dict[str, Tensor]:
        return _classes(model(prepare(image), training=False), names)

    def classify_files(image_bytes: Tensor) -> dict[str, Tensor]:
        images = tf.map_fn(prepare_file, image_bytes, fn_output_signature=fitting)
        return _classes(model(images, training=False), names)

    shape = (None, None, None, channels)
    common: dict[str, Any] = {"resources": (preprocess,), "about": {"class_names": names}}
    return {
        "serving_default": Signature(
            inputs={"image": tf.TensorSpec(shape, tf.uint8)},
            answer=classify,
            replay=lambda raw: {"image": _pixels(raw["image"])},
            **common,
        ),
        "serve_bytes": Signature(
            inputs={"image_bytes": tf.TensorSpec((None,), tf.string)},
            answer=classify_files,
            replay=lambda raw: {"image_bytes": _png_files(_pixels(raw["image"]))},
            **common,
        ),
    }


def table_signatures(
    preprocess: keras.Layer,
    model: keras.Model,
    columns: Mapping[str, str],
    class_names: Sequence[str] | None,
    *,
    target: str | None = None,
    vocabularies: Mapping[str, Sequence[str]] | None = None,
    decimal: Decimal = ".",
) -> dict[str, Signature]:
    """The signature of a table model: `serving_default` with one input `[B]` for each column.

    Inputs are float32 for numbers and strings for categories, named as their columns where
    TensorFlow allows it (`about["columns"]` has the input name of every column). Outputs are
    those of `image_signatures` for classes, `prediction` float32 `[B]` for numbers.

    Args:
        preprocess: The layer or model of training from a dict of raw columns, each `[B]`, to
            what `model` takes.
        model: Functional model that gives logits `[B, K]`, or numbers `[B, 1]`.
        columns: `"number"` or `"category"` by column name.
        class_names: K names by class id; None where numbers are predicted.
        target: Column that labelled tables have as well; answering passes over it.
        vocabularies: Values that training has seen, by category column; answering notes others,
            where a column has no more than 1,000.
        decimal: What separates the decimals of numbers in the files of training.
    """
    import tensorflow as tf

    vocabularies = vocabularies or {}
    _check_table(model, columns, class_names, vocabularies)
    names = None if class_names is None else _class_names(class_names, model)
    input_names = _input_names(columns)
    dtypes = {"number": tf.float32, "category": tf.string}

    def answer(**inputs: Tensor) -> dict[str, Tensor]:
        raw = {column: inputs[name] for column, name in input_names.items()}
        outputs = model(preprocess(raw, training=False), training=False)
        if names is None:
            return {"prediction": tf.cast(outputs[:, 0], tf.float32)}
        return _classes(outputs, names)

    def replay(raw: Tree) -> dict[str, np.ndarray]:
        kinds = {"number": np.dtype("float32"), "category": np.dtype(object)}
        return {
            name: np.asarray(raw["columns"][column]).astype(kinds[columns[column]])
            for column, name in input_names.items()
        }

    known = {"class_names": names, "target": target}
    kept = {n: list(v) for n, v in vocabularies.items() if len(v) <= VOCABULARY_KEPT}
    about: dict[str, Any] = {"columns": input_names, "vocabularies": kept, "decimal": decimal}
    about |= {k: v for k, v in known.items() if v is not None}
    return {
        "serving_default": Signature(
            inputs={
                input_names[column]: tf.TensorSpec((None,), dtypes[kind])
                for column, kind in columns.items()
            },
            answer=answer,
            replay=replay,
            resources=(preprocess,),
            about=about,
        )
    }


def _check_table(
    model: keras.Model,
    columns: Mapping[str, str],
    class_names: Sequence[str] | None,
    vocabularies: Collection[str],
) -> None:
    unknown = sorted(set(columns.values()) - {"number", "category"})
    if unknown or not columns:
        raise ValueError(
            "`columns` must name one column or more as `number` or `category`. "
            f"Received: {unknown or 'none'}."
        )
    other = [name for name in vocabularies if columns.get(name) != "category"]
    if other:
        raise ValueError(f"`vocabularies` must be of category columns. Received: {other}.")
    if class_names is None and tuple(model.output_shape) != (None, 1):
        raise ValueError(
            "A model without `class_names` must give one number an example, shape [B, 1]. "
            f"Received: output shape {model.output_shape}."
        )


def _class_names(class_names: Sequence[str], model: keras.Model) -> list[str]:
    names = [str(name) for name in class_names]
    if len(names) != model.output_shape[-1] or len(set(names)) != len(names):
        raise ValueError(
            f"`class_names` must be {model.output_shape[-1]} different names, one for each "
            f"logit. Received: {names}."
        )
    return names


def _classes(logits: Tensor, class_names: list[str]) -> dict[str, Tensor]:
    import tensorflow as tf

    logits = tf.cast(logits, tf.float32)  # half precision is for the layers, not for answers
    class_id = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return {
        "probabilities": tf.nn.softmax(logits),
        "class_id": class_id,
        "class_name": tf.gather(tf.constant(class_names), class_id),
    }


def _pixels(images: np.ndarray) -> np.ndarray:
    if images.dtype != np.uint8:
        raise ValueError(f"Raw images must be uint8. Received: {images.dtype}.")
    return images


def _png_files(images: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    files = np.empty(len(images), object)  # NumPy's own bytes type drops zeros at the end
    for row, image in enumerate(images):
        files[row] = tf.io.encode_png(image).numpy()
    return files


def _input_names(columns: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"[^A-Za-z0-9_]", "_", column)
        if not INPUT_NAME.fullmatch(name) or name in RESERVED:
            name = f"column_{name}"
        while name in names.values():
            name += "_"
        names[column] = name
    return names
