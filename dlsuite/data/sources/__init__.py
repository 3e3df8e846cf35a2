"""Where data comes from; each source is a `type:` of a recipe's `data.source`."""

from dlsuite.data.sources.arrays import arrays
from dlsuite.data.sources.csv import csv
from dlsuite.data.sources.diabetes import diabetes
from dlsuite.data.sources.digits import digits
from dlsuite.data.sources.idx import idx
from dlsuite.data.sources.image_csv import image_csv
from dlsuite.data.sources.image_folder import image_folder
from dlsuite.data.sources.tfds import tfds
from dlsuite.data.sources.wine import wine

__all__ = [
    "arrays",
    "csv",
    "diabetes",
    "digits",
    "idx",
    "image_csv",
    "image_folder",
    "tfds",
    "wine",
]
