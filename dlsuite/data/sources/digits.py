"""The handwritten digits that scikit-learn carries."""

import numpy as np

from dlsuite.data.examples import Collection, Examples
from dlsuite.data.hashing import array_keys

LARGEST = 16  # each pixel counts the ink in a 4x4 block of a 32x32 bitmap


def digits() -> Collection:
    """1,797 grey images of 8x8 pixels, ten classes (Alpaydin & Kaynak 1998, the UCI test set).

    scikit-learn's values 0 to 16 become round(value * 255 / 16), so that 16 is 255.

    Returns:
        Examples `{"image": uint8 [8, 8, 1], "label": int32}`.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.rint(bunch.images * (255 / LARGEST)).astype(np.uint8)[..., np.newaxis]
    labels = bunch.target.astype(np.int32)
    rows = {"image": images, "label": labels}
    return Collection(
        {"all": Examples(rows=rows, keys=array_keys(images), strata=labels)},
        {
            "source": "sklearn.datasets.load_digits",
            "class_names": [str(name) for name in bunch.target_names],
            "scaling": "round(value * 255 / 16)",
            "licence": "CC BY 4.0",
            "bad_examples": [],
        },
    )
