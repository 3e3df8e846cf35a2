"""Time for a picture of R-CNN, Fast R-CNN and Faster R-CNN, and of the search that two need.

    python -m benchmarks.rcnn_family

The same drawn pictures, the same kind of backbone and as many regions for all three; each picture
is asked alone, from letterboxed pixels to boxes after suppression, one net after the other in every
round. Nets are as they were made: what they cost does not depend on what they learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import Row, Sample, against, record, say, timed

if TYPE_CHECKING:
    import keras

ROUNDS = 9
HEIGHT, WIDTH, CLASSES = 240, 320, 3
REGIONS = 300  # of a picture, those of Faster R-CNN too
ANCHORS = tuple((side * wide, side) for side in (32.0, 64.0, 128.0) for wide in (0.5, 1.0, 2.0))
SEARCH = "selective search"
NETS = {"rcnn": "R-CNN", "fast_rcnn": "Fast R-CNN", "faster_rcnn": "Faster R-CNN"}
WHAT = f"a picture of {WIDTH}x{HEIGHT}, {REGIONS} regions"

Times = Mapping[str, Sequence[float]]  # seconds of each round


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """What each part takes, then the ratios, those of nets with the search that they wait for."""
    if find_spec("cv2") is None:
        yield Row(f"R-CNN and its heirs, {WHAT}", "ratio", [], None, "OpenCV is not installed")
        return
    took = times(drawn(rounds + 1), {name: net(name) for name in NETS})
    for name, title in {SEARCH: "Selective search", **NETS}.items():
        alone = " without the search" if name in ("rcnn", "fast_rcnn") else ""
        yield Row(f"{title}{alone}, {WHAT}", "ms", [1000 * each for each in took[name]])
    yield from ratios(took)


def ratios(took: Times) -> Iterator[Row]:
    """Each against the one before it, as they are asked and as far as nets go."""
    found = np.asarray(took[SEARCH])
    whole = {
        name: np.asarray(took[name]) + (0 if name == "faster_rcnn" else found) for name in NETS
    }
    first, second, third = NETS
    yield _ratio("with their searches", second, first, whole)
    yield _ratio("without the searches", second, first, took)
    yield _ratio("with the search of the latter", third, second, whole)
    yield _ratio("with the search of the latter", third, first, whole)


def times(pictures: Sequence[np.ndarray], nets: Mapping[str, Callable]) -> dict[str, list[float]]:
    """Seconds of the search and of each net, one a picture; the first picture is not counted."""
    from dlsuite.data.regions import Proposed

    proposed = Proposed(count=REGIONS)
    took: dict[str, list[float]] = {SEARCH: [], **{name: [] for name in nets}}
    for number, picture in enumerate(pictures):
        found: list[np.ndarray] = []
        search = timed(partial(_search, picture, proposed, found))
        regions = np.zeros((1, REGIONS, 4), "float32")
        regions[0, : len(found[0])] = found[0]
        asked = {"image": picture[None].astype("float32") / 255, "size": [[HEIGHT, WIDTH]]}
        judged = {**asked, "proposals": regions}
        samples = {SEARCH: search}
        for name in _in_turn(list(nets), number):
            samples[name] = _asked(nets[name], asked if name == "faster_rcnn" else judged)
        if number:
            for name, sample in samples.items():
                took[name].append(sample.wall)
        say(f"  {number}/{len(pictures) - 1}")
    return took


def drawn(count: int) -> list[np.ndarray]:
    """Pictures of shapes, uint8 `[H, W, 3]`, one a round and one to begin with."""
    from dlsuite.data.sources import shapes

    images = shapes(count=count, image_size=WIDTH, objects=(5, 10)).parts["all"].rows["image"]
    top = (WIDTH - HEIGHT) // 2
    return [np.ascontiguousarray(image[top : top + HEIGHT]) for image in images]


def net(name: str) -> Callable[[Any], Any]:
    """A traced net with all that follows it."""
    import tensorflow as tf

    from dlsuite import models
    from dlsuite.layers import Detections
    from dlsuite.models.answering import Answering

    shape = (HEIGHT, WIDTH, 3)
    made: keras.Model
    if name == "faster_rcnn":
        made = models.faster_rcnn(shape, CLASSES, anchors=ANCHORS, proposals=REGIONS)
    else:
        made = getattr(models, name)(shape, CLASSES)
    answering = Answering(made, Detections(), (HEIGHT, WIDTH))
    return tf.function(lambda x: answering(x, training=False))


def _search(picture: np.ndarray, proposed: Any, found: list[np.ndarray]) -> None:
    from dlsuite.data.regions import selective_search

    found.append(selective_search(picture, proposed)[: proposed.count])


def _asked(net: Callable[[Any], Any], x: Mapping[str, Any]) -> Sample:
    import tensorflow as tf

    tensors = {key: tf.constant(value) for key, value in x.items()}
    return timed(partial(net, tensors))


def _in_turn(names: list[str], number: int) -> list[str]:
    """Who begins changes with every round: what drifts hits all alike."""
    start = number % len(names)
    return [*names[start:], *names[:start]]


def _ratio(how: str, ours: str, theirs: str, took: Mapping[str, Any]) -> Row:
    first, second = (np.asarray(took[name]) for name in (ours, theirs))
    name = f"{NETS[ours]} against {NETS[theirs]}, {how}"
    note = against(float(np.median(first)), float(np.median(second)))
    return Row(name, "ratio", (first / second).tolist(), None, note)


if __name__ == "__main__":
    record("rcnn_family", rows())
