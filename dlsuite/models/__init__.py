"""The catalogue: one file an architecture, each a function that returns a `keras.Model`."""

from dlsuite.models.alexnet import alexnet
from dlsuite.models.cifar_resnet import cifar_resnet
from dlsuite.models.googlenet import googlenet
from dlsuite.models.hub_preset import keras_hub
from dlsuite.models.lenet5 import lenet5
from dlsuite.models.mlp import mlp
from dlsuite.models.resnet import resnet
from dlsuite.models.squeezenet import squeezenet
from dlsuite.models.vgg import vgg

__all__ = [
    "alexnet",
    "cifar_resnet",
    "googlenet",
    "keras_hub",
    "lenet5",
    "mlp",
    "resnet",
    "squeezenet",
    "vgg",
]
