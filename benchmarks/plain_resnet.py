"""ResNet-18 for small pictures as one writes it by hand: in keras.applications' style, in PyTorch.

Neither shares a line with dlsuite. Both have a 3x3 convolution without stride first and projections
where the shape changes, no biases before a batch normalization.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

WIDTHS = (64, 128, 256, 512)
THREADS = 2  # of PyTorch


def plain_resnet18(input_shape: tuple[int, int, int], classes: int) -> Any:
    """The net in Keras' functional API, giving logits."""
    from keras import Input, Model, layers

    def convolution(x: Any, filters: int, size: int, stride: int, name: str) -> Any:
        x = layers.Conv2D(
            filters, size, strides=stride, padding="same", use_bias=False, name=f"{name}_conv"
        )(x)
        return layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)

    def block(x: Any, filters: int, stride: int, name: str) -> Any:
        shortcut = x
        if stride != 1 or x.shape[-1] != filters:
            shortcut = convolution(x, filters, 1, stride, f"{name}_0")
        x = convolution(x, filters, 3, stride, f"{name}_1")
        x = layers.Activation("relu", name=f"{name}_1_relu")(x)
        x = convolution(x, filters, 3, 1, f"{name}_2")
        x = layers.Add(name=f"{name}_add")([shortcut, x])
        return layers.Activation("relu", name=f"{name}_out")(x)

    inputs = Input(input_shape)
    x = layers.Activation("relu", name="conv1_relu")(convolution(inputs, 64, 3, 1, "conv1"))
    for stage, filters in enumerate(WIDTHS, start=2):
        x = block(x, filters, 1 if stage == 2 else 2, f"conv{stage}_block1")
        x = block(x, filters, 1, f"conv{stage}_block2")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return Model(inputs, layers.Dense(classes, name="predictions")(x))


def serve_torch(
    connection: Connection, batch: int, classes: int, rate: float, momentum: float
) -> None:
    """Trains the net in PyTorch, an epoch a word, and answers with seconds, until None comes."""
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    images, labels = connection.recv()
    # Channels last is PyTorch's faster choice on a CPU.
    last = torch.channels_last
    pictures = torch.from_numpy(images).permute(0, 3, 1, 2).to(memory_format=last)  # [N, 3, H, W]
    targets = torch.from_numpy(labels.astype(np.int64))
    net = _torch_net(classes).to(memory_format=last)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum, fused=True)
    net.train()
    while connection.recv() is not None:
        wall, cpu = time.perf_counter(), time.process_time()
        total, hits = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in torch.randperm(len(pictures)).split(batch):
            x, y = pictures[rows].float() / 255.0, targets[rows]
            optimizer.zero_grad(set_to_none=True)
            logits = net(x)
            loss = nn.functional.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            hits += (logits.argmax(1) == y).sum()
        assert torch.isfinite(total)
        connection.send((time.perf_counter() - wall, time.process_time() - cpu))


def _torch_net(classes: int) -> Any:
    from torch import nn

    def convolution(before: int, filters: int, size: int, stride: int) -> list[Any]:
        conv = nn.Conv2d(before, filters, size, stride, padding=size // 2, bias=False)
        return [conv, nn.BatchNorm2d(filters)]

    class Block(nn.Module):
        def __init__(self, before: int, filters: int, stride: int) -> None:
            super().__init__()
            first, second = (
                convolution(before, filters, 3, stride),
                convolution(filters, filters, 3, 1),
            )
            self.path = nn.Sequential(*first, nn.ReLU(inplace=True), *second)
            same = stride == 1 and before == filters
            self.shortcut = nn.Sequential(
                *([] if same else convolution(before, filters, 1, stride))
            )
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x: Any) -> Any:
            return self.relu(self.path(x) + self.shortcut(x))

    layers: list[Any] = [*convolution(3, WIDTHS[0], 3, 1), nn.ReLU(inplace=True)]
    before = WIDTHS[0]
    for filters in WIDTHS:
        stride = 1 if filters == before else 2
        layers += [Block(before, filters, stride), Block(filters, filters, 1)]
        before = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))
