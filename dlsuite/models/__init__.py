"""The catalogue: one file an architecture, each a function that returns a `keras.Model`."""

from dlsuite.models.alexnet import alexnet
from dlsuite.models.cifar_resnet import cifar_resnet
from dlsuite.models.darknet import darknet
from dlsuite.models.fast_rcnn import fast_rcnn
from dlsuite.models.faster_rcnn import faster_rcnn
from dlsuite.models.googlenet import googlenet
from dlsuite.models.hub_preset import keras_hub
from dlsuite.models.lenet5 import lenet5
from dlsuite.models.localizer import localizer
from dlsuite.models.mlp import mlp
from dlsuite.models.rcnn import rcnn
from dlsuite.models.resnet import resnet
from dlsuite.models.squeezenet import squeezenet
from dlsuite.models.vgg import vgg
from dlsuite.models.yolo import yolo

__all__ = [
    "alexnet",
    "cifar_resnet",
    "darknet",
    "fast_rcnn",
    "faster_rcnn",
    "googlenet",
    "keras_hub",
    "lenet5",
    "localizer",
    "mlp",
    "rcnn",
    "resnet",
    "squeezenet",
    "vgg",
    "yolo",
]
