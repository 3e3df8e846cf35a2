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

    from dlsuite.targets import Names, Target

INPUT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
VOCABULARY_KEPT = 1000  # values; what is larger would make up the manifest
RESERVED = {"self", "training"}  # arguments of what TensorFlow and Keras wrap around a signature
FORMS = {"number": np.dtype("float32"), "category": np.dtype(object)}  # of a column, as sent


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
        about: Plain facts that a client needs, kept in the manifest: those of the target, such as
            `class_names`; for tables `columns` (input name by column), `target` (columns that
            labelled tables have as well), `decimal`, `gaps` (inputs may be missing) and
            `vocabularies`.
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
    preprocess: keras.Layer, model: keras.Model, target: Target
) -> dict[str, Signature]:
    """Signatures of a model of images.

    `serving_default` takes `image`, uint8 `[B, H, W, C]`; `serve_bytes` takes `image_bytes`,
    encoded PNG or JPEG `[B]`, each of its own size, grey or colour as `C` says. Both give the
    answers of the target and their names: for one class `probabilities` float32 `[B, K]`,
    `class_id` int32 `[B]` and `class_name` string `[B]`.

    Args:
        preprocess: The layer or model of training from raw pixels, uint8 `[B, H, W, C]`, to
            what `model` takes. It decides which `H` and `W` are accepted.
        model: Functional model that gives outputs `[B, width]`, such as logits.
        target: What these stand for.
    """
    import tensorflow as tf

    _check_outputs(model, target)
    fitting = tf.TensorSpec(model.input_shape[1:], tf.float32)
    channels = int(getattr(preprocess, "input_shape", model.input_shape)[-1])

    def prepare(image: Tensor) -> Tensor:
        prepared = tf.cast(preprocess(image, training=False), tf.float32)
        return tf.ensure_shape(prepared, model.input_shape)

    def prepare_file(data: Tensor) -> Tensor:
        image = tf.io.decode_image(data, channels=channels, expand_animations=False)
        return prepare(image[None])[0]

    def answer(image: Tensor) -> dict[str, Tensor]:
        return _told(target, model(prepare(image), training=False))

    def answer_files(image_bytes: Tensor) -> dict[str, Tensor]:
        images = tf.map_fn(prepare_file, image_bytes, fn_output_signature=fitting)
        return _told(target, model(images, training=False))

    shape = (None, None, None, channels)
    common: dict[str, Any] = {"resources": (preprocess,), "about": target.about}
    return {
        "serving_default": Signature(
            inputs={"image": tf.TensorSpec(shape, tf.uint8)},
            answer=answer,
            replay=lambda raw: {"image": pixels_of(raw["image"])},
            **common,
        ),
        "serve_bytes": Signature(
            inputs={"image_bytes": tf.TensorSpec((None,), tf.string)},
            answer=answer_files,
            replay=lambda raw: {"image_bytes": png_files(pixels_of(raw["image"]))},
            **common,
        ),
    }


def table_signatures(
    preprocess: keras.Layer,
    model: keras.Model,
    columns: Mapping[str, str],
    target: Target,
    *,
    target_columns: Sequence[str] = (),
    vocabularies: Mapping[str, Sequence[str]] | None = None,
    decimal: Decimal = ".",
    gaps: bool = False,
) -> dict[str, Signature]:
    """The signature of a table model: `serving_default` with one input `[B]` for each column.

    Inputs are float32 for numbers and strings for categories, named as their columns where
    TensorFlow allows it (`about["columns"]` has the input name of every column). Outputs are the
    answers of the target and their names: `prediction` float32 `[B]` for a number.

    Args:
        preprocess: The layer or model of training from a dict of raw columns, each `[B]`, to
            what `model` takes.
        model: Functional model that gives outputs `[B, width]`, such as logits.
        columns: `"number"` or `"category"` by column name.
        target: What the outputs stand for.
        target_columns: Columns that labelled tables have as well; answering passes over them.
        vocabularies: Values that training has seen, by category column; answering notes others,
            where a column has no more than 1,000.
        decimal: What separates the decimals of numbers in the files of training.
        gaps: Whether inputs may be missing, a number as NaN, a category as an empty text.
    """
    import tensorflow as tf

    vocabularies = vocabularies or {}
    _check_columns(columns, vocabularies)
    _check_outputs(model, target)
    names = _input_names(columns)

    def answer(**inputs: Tensor) -> dict[str, Tensor]:
        raw = {column: inputs[name] for column, name in names.items()}
        return _told(target, model(preprocess(raw, training=False), training=False))

    def replay(raw: Tree) -> dict[str, np.ndarray]:
        sent = {column: np.asarray(raw["columns"][column]) for column in names}
        return {name: sent[column].astype(FORMS[columns[column]]) for column, name in names.items()}

    about = {
        **target.about,
        "columns": names,
        "target": list(target_columns),
        "vocabularies": {n: list(v) for n, v in vocabularies.items() if len(v) <= VOCABULARY_KEPT},
        "decimal": decimal,
        "gaps": gaps,
    }
    dtypes = {"number": tf.float32, "category": tf.string}
    inputs = {names[c]: tf.TensorSpec((None,), dtypes[kind]) for c, kind in columns.items()}
    return {"serving_default": Signature(inputs, answer, replay, (preprocess,), about)}


def _told(target: Target, outputs: Tensor) -> dict[str, Tensor]:
    answers = target.answers(outputs)
    words = {name: _words(text, answers[text.of]) for name, text in target.texts.items()}
    return {**answers, **words}


def _words(text: Names, numbers: Tensor) -> Tensor:
    """`Names.read` in a graph."""
    import tensorflow as tf

    names = tf.constant(text.names)
    if text.separator is None:
        return tf.gather(names, numbers)
    rows = tf.tile(names[None], [tf.shape(numbers)[0], 1])  # [B, L]
    held = tf.ragged.boolean_mask(rows, numbers)
    return tf.strings.reduce_join(held, axis=-1, separator=text.separator)


def _check_outputs(model: keras.Model, target: Target) -> None:
    if tuple(model.output_shape) != (None, target.width):
        raise ValueError(
            f"The model must give what the target asks for, shape [B, {target.width}]. "
            f"Received: output shape {model.output_shape}."
        )


def _check_columns(columns: Mapping[str, str], vocabularies: Collection[str]) -> None:
    unknown = sorted(set(columns.values()) - set(FORMS))
    if unknown or not columns:
        raise ValueError(
            "`columns` must name one column or more as `number` or `category`. "
            f"Received: {unknown or 'none'}."
        )
    other = [name for name in vocabularies if columns.get(name) != "category"]
    if other:
        raise ValueError(f"`vocabularies` must be of category columns. Received: {other}.")


def pixels_of(images: np.ndarray) -> np.ndarray:
    """Raw pictures as they are sent, uint8.

    Raises:
        ValueError: They are of another type.
    """
    if images.dtype != np.uint8:
        raise ValueError(f"Raw images must be uint8. Received: {images.dtype}.")
    return images


def png_files(images: np.ndarray) -> np.ndarray:
    """Pictures uint8 `[B, H, W, C]` as PNG files, `[B]` of bytes."""
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
