"""Files of weights of keras.applications as those of our nets, without making either net."""

import h5py
import numpy as np
import pytest

from dlsuite.experiment.weights_source import source_of
from dlsuite.models import vgg
from dlsuite.models.imagenet import twin_of
from dlsuite.recipe import Call
from dlsuite.training.weights_file import entries, opened


def of_names(path, layers):
    """A file of Keras 1 and 2 with those arrays, or with arrays of those shapes."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            keys = [f"w{number}" for number in range(len(arrays))]
            file.create_group(name).attrs["weight_names"] = [key.encode() for key in keys]
            for key, array in zip(keys, arrays, strict=True):
                if isinstance(array, tuple):
                    file[name].create_dataset(key, array, "float32")  # no room is taken
                else:
                    file[name][key] = array
    return path


VGG16 = [
    *(f"block{stage}_conv{number}" for stage in (1, 2) for number in (1, 2)),
    *(f"block{stage}_conv{number}" for stage in (3, 4, 5) for number in (1, 2, 3)),
]
OURS = [name.replace("_conv", "_").replace("block", "conv") for name in VGG16]


def source_to_start_from(named, twin, layers):
    model = Call("vgg", vgg, {"depth": 16, "pixels": "caffe"})
    return source_of(str(named), model, layers, twin, fetch=True)


def test_a_head_of_as_many_classes_as_imagenet_has_is_new_all_the_same(tmp_path, monkeypatch):
    twin = twin_of(vgg, 16, (224, 224, 3))
    tiny = [np.ones((3, 3, 3, 2)), np.zeros(2)]
    dense = {name: [np.ones((2, 2)), np.zeros(2)] for name in ("fc1", "fc2", "predictions")}
    path = of_names(tmp_path / "with_top.h5", dict.fromkeys(VGG16, tiny) | dense)
    ours = [*OURS, "fc6", "fc7", "output"]
    monkeypatch.setattr("dlsuite.models.imagenet.fetched", lambda twin: path)
    with source_to_start_from("imagenet", twin, ours) as source, opened(source.path) as file:
        assert list(entries(file)) == sorted(ours[:-1])
    # In a file that the user names the head may be theirs.
    with source_to_start_from(path, twin, ours) as source, opened(source.path) as file:
        assert list(entries(file)) == sorted(ours)


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ({name: [(10**6, 10**6)] for name in VGG16}, "an array that no machine holds"),
        ({name: [(2, 2)] for name in VGG16[1:]}, "a layer missing"),
        ({"conv1_conv": [(2, 2)]}, "a convolution without its bias"),
        ({"conv1_conv": [(2, 2), (2,)], "conv1_bn": [(3,)] * 4}, "norms of other maps"),
        ({"conv9_conv": [(2, 2), (2,)], "conv9_bn": [(2,)] * 4}, "a place that is none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_none_of_the_twin_stays_as_it_is(layers, why, tmp_path):
    path = of_names(tmp_path / "odd.h5", layers)
    twin = twin_of(vgg, 16, (32, 32, 3))
    with source_to_start_from(path, twin, OURS) as source:
        assert source.path == path
