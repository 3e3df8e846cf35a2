"""Which results a rerun repeats bit for bit, and which operations TensorFlow cannot repeat."""

from __future__ import annotations

import re
from typing import Any

# What an operation is called in TensorFlow's refusal -> where a model meets it. Source: the texts
# of UnimplementedError in the GPU kernels of TensorFlow 2.21 (libtensorflow_cc.so.2); the
# documentation of `tf.config.experimental.enable_op_determinism` says that there are such, and
# names none.
REFUSED_ON_GPU = {
    "AdjustContrast": "tf.image.adjust_contrast",
    "CropAndResizeBackprop": "the gradient of tf.image.crop_and_resize",
    "ResizeNearestNeighborGrad": "the gradient of resizing to the nearest neighbour",
    "fused batch-norm backprop": "the gradient through a frozen BatchNormalization",
    "SparseTensorDenseMatmul": "a sparse matrix times a dense one",
    "MaxPoolGradWithArgmax": "the gradient of tf.nn.max_pool_with_argmax",
    "GPU MaxPool gradient": "the gradient of max-pooling compiled by XLA",
    "Dilation2DBackprop": "the gradient of tf.nn.dilation2d",
    "Bincount": "tf.math.bincount, as keras.layers.IntegerLookup and its like count with",
    "FakeQuantWithMinMaxVars": "the gradient of quantization in training",
    "SVD of matrices with 1 column": "tf.linalg.svd of single columns",
    "segment reduction": "tf.math.segment_* and unsorted_segment_* of some types",
    "Scatter ops with ref inputs": "scattering into variables of TensorFlow 1",
    "DebugNumericSummaryV2": "the numeric health of tf.debugging",
}
# Without deterministic operations. Sources: TensorFlow's RFC 20210119-determinism and the release
# notes of 2.8, "Deterministic Op Functionality".
DIFFERS_ON_GPU = (
    "convolutions, max-pooling and their gradients: cuDNN's fastest algorithm is chosen by timing",
    "gradient of a bias: sums by atomic addition",
    "softmax cross-entropy and CTC loss",
    "segment sums, means and products; gradient of gather, so of embeddings; scatter",
    "gradient of resizing and of depthwise convolution, reductions compiled by XLA",
)
DIFFERS_ON_CPU = (
    "random operations of an application's own in a parallel tf.data map: any thread draws first",
)
# Layers that draw in training and `data.augment` are functions of (seed, step) in either mode.
# With one thread instead of two, digits_lenet5 comes out otherwise: sums are shared out.
PROMISE = (
    "equal bit for bit, with the same packages, processor and thread pools (as large as the number "
    "of cores where TensorFlow chooses)"
)

NODE = re.compile(r"\{\{node ([^}]+)\}\}")
REFUSAL = re.compile(r"[^\n]*determinis[^\n]*", re.IGNORECASE)


def reruns(deterministic: bool, on_gpu: bool) -> dict[str, Any]:
    """What a run's record says of the same recipe in another process.

    Returns:
        `promise`; `refused`, the operations that end a run because no kernel of theirs can be
        repeated; `may_differ`, what may come out otherwise.
    """
    if deterministic:
        refused = [f"{name}: {where}" for name, where in REFUSED_ON_GPU.items()]
        return {"promise": PROMISE, "refused": refused if on_gpu else [], "may_differ": []}
    refusable = (f"what `runtime.deterministic` refuses: {', '.join(REFUSED_ON_GPU)}",)
    differs = (*DIFFERS_ON_CPU, *((*DIFFERS_ON_GPU, *refusable) if on_gpu else ()))
    return {
        "promise": "none, as `runtime.deterministic` is false",
        "refused": [],
        "may_differ": list(differs),
    }


def refusal(text: str) -> str | None:
    """A message for `runtime.deterministic`, of what TensorFlow said; None where it is no refusal.

    Args:
        text: Of an UnimplementedError.
    """
    said = REFUSAL.search(text)
    if said is None:
        return None
    found = (f"{n}, {where}" for n, where in REFUSED_ON_GPU.items() if n in said[0])
    node = NODE.search(text)
    where = f" at {node[1]}" if node else ""
    return (
        "must be false where an operation has no deterministic kernel on the device: "
        f"{next(found, 'one that TensorFlow names')}{where}. `runtime.device: cpu` has one for "
        f"each; so may another layer. Received: true. TensorFlow: {said[0].strip()}"
    )
