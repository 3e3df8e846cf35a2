"""TensorFlow Datasets: prepared ones offline, others only when told to."""

import numpy as np
import pytest
import tensorflow_datasets

from dlsuite.data import DataError, evaluation_batches, split
from dlsuite.data.sources import tfds

features = tensorflow_datasets.features


class Made(tensorflow_datasets.core.GeneratorBasedBuilder, skip_registration=True):
    """A set that is made here: `described` features, `SPLITS` sizes, examples by `example`."""

    VERSION = tensorflow_datasets.core.Version("1.0.0")
    SPLITS = (("train", 4), ("validation", 2))
    supervised: tuple[str, str] | None = None

    def _info(self):
        return tensorflow_datasets.core.DatasetInfo(
            builder=self,
            features=features.FeaturesDict(self.described()),
            supervised_keys=self.supervised,
        )

    def _split_generators(self, dl_manager):
        return {name: self._generate_examples(count) for name, count in self.SPLITS}

    def _generate_examples(self, count):
        for i in range(count):
            yield i, self.example(i)


class ToyDigits(Made):
    """Images of one size."""

    supervised = ("image", "label")
    SPLITS = (("train", 4), ("validation", 2), ("test", 2), ("unlabelled", 3))

    @staticmethod
    def described():
        return {
            "image": features.Image(shape=(3, 2, 1)),
            "label": features.ClassLabel(names=["no", "yes"]),
        }

    @staticmethod
    def example(i):
        return {"image": np.full((3, 2, 1), i, np.uint8), "label": i % 2}


class ToyPhotographs(ToyDigits):
    """Images of unequal size."""

    SPLITS = (("train", 4),)

    @staticmethod
    def described():
        return {**ToyDigits.described(), "image": features.Image(encoding_format="png")}

    @staticmethod
    def example(i):
        return {"image": np.full((2 + i, 3, 3), i, np.uint8), "label": i % 2}


class ToyTable(Made):
    """Numbers and words, without supervised keys."""

    @staticmethod
    def described():
        return {"age": np.float32, "city": features.Text(), "label": np.float32}

    @staticmethod
    def example(i):
        return {"age": float(i), "city": f"city {i}", "label": i / 2}


class ToyPairs(ToyTable):
    """Nothing to predict."""

    SPLITS = (("test", 2),)

    @staticmethod
    def described():
        return {"age": np.float32}

    @staticmethod
    def example(i):
        return {"age": float(i)}


class ToyTests(ToyTable):
    """A set without training examples."""

    SPLITS = (("test", 2),)


class ToyObjects(Made):
    """Boxes beside images: the box of a white rectangle, and one that is a crowd."""

    SPLITS = (("train", 3), ("validation", 1))

    @staticmethod
    def described():
        crowd, label = np.bool_, features.ClassLabel(names=["cat", "dog"])
        objects = {"bbox": features.BBoxFeature(), "label": label, "is_crowd": crowd}
        return {
            "image": features.Image(encoding_format="png"),
            "objects": features.Sequence(objects),
        }

    @staticmethod
    def example(i):
        image = np.zeros((8, 10 + 10 * i, 3), np.uint8)
        image[2:4, 5:10] = 255
        wide = image.shape[1]
        white = features.BBox(ymin=2 / 8, xmin=5 / wide, ymax=4 / 8, xmax=10 / wide)
        crowd = features.BBox(ymin=0.0, xmin=0.0, ymax=1.0, xmax=1.0)
        point = features.BBox(ymin=0.5, xmin=0.5, ymax=0.5, xmax=0.5)
        marks = {"white": (white, 1, False), "crowd": (crowd, 0, True), "point": (point, 0, False)}
        chosen = [["white"], ["crowd", "white"], ["white", "point"]][i]
        objects = [marks[name] for name in chosen]
        names = ("bbox", "label", "is_crowd")
        return {
            "image": image,
            "objects": [dict(zip(names, each, strict=True)) for each in objects],
        }


class ToyFaces(Made):
    """Boxes without classes."""

    SPLITS = (("train", 1),)
    form = "REL_YXYX"

    @classmethod
    def described(cls):
        box = features.BBoxFeature(bbox_format=cls.form)
        image = features.Image(shape=(4, 4, 3))
        faces, ages = features.Sequence({"bbox": box}), features.Sequence({"n": np.int32})
        return {"ages": ages, "image": image, "faces": faces}

    @staticmethod
    def example(i):
        box = features.BBox(ymin=0.0, xmin=0.0, ymax=0.5, xmax=1.0)
        return {"image": np.zeros((4, 4, 3), np.uint8), "faces": [{"bbox": box}], "ages": []}


class ToyTorn(ToyFaces):
    """An image that is none."""

    @staticmethod
    def example(i):
        return {**ToyFaces.example(i), "image": b"no picture"}


class ToyPixels(ToyFaces):
    """Boxes in another form."""

    form = "YXYX"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data_dir with every toy prepared."""
    place = tmp_path_factory.mktemp("tfds")
    for toy in (ToyDigits, ToyPhotographs, ToyTable, ToyPairs, ToyTests, ToyObjects, ToyFaces):
        toy(data_dir=str(place)).download_and_prepare()
    return str(place)


def test_images_of_one_size_are_held_in_memory(folder):
    collection = tfds("toy_digits", data_dir=folder)
    assert {n: len(p) for n, p in collection.parts.items()} == {"train": 4, "dev": 2, "test": 2}
    train = collection.parts["train"]
    assert train.decode is None
    assert train.rows["image"].shape == (4, 3, 2, 1)
    assert train.rows["image"].dtype == np.uint8
    np.testing.assert_array_equal(train.rows["image"][:, 0, 0, 0] % 2, train.rows["label"])
    assert collection.about["class_names"] == ["no", "yes"]
    assert collection.about["source"] == "tfds:toy_digits/1.0.0"


def test_images_of_unequal_size_are_decoded_when_read(folder):
    examples = tfds("toy_photographs:1.0.0", data_dir=folder).parts["all"]
    assert examples.decode is not None
    for i in range(4):
        example = examples.read(i)
        value = example["image"][0, 0, 0]
        assert example["image"].shape == (2 + value, 3, 3)
        assert example["label"] == value % 2
    batches = evaluation_batches(examples, lambda raw: (raw["image"][:, :2], raw["label"]))
    assert [x.shape for x, _ in batches] == [(4, 2, 3, 3)]


def test_other_features_are_a_table(folder):
    collection = tfds("toy_table", data_dir=folder)
    assert collection.about["columns"] == {"age": "number", "city": "category"}
    assert collection.about["target"] == "label"
    example = collection.parts["train"].read(0)
    assert example["columns"]["city"] == f"city {example['columns']['age']:g}"
    assert example["target"] == example["columns"]["age"] / 2
    assert split(collection)[1].disjoint is False  # its dev set repeats two of its train set


@pytest.mark.timeout(60)  # what it guards against hangs for 205 s
def test_a_missing_set_is_an_error_at_once_and_names_those_there(folder):
    with pytest.raises(DataError, match=r"there are .*toy_table/1.0.0.*`download: true`"):
        tfds("mnist", data_dir=folder)
    with pytest.raises(DataError, match=r"toy_digits:2.0.0 must be prepared"):
        tfds("toy_digits:2.0.0", data_dir=folder)


def test_an_empty_folder_is_said_to_have_none(tmp_path):
    with pytest.raises(DataError, match="there is none"):
        tfds("mnist", data_dir=str(tmp_path))


def test_the_newest_version_is_taken(folder, tmp_path):
    for version in ("9.0.0", "10.0.0"):
        toy = type("ToyDigits", (ToyDigits,), {"VERSION": version}, skip_registration=True)
        toy(data_dir=str(tmp_path)).download_and_prepare()
    assert tfds("toy_digits", data_dir=str(tmp_path)).about["source"] == "tfds:toy_digits/10.0.0"
    older = tfds("toy_digits:9.0.0", data_dir=str(tmp_path))
    assert older.about["source"] == "tfds:toy_digits/9.0.0"


def test_a_set_is_fetched_when_told_to(tmp_path):
    class ToyFetched(ToyDigits):
        """Known to tensorflow-datasets, and made when asked for."""

    collection = tfds("toy_fetched", data_dir=str(tmp_path), download=True)
    assert len(collection.parts["train"]) == 4
    assert len(tfds("toy_fetched", data_dir=str(tmp_path)).parts["train"]) == 4


def test_sets_without_target_or_train_are_refused(folder):
    with pytest.raises(DataError, match=r"a feature `label`. Received: toy_pairs with"):
        tfds("toy_pairs", data_dir=folder)
    with pytest.raises(DataError, match=r"needs a split `train`. Received: test"):
        tfds("toy_tests", data_dir=folder)


def test_objects_are_boxes_in_pixels(folder):
    collection = tfds("toy_objects", data_dir=folder)
    assert collection.about["class_names"] == ["cat", "dog"]
    train, dev = collection.parts["train"], collection.parts["dev"]
    assert (len(train), len(dev)) == (3, 1)
    assert dev.rows["boxes"].shape == (1, 2, 4)
    for index in range(3):
        raw = train.read(index)
        assert raw["image"].shape[:2] == tuple(raw["size"])
        white = np.argwhere(raw["image"][..., 0] == 255)
        (dog,) = raw["boxes"][raw["labels"] == 1]
        np.testing.assert_allclose(dog, [*white.min(0)[::-1], *white.max(0)[::-1] + 1], atol=1e-5)
        crowd = raw["boxes"][raw["ignored"]]
        assert (crowd == [0, 0, raw["size"][1], 8]).all()
        assert len(crowd) == (raw["size"][1] == 20)
    (bad,) = collection.about["bad_boxes"]
    assert bad["path"].endswith(", object 2")
    assert bad["reason"].startswith("no area")
    assert train.strata.tolist() == [[int(len(r) > 1), 1] for r in _crowds(train)]
    with pytest.raises(DataError, match=r"1 of 6 boxes in toy_objects/1.0.0 cannot be used"):
        tfds("toy_objects", data_dir=folder, on_bad_box="error")


def _crowds(examples):
    """Labels of each picture that are there."""
    return [labels[labels >= 0] for labels in examples.rows["labels"]]


def test_boxes_without_classes_are_of_one_class(folder):
    collection = tfds("toy_faces", data_dir=folder)
    assert collection.about["class_names"] == ["faces"]
    raw = collection.parts["all"].read(0)
    assert raw["boxes"].tolist() == [[0, 0, 4, 2]]
    assert raw["image"].shape == (4, 4, 3)


def test_boxes_of_another_form_are_refused(tmp_path):
    ToyPixels(data_dir=str(tmp_path)).download_and_prepare()
    with pytest.raises(DataError, match=r"of the form REL_YXYX. Received: .* boxes YXYX"):
        tfds("toy_pixels", data_dir=str(tmp_path))


def test_an_image_that_cannot_be_read_is_named(tmp_path):
    ToyTorn(data_dir=str(tmp_path)).download_and_prepare()
    with pytest.raises(DataError, match=r"Image 0 of train cannot be read: not an image"):
        tfds("toy_torn", data_dir=str(tmp_path))
