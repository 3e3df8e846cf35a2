"""Where data comes from; each source is a `type:` of a recipe's `data.source`."""

from dlsuite.data.sources.arrays import arrays
from dlsuite.data.sources.coco import coco
from dlsuite.data.sources.csv import csv
from dlsuite.data.sources.diabetes import diabetes
from dlsuite.data.sources.digits import digits
from dlsuite.data.sources.idx import idx
from dlsuite.data.sources.image_csv import image_csv
from dlsuite.data.sources.image_folder import image_folder
from dlsuite.data.sources.shapes import shapes
from dlsuite.data.sources.tfds import tfds
from dlsuite.data.sources.voc import voc
from dlsuite.data.sources.wine import wine
from dlsuite.data.sources.yolo import yolo

__all__ = [
    "arrays",
    "coco",
    "csv",
    "diabetes",
    "digits",
    "idx",
    "image_csv",
    "image_folder",
    "shapes",
    "tfds",
    "voc",
    "wine",
    "yolo",
]
