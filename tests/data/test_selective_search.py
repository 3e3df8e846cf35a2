"""Selective search: drawn things are among its proposals, and no picture is searched twice."""

import sys

import numpy as np
import pytest

from dlsuite.data import DataError, Examples
from dlsuite.data.hashing import array_keys
from dlsuite.data.regions import (
    Proposed,
    covered,
    few_covered,
    kept_regions,
    selective_search,
    with_proposals,
)

pytest.importorskip("cv2.ximgproc")
THINGS = np.array([[10, 12, 50, 60], [70, 20, 110, 44], [40, 66, 104, 90]])


def drawn(seed: int = 0) -> np.ndarray:
    """Three flat things on a grey ground, with some noise: uint8 `[96, 120, 3]`."""
    rng = np.random.default_rng(seed)
    image = np.full((96, 120, 3), 128.0)
    for (left, top, right, bottom), color in zip(
        THINGS, ((220, 30, 30), (30, 60, 220), (240, 230, 40)), strict=True
    ):
        image[top:bottom, left:right] = color
    return (image + rng.uniform(-4, 4, image.shape)).round().astype("uint8")


def best_overlaps(truth: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Of each true box with the proposal that suits it best."""
    low = np.maximum(truth[:, None, :2], boxes[None, :, :2])
    high = np.minimum(truth[:, None, 2:], boxes[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=-1) for each in (truth, boxes)]
    return (both / (areas[0][:, None] + areas[1][None] - both)).max(axis=1)


@pytest.mark.parametrize("proposed", [Proposed(), Proposed(longest=60)])
def test_every_drawn_thing_is_among_the_proposals(proposed):
    boxes = selective_search(drawn(), proposed)
    assert boxes.dtype == np.float32
    assert best_overlaps(THINGS, boxes).min() > 0.8
    assert (boxes >= 0).all()
    assert (boxes <= [120, 96, 120, 96]).all()
    assert len(np.unique(boxes, axis=0)) == len(boxes)


def test_objects_without_a_region_are_told():
    """Of four objects one is met, one is overlapped by exactly a half, one by less, one ignored."""
    boxes = np.array([[[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10]]] * 2)
    rows = {
        "boxes": boxes.astype("float32"),
        "labels": np.array([[0, 0, 0, 0], [-1, -1, -1, -1]]),
        "ignored": np.array([[False, False, False, True]] * 2),
        "proposals": np.array(
            [[[0, 0, 10, 10], [20, 0, 30, 5], [40, 0, 50, 4.9], [0, 0, 0, 0]]] * 2, np.float32
        ),
    }
    some = Examples(rows=rows, keys=np.array(["a", "b"]))
    assert covered(some) == pytest.approx(2 / 3)
    (said,) = few_covered(some)
    assert said.startswith("Regions overlap 67% of the objects by a half; no more can be found.")
    assert np.isnan(covered(some.take([1])))
    assert few_covered(some.take([1])) == ()


def test_the_same_picture_gives_the_same_boxes_in_the_same_order():
    first, second = (selective_search(drawn()) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_small_regions_are_left_out():
    boxes = selective_search(drawn(), Proposed(smallest=30))
    assert len(boxes)
    assert (boxes[:, 2:] - boxes[:, :2]).min() >= 30


def test_a_picture_of_one_colour_has_the_picture_at_most():
    boxes = selective_search(np.full((20, 30, 3), 77, "uint8"))
    assert len(boxes) <= 1
    assert (boxes == [0, 0, 30, 20]).all()


def test_quality_finds_more():
    small = drawn()[::2, ::2]
    found = [len(selective_search(small, Proposed(mode=mode))) for mode in ("fast", "quality")]
    assert found[0] <= found[1]


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 1), (0, 9, 3)])
def test_what_is_no_picture_in_colour_is_refused(shape):
    with pytest.raises(ValueError, match="must be uint8"):
        selective_search(np.zeros(shape, "uint8"))


def unread() -> np.ndarray:
    raise AssertionError("searched again")


def test_a_picture_is_searched_once_for_its_settings(tmp_path):
    search = Proposed(longest=60)
    first = kept_regions("ab12", drawn, search, tmp_path)
    again = kept_regions("ab12", unread, search.model_copy(update={"count": 2}), tmp_path)
    np.testing.assert_array_equal(first, again)
    with pytest.raises(AssertionError, match="searched again"):
        kept_regions("ab12", unread, Proposed(longest=61), tmp_path)


@pytest.mark.parametrize("left", [0, 40, 140])
def test_a_damaged_file_is_searched_anew(tmp_path, left):
    search = Proposed(longest=60)
    first = kept_regions("ab12", drawn, search, tmp_path)
    (file,) = tmp_path.rglob("*.npy")
    file.write_bytes(file.read_bytes()[:left])
    np.testing.assert_array_equal(kept_regions("ab12", drawn, search, tmp_path), first)
    np.testing.assert_array_equal(kept_regions("ab12", unread, search, tmp_path), first)


def test_nothing_is_left_of_a_search_that_fails(tmp_path):
    with pytest.raises(AssertionError):
        kept_regions("ab12", unread, Proposed(), tmp_path)
    assert not list(tmp_path.rglob("*"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(DataError, match="must be writable"):
        kept_regions("ab12", drawn, Proposed(longest=60), tmp_path / "file")


def test_examples_get_a_row_of_their_proposals(tmp_path):
    images = np.stack([drawn(0), np.full((96, 120, 3), 9, "uint8")])
    examples = Examples({"image": images, "label": np.arange(2)}, array_keys(images))
    wide = with_proposals(examples, Proposed(count=500, longest=60), tmp_path)
    boxes = selective_search(images[0], Proposed(longest=60))
    np.testing.assert_array_equal(wide.read(0)["proposals"][: len(boxes)], boxes)
    assert not wide.read(0)["proposals"][len(boxes) :].any()
    narrow = with_proposals(examples, Proposed(count=3, longest=60), tmp_path)
    np.testing.assert_array_equal(narrow.read(0)["proposals"], boxes[:3])
    np.testing.assert_array_equal(narrow.read(1)["image"], images[1])


def test_without_opencv_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ImportError, match=r"dlsuite\[detection\]"):
        selective_search(drawn())
