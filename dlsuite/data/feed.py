"""Batches for training and for scoring: tf.data over random-access examples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf

from dlsuite.data.ahead import BATCH_CALLS, CALLS, ahead
from dlsuite.data.augment import augmenter
from dlsuite.data.encoded import encoded
from dlsuite.data.examples import Examples
from dlsuite.data.order import Order
from dlsuite.data.rows import gatherer
from dlsuite.types import Tensor, Tree

Encode = Callable[[Tree], Tree]
RAW_BATCH = 2**25  # bytes of decoded examples up to which a batch is encoded at once, as floats


@dataclass(frozen=True)
class Batches:
    """All batches of a training as one `tf.data.Dataset`, and how many of them are an epoch.

    `order` says which examples stand in which batch; None where nobody asks.
    """

    dataset: Any
    steps_per_epoch: int
    order: Order | None = None

    def after(self, steps: int) -> Any:
        """The dataset for a `fit` that counts `steps` more batches than it is given.

        Keras ends an epoch where the steps that it counted reach the dataset's cardinality.
        """
        left = int(self.dataset.cardinality())
        if not steps or left < 0:
            return self.dataset
        return self.dataset.apply(tf.data.experimental.assert_cardinality(left + steps))


def training_batches(
    examples: Examples,
    encode: Encode,
    *,
    batch_size: int | Literal["full"],
    seed: int,
    epochs: int,
    steps_per_epoch: int | None = None,
    first_step: int = 0,
    augment: Sequence[keras.layers.Layer] = (),
    cache: Literal["memory", "disk", "none"] = "none",
    cache_folder: Path | None = None,
) -> Batches:
    """The batches of all epochs, shuffled, encoded, augmented and prefetched.

    Batch t is a function of (seed, t): started at `first_step` k, the dataset gives bit for bit
    what an uninterrupted one gives from batch k on. Every pass over the examples is a new
    permutation; its last batch may be short; no batch crosses two passes.

    Args:
        examples: What to train on.
        encode: TensorFlow function from a raw batch, every leaf `[B, ...]`, to `(x, y)` or
            `(x, y, weight)`. Called with B = 1 where examples differ in shape.
        batch_size: Examples in a batch; `full` takes all at once.
        seed: Of shuffling and augmentation.
        epochs: Epochs of the whole training, those before `first_step` included.
        steps_per_epoch: Cuts the stream of passes into epochs of that length, instead of one
            pass each.
        first_step: Global step of the first batch.
        augment: Layers for x, see `dlsuite.data.augment`.
        cache: Where encoded examples are kept, not yet augmented: then decoding and encoding
            happen once, now.
        cache_folder: For `disk`; the system's temporary folder if None. The file goes with the
            dataset.

    Raises:
        ValueError: For sizes and steps below 1, or `first_step` outside of the training.
    """
    size = len(examples) if batch_size == "full" else min(batch_size, len(examples))
    order = Order(len(examples), max(size, 1), seed)
    per_epoch = order.steps if steps_per_epoch is None else steps_per_epoch
    last_step = epochs * per_epoch
    if size < 1 or last_step < 1 or not 0 <= first_step <= last_step:
        raise ValueError(
            "`batch_size`, `epochs` and `steps_per_epoch` must be at least 1 and `first_step` from "
            f"0 to {last_step}. Received: batch_size={batch_size}, epochs={epochs}, "
            f"steps_per_epoch={steps_per_epoch}, first_step={first_step}."
        )
    if cache == "none":
        dataset = _batches(examples, encode, order, first_step, last_step)
    else:
        once = evaluation_batches(examples, encode)
        rows = encoded(once, len(examples), cache, cache_folder)
        dataset = _whole(rows, _as_is, order, first_step, last_step)
    if augment:
        dataset = _augmented(dataset, augment, seed, first_step)
    return Batches(ahead(dataset), per_epoch, order)


def evaluation_batches(examples: Examples, encode: Encode, *, batch_size: int = 256) -> Any:
    """Every example once, in order, encoded but not augmented, as a `tf.data.Dataset`."""
    order = Order(len(examples), min(batch_size, len(examples)), None)
    return ahead(_batches(examples, encode, order, 0, order.steps))


def _batches(
    examples: Examples, encode: Encode, order: Order, first_step: int, last_step: int
) -> Any:
    if examples.decode is None:
        return _whole(examples.rows, encode, order, first_step, last_step)
    return _one_by_one(examples, encode, order, first_step, last_step)


def _whole(rows: Tree, encode: Encode, order: Order, first_step: int, last_step: int) -> Any:
    """In memory: one gather makes a whole batch."""
    gather = gatherer(rows)
    return tf.data.Dataset.range(first_step, last_step).map(
        lambda step: encode(gather(order.batch(step))), num_parallel_calls=BATCH_CALLS
    )


def _one_by_one(
    examples: Examples, encode: Encode, order: Order, first_step: int, last_step: int
) -> Any:
    """From files: examples are decoded in parallel, then batched.

    Small ones of one form are encoded after that, others before it, each as a batch of one.
    Every batch has `size` slots, so that tf.data can batch them; the slots that a short last
    batch does not have hold zeros, where the shape of an example is known, and are cut off.
    """
    gather = gatherer(examples.rows)
    assert examples.decode is not None

    def rows(step: Tensor) -> tuple[Tree, Tensor]:
        indices, inside = order.slots(step)
        return gather(indices), inside

    def decode_and_encode(row: Tree) -> Tree:
        raw = tf.nest.map_structure(lambda leaf: tf.expand_dims(leaf, 0), decode(row))
        return tf.nest.map_structure(lambda leaf: tf.squeeze(leaf, 0), encode(raw))

    def read(row: Tree, inside: Tensor) -> tuple[Tree, Tensor]:
        return (_or_zeros(one, row, inside) if spared else one(row)), inside

    def finish(batch: Tree, inside: Tensor) -> Tree:
        filled = tf.reduce_sum(tf.cast(inside, tf.int32))
        batch = tf.nest.map_structure(lambda leaf: leaf[:filled], batch)
        return encode(batch) if uniform else batch

    slots = tf.data.Dataset.range(first_step, last_step).map(rows).unbatch()
    # Traced once and asked for the form of what it gives, where `map` would trace at each use.
    row_spec, _ = slots.element_spec
    decode = tf.function(examples.decode).get_concrete_function(row_spec)
    uniform = _batches_fit(decode.structured_outputs, order.size)
    one = decode if uniform else tf.function(decode_and_encode).get_concrete_function(row_spec)
    spared = order.count % order.size > 0 and _defined(one.structured_outputs)
    examples_read = slots.map(read, num_parallel_calls=CALLS)
    batches = examples_read.batch(order.size, drop_remainder=True)
    known = tf.data.experimental.assert_cardinality(last_step - first_step)
    calls = BATCH_CALLS if uniform else None  # else nothing is left to do but to cut
    return batches.map(finish, num_parallel_calls=calls).apply(known)


def _batches_fit(specs: Tree, size: int) -> bool:
    """Whether examples are of one form, and so small that a few raw batches may be in memory."""
    known = _defined(specs)
    return known and size * sum(map(_bytes, tf.nest.flatten(specs))) <= RAW_BATCH


def _bytes(spec: Any) -> int:
    return int(spec.shape.num_elements() * spec.dtype.size)


def _defined(specs: Tree) -> bool:
    return all(spec.shape.is_fully_defined() for spec in tf.nest.flatten(specs))


def _or_zeros(one: Any, row: Tree, inside: Tensor) -> Tree:
    """`one(row)`, or zeros of its form without the work where the slot is not `inside`."""
    zeros = partial(
        tf.nest.map_structure, lambda spec: tf.zeros(spec.shape, spec.dtype), one.structured_outputs
    )
    return tf.cond(inside, partial(one, row), zeros)


def _augmented(
    dataset: Any, layers: Sequence[keras.layers.Layer], seed: int, first_step: int
) -> Any:
    augment = augmenter(layers, seed)

    # Converted, it would bury what is wrong with a layer under the lines that called it.
    @tf.autograph.experimental.do_not_convert
    def apply(step: Tensor, batch: Tree) -> Tree:
        x, *rest = augment(batch, step)
        if isinstance(x, dict):  # with region proposals beside them
            return ({**x, "image": _in_range(x["image"])}, *rest)
        return (_in_range(x), *rest)

    numbered = dataset.enumerate(start=first_step)
    return numbered.map(apply, num_parallel_calls=BATCH_CALLS)


def _in_range(images: Tensor) -> Tensor:
    """Noise and smooth resampling leave the range of images, which serving never does."""
    return tf.clip_by_value(images, 0.0, 1.0) if images.dtype.is_floating else images


def draws(
    batch: tuple, layers: Sequence[keras.layers.Layer], seed: int, count: int
) -> Iterator[tuple]:
    """A batch as each of the first `count` steps would augment it: `(x, …)` of each step.

    The first is what `training_batches` gives for its own first batch.
    """
    again = tf.data.Dataset.from_tensors(batch).repeat(count)
    yield from ahead(_augmented(again, layers, seed, 0))


def _as_is(batch: Tree) -> Tree:
    return batch
