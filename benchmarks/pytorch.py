"""An epoch of dlsuite's training against the same net in PyTorch, on the CPU with two threads.

    python -m benchmarks.pytorch

Same net, batch, examples in memory, optimizer, accuracy of train and dev in every epoch. PyTorch
has a process of its own and the two train in turn, epoch by epoch. Without PyTorch (the extra
`peers`) the row says that it was not measured.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.harness import Row, Sample, of_pairs, record

ROUNDS = 4
THREADS = 2
BATCH = 128
NAME = f"epoch against PyTorch, LeNet-5, {THREADS} threads"


def rows() -> Iterator[Row]:
    """The one ratio."""
    if find_spec("torch") is None:
        yield Row(NAME, "ratio", [], target=1.0, note="PyTorch is not installed")
        return
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    from benchmarks import lenet
    from dlsuite.training import fit_stages

    images, labels = lenet.pictures()
    with in_turn_with(_pytorch, (images, labels, lenet.TRAIN)) as epoch:
        turns = lenet.Turns(epoch)
        learner = lenet.learner({"training.epochs": ROUNDS + 1})
        fit_stages(lenet.task(learner, listeners=[turns]))
    pairs = list(zip(turns.ours, turns.theirs, strict=True))[1:]  # the first ones trace
    yield of_pairs(NAME, pairs, target=1.0)


@contextmanager
def in_turn_with(serve: Callable[[Connection], None], given: Any) -> Iterator[Callable[[], Sample]]:
    """Inside, a process of its own that trains an epoch whenever what is given here is called.

    Args:
        serve: Receives `given` first; then, until None comes instead, a word for each epoch, after
            which it sends the seconds by the clock and of processors.
        given: What it trains on.
    """
    context = multiprocessing.get_context("spawn")
    mine, other = context.Pipe()
    child = context.Process(target=serve, args=(other,), daemon=True)
    child.start()
    mine.send(given)

    def epoch() -> Sample:
        mine.send("an epoch")
        return Sample(*mine.recv())

    try:
        yield epoch
    finally:
        mine.send(None)
        child.join()


def _pytorch(connection: Connection) -> None:
    """Trains an epoch whenever it is told to and answers with seconds, until it is told None."""
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    images, labels, train = connection.recv()
    # Channels last and the fused Adam are PyTorch's faster choices on a CPU.
    last = torch.channels_last
    pictures = torch.from_numpy(images).permute(0, 3, 1, 2).to(memory_format=last)  # [N, 1, 28, 28]
    classes = torch.from_numpy(labels.astype(np.int64))
    layers: Any = torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 5, padding=2),
        torch.nn.ReLU(),
        torch.nn.AvgPool2d(2),
        torch.nn.Conv2d(6, 16, 5),
        torch.nn.ReLU(),
        torch.nn.AvgPool2d(2),
        torch.nn.Conv2d(16, 120, 5),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(120, 84),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(84, 10),
    )
    net = layers.to(memory_format=last)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002, fused=True)
    while connection.recv() is not None:
        wall, cpu = time.perf_counter(), time.process_time()
        _train(net, optimizer, pictures[:train], classes[:train])
        _accuracy(net, pictures[train:], classes[train:])
        connection.send((time.perf_counter() - wall, time.process_time() - cpu))


def _train(net: Any, optimizer: Any, pictures: Any, classes: Any) -> tuple[float, float]:
    import torch

    net.train()
    total, hits = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for rows in torch.randperm(len(pictures)).split(BATCH):
        x, y = pictures[rows].float() / 255.0, classes[rows]
        optimizer.zero_grad(set_to_none=True)
        logits = net(x)
        loss = torch.nn.functional.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(rows)
        hits += (logits.argmax(1) == y).sum()
    return float(total) / len(pictures), float(hits) / len(pictures)


def _accuracy(net: Any, pictures: Any, classes: Any) -> float:
    import torch

    net.eval()
    with torch.inference_mode():
        batches = zip(pictures.split(256), classes.split(256), strict=True)
        hits = sum(int((net(x.float() / 255.0).argmax(1) == y).sum()) for x, y in batches)
    return hits / len(pictures)


if __name__ == "__main__":
    record("pytorch", rows())
