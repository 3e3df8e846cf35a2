"""The machine under a run: devices, thread pools, precision, XLA, seeds; set, and described."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Any

from dlsuite.training import determinism
from dlsuite.training.settings import RuntimeSettings, ThreadPools

# Small recurrent nets gain 2.6 times from it on two cores: an operation of theirs is too short to
# be shared out, two of them side by side are not.
RECURRENT_POOLS = (1, 2)
# Compute capability from which Tensor Cores take each precision.
TENSOR_CORES = {"mixed_float16": (7, 0), "mixed_bfloat16": (8, 0)}

Capability = tuple[int, int]


def apply(settings: RuntimeSettings, seed: int, *, recurrent: bool = False) -> dict[str, Any]:
    """Put settings in force, before the first operation: pools and devices are fixed then.

    Args:
        settings: The recipe's `runtime`.
        seed: Of Python, NumPy, TensorFlow and Keras.
        recurrent: Whether `threads: auto` is for small recurrent nets.

    Returns:
        What is in force: `device`, `gpus`, `precision`, `jit_compile` (to pass to `compile`),
        `threads_intra`, `threads_inter` (0 is TensorFlow's own choice), `memory_growth`,
        `deterministic`, `reruns` (what the same recipe gives in another process, and what it may
        not), `seed`.

    Raises:
        ValueError: A GPU was asked for and there is none.
        RuntimeError: TensorFlow already runs with other pools or devices than asked for.
    """
    import keras
    import tensorflow as tf

    intra, inter = _set_threads(settings, recurrent)
    gpus = _choose_device(settings.device)
    growth = _set_memory_growth(gpus, settings.memory_growth)
    keras.config.set_dtype_policy(settings.precision)
    keras.utils.set_random_seed(seed)
    if settings.deterministic:
        tf.config.experimental.enable_op_determinism()
    return {
        "device": "gpu" if gpus else "cpu",
        "gpus": [_gpu_name(gpu) for gpu in gpus],
        "precision": settings.precision,
        "jit_compile": _jit_compile(settings.xla, bool(gpus)),
        "threads_intra": intra,
        "threads_inter": inter,
        "memory_growth": growth,
        "deterministic": settings.deterministic,
        "reruns": determinism.reruns(settings.deterministic, bool(gpus)),
        "seed": seed,
    }


def doctor() -> dict[str, str]:
    """Facts about this machine and what each setting of `runtime` would do on it, in words."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    capabilities = [_capability(gpu) for gpu in gpus]
    return {
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "versions": ", ".join(f"{p} {version(p)}" for p in ("tensorflow", "keras", "numpy")),
        "keras backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "cpu": f"{os.cpu_count()} cores",
        "gpu": ", ".join(_gpu_name(gpu) for gpu in gpus) or "none that TensorFlow can use",
        "thread pools": (
            f"intra-op {_pool(tf.config.threading.get_intra_op_parallelism_threads())}, inter-op "
            f"{_pool(tf.config.threading.get_inter_op_parallelism_threads())}; `threads: auto` "
            f"keeps TensorFlow's choice, for small recurrent nets it takes intra-op "
            f"{RECURRENT_POOLS[0]}, inter-op {RECURRENT_POOLS[1]}"
        ),
        "memory growth": ("GPU memory is taken as needed" if gpus else "no GPU, so nothing to set"),
        "mixed precision": precision_advice(capabilities),
        "xla": (
            "`auto` leaves it to Keras, which compiles what it can"
            if gpus
            else "`auto` is off on a CPU: a small CNN ran 2.4 times slower with it, attention 2 "
            "times faster; `xla: true` tries"
        ),
    }


def precision_advice(capabilities: Sequence[Capability | None]) -> str:
    """What lower precision brings on GPUs of these compute capabilities; None is unknown."""
    if not capabilities:
        return "float32: on a CPU lower precision brings nothing"
    known = [capability for capability in capabilities if capability is not None]
    if len(known) < len(capabilities):
        return "not known: TensorFlow does not tell the compute capability of every GPU"
    fast = [name for name, least in TENSOR_CORES.items() if min(known) >= least]
    if not fast:
        return "float32: these GPUs have no Tensor Cores"
    return f"{' or '.join(reversed(fast))}: Tensor Cores and half the memory"


@contextmanager
def traces_let_go() -> Iterator[None]:
    """TensorFlow keeps nothing of the training steps that are traced in a `with` block.

    Each trace registers a gradient of its own, that of the sum over devices in an optimizer's step,
    and TensorFlow holds it, and the graph with it, some megabytes, to the end of the process:
    github.com/tensorflow/tensorflow/issues/97697, mended after 2.21. No graph asks for it later,
    as it may for the gradients of activations, which stay.
    """
    from tensorflow.python.framework.ops import gradient_registry

    held = getattr(gradient_registry, "_registry", {})
    before = set(held)
    try:
        yield
    finally:
        for name in set(held) - before:
            if name.startswith("CustomGradient-") and _sums_over_devices(held[name].get("type")):
                held.pop(name, None)


def _sums_over_devices(registered: Any, depth: int = 2) -> bool:
    """Whether a registered gradient is a function that `ReplicaContext.all_reduce` made.

    What TensorFlow registers is a closure around a closure around that function.
    """
    if getattr(registered, "__qualname__", "").startswith("ReplicaContextBase.all_reduce."):
        return True
    return depth > 0 and any(_sums_over_devices(one, depth - 1) for one in _closed_in(registered))


def _closed_in(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # one that is empty yet
            yield cell.cell_contents


def refusal(error: Exception) -> str | None:
    """What to say of `runtime.deterministic` where it made TensorFlow refuse an operation."""
    import tensorflow as tf

    return (
        determinism.refusal(str(error)) if isinstance(error, tf.errors.UnimplementedError) else None
    )


def _set_threads(settings: RuntimeSettings, recurrent: bool) -> tuple[int, int]:
    """The pools in force, (intra, inter); `auto` is a wish that pools set before outweigh."""
    import tensorflow as tf

    threading = tf.config.threading
    wanted = settings.threads
    before = (
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
    )
    if wanted == "auto" and (before != (0, 0) or not recurrent):
        return before
    if isinstance(wanted, ThreadPools):
        pools = (wanted.intra, wanted.inter)
    else:
        pools = RECURRENT_POOLS if wanted == "auto" else (wanted, wanted)
    try:
        threading.set_intra_op_parallelism_threads(pools[0])
        threading.set_inter_op_parallelism_threads(pools[1])
    except RuntimeError as error:
        if wanted == "auto":
            return before
        raise RuntimeError(
            "`runtime.threads` must be set before TensorFlow runs its first operation; in this "
            f"process the pools are intra-op {_pool(before[0])}, inter-op {_pool(before[1])}. "
            f"Start a new process. Received: intra={pools[0]}, inter={pools[1]}."
        ) from error
    return pools


def _choose_device(device: str) -> list[Any]:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise ValueError(
            "`runtime.device` must be auto or cpu on a machine without a GPU that TensorFlow can "
            "use. Received: gpu."
        )
    if device == "cpu" and gpus:
        _before_first_use("device", partial(tf.config.set_visible_devices, [], "GPU"))
        return []
    return gpus


def _set_memory_growth(gpus: Sequence[Any], growth: bool) -> bool:
    import tensorflow as tf

    for gpu in gpus:
        change = partial(tf.config.experimental.set_memory_growth, gpu, growth)
        _before_first_use("memory_growth", change)
    return growth and bool(gpus)


def _before_first_use(key: str, change: Callable[[], None]) -> None:
    try:
        change()
    except RuntimeError as error:
        raise RuntimeError(
            f"`runtime.{key}` must be set before TensorFlow uses its devices. Start a new process. "
            f"Received: {error}"
        ) from error


def _jit_compile(xla: str | bool, on_gpu: bool) -> bool | str:
    if isinstance(xla, bool):
        return xla
    return "auto" if on_gpu else False


def _gpu_name(gpu: Any) -> str:
    import tensorflow as tf

    return tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)


def _capability(gpu: Any) -> Capability | None:
    import tensorflow as tf

    return tf.config.experimental.get_device_details(gpu).get("compute_capability")


def _pool(threads: int) -> str:
    return str(threads) if threads else "TensorFlow's choice"
