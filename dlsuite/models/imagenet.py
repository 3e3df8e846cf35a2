"""ImageNet weights of keras.applications: where they lie, and how they become those of our nets."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import keras
import numpy as np

from dlsuite.models.network import silence_of
from dlsuite.models.resnet import resnet
from dlsuite.models.vgg import vgg

ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications"
# Builder and depth -> MD5 of the files with the dense layers of their end and without, as in
# keras.applications of Keras 3.15.
FILES: dict[tuple[Callable, int], tuple[str, str]] = {
    (vgg, 16): ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    (vgg, 19): ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
    (resnet, 50): ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    (resnet, 101): ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    (resnet, 152): ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
}
# Builder -> arguments without which it makes another net than the one that they were learned with.
FORM: dict[Callable, Mapping[str, Any]] = {
    vgg: {"pixels": "caffe", "batch_norm": False, "width": 1.0},
    resnet: {"pixels": "caffe", "stride_in": "first", "stem": "paper", "width": 1.0},
}
HEAD = "output"
DENSE = frozenset({"fc6", "fc7", HEAD})  # of our names, those that a file may be without
FIELDS = 7  # a side of VGG's last maps, which its dense layers were learned of
PLACES = {"shortcut": 0, "a": 1, "b": 2, "c": 3}  # of a convolution in a block of theirs
Arrays = dict[str, list[np.ndarray]]  # of layers, by our names


class NotThere(OSError):
    """Weights are not on this machine and cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Twin:
    """The net of keras.applications that a net of ours can begin as.

    Attributes:
        name: In keras.applications.
        top: Whether with the dense layers of its end.
        md5: Of the file of its weights.
    """

    name: str
    top: bool
    md5: str

    @property
    def file(self) -> str:
        """What the file of its weights is called."""
        end = "" if self.top else "_notop"
        return f"{self.name.lower()}_weights_tf_dim_ordering_tf_kernels{end}.h5"

    @property
    def url(self) -> str:
        """Where the file is to be had."""
        name = self.name.lower()
        return f"{ADDRESS}/{'resnet' if name.startswith('resnet') else name}/{self.file}"

    @property
    def cached(self) -> Path:
        """Where Keras keeps the file."""
        return _keras_home() / "models" / self.file


def twin_of(build: Callable, depth: int, input_shape: tuple[int, ...]) -> Twin | None:
    """The net of keras.applications that a net of ours can begin as, if there is one.

    VGG's dense layers are of use at 224 to 255 pixels a side alone; without them the file is a
    ninth as large.
    """
    if (build, depth) not in FILES:
        return None
    fits = all(side // 32 == FIELDS for side in input_shape[:2])
    top = build is vgg and fits
    name = f"VGG{depth}" if build is vgg else f"ResNet{depth}"
    return Twin(name, top, FILES[build, depth][0 if top else 1])


def offered() -> str:
    """The nets that have ImageNet weights, in words."""
    depths: dict[str, list[str]] = {}
    for build, depth in FILES:
        depths.setdefault(build.__name__, []).append(str(depth))
    return ", ".join(f"{name} of depth {', '.join(known)}" for name, known in depths.items())


def fetched(twin: Twin) -> Path:
    """The file of its weights from Keras' cache, or from the network into it.

    Raises:
        NotThere: It is not in the cache, and no server gives it.
    """
    reason = "" if _whole(twin) else silence_of(urlsplit(twin.url).hostname or "")
    try:
        if not reason:
            path = keras.utils.get_file(
                twin.file,
                twin.url,
                cache_dir=str(_keras_home()),
                cache_subdir="models",
                file_hash=twin.md5,
                hash_algorithm="md5",
            )
            return Path(path)
    except Exception as error:  # whatever else Keras raises for a download that fails
        reason = f"{error}"
    raise NotThere(
        f"the ImageNet weights of {twin.name} are not on this machine and cannot be fetched: "
        f"{reason}. Where there is a network, fetch {twin.url} and put it at {twin.cached}, or "
        "name your copy: weights: PATH.h5"
    )


def _whole(twin: Twin) -> bool:
    if not twin.cached.is_file():
        return False
    with twin.cached.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() == twin.md5


def as_ours(theirs: Arrays) -> Arrays:
    """The weights of a VGG or ResNet of keras.applications as those of ours, by our layers' names.

    Their convolutions have biases before a batch normalization, where ours have none: they are
    taken from its moving mean.

    Args:
        theirs: Arrays of their layers by name.

    Raises:
        ValueError: They are of another net.
    """
    if "block1_conv1" in theirs:
        return {_vgg_name(name): arrays for name, arrays in theirs.items()}
    try:
        return _resnet_as_ours(theirs)
    except (KeyError, ValueError) as error:
        raise ValueError(
            "Layers must be those of a VGG or ResNet of keras.applications. "
            f"Received: {', '.join(list(theirs)[:3])}, …"
        ) from error


def _resnet_as_ours(theirs: Arrays) -> Arrays:
    found: Arrays = {}
    for name, arrays in theirs.items():
        if name == "predictions":
            found[HEAD] = arrays
        elif name.endswith("_conv"):
            ours, normal = (
                _resnet_name(name.removesuffix("_conv")),
                name.removesuffix("conv") + "bn",
            )
            kernel, bias = arrays
            gamma, beta, mean, variance = theirs[normal]
            if bias.shape != mean.shape:
                raise ValueError(f"{normal} is not of the maps of {name}")
            found[ours] = [kernel]
            found[f"{ours}_bn"] = [gamma, beta, mean - bias, variance]
    return found


def _vgg_name(name: str) -> str:
    """`block3_conv2` as `conv3_2`."""
    dense = {"fc1": "fc6", "fc2": "fc7", "predictions": HEAD}
    return dense.get(name) or name.replace("_conv", "_").replace("block", "conv")


def _resnet_name(name: str) -> str:
    """`conv3_block2_1` as `conv3_2_a`."""
    if name == "conv1":
        return "conv1_a"
    stage, block, number = name.split("_")
    place = {known: letter for letter, known in PLACES.items()}[int(number)]
    return f"{stage}_{block.removeprefix('block')}_{place}"


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
