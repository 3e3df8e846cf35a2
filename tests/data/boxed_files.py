"""Small detection sets as files: rectangles drawn on black, written as VOC, YOLO and COCO."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

CLASSES = ["cat", "dog"]
COLOURS = {"cat": (255, 0, 0), "dog": (0, 0, 255)}


class Scene(NamedTuple):
    """A picture and what is in it: (class, x_min, y_min, x_max, y_max), pixel i from i to i + 1."""

    width: int
    height: int
    objects: Sequence[tuple[str, int, int, int, int]]


SCENES = {
    "one": Scene(20, 10, [("dog", 2, 3, 7, 9), ("cat", 10, 0, 20, 4)]),
    "two": Scene(12, 16, [("cat", 0, 0, 2, 16)]),
    "three": Scene(8, 8, []),
}


def drawn(scene: Scene) -> bytes:
    """The scene as a PNG: each object a filled rectangle in the colour of its class."""
    pixels = np.zeros((scene.height, scene.width, 3), np.uint8)
    for name, left, top, right, bottom in scene.objects:
        pixels[top:bottom, left:right] = COLOURS[name]
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    return folder


def box_xml(corners: Sequence[object], name: str = "cat", more: str = "") -> str:
    """An object of an annotation, its corners as they are to be written."""
    sides = ("xmin", "ymin", "xmax", "ymax")
    inner = "".join(f"<{s}>{c}</{s}>" for s, c in zip(sides, corners, strict=True))
    return f"<object><name>{name}</name>{more}<bndbox>{inner}</bndbox></object>"


def annotation(objects: str, width: int = 8, height: int = 8) -> str:
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation>\n{size}\n{objects}\n</annotation>\n"


def scene_xml(scene: Scene) -> str:
    """As Pascal VOC has it: pixels from 1, the last ones inside."""
    objects = [box_xml((x + 1, y + 1, right, bottom), name) for name, x, y, right, bottom in
               scene.objects]  # fmt: skip
    return annotation("\n".join(objects), scene.width, scene.height)


def scene_txt(scene: Scene) -> str:
    """As YOLO has it."""
    lines = []
    for name, left, top, right, bottom in scene.objects:
        across, down = (left + right) / 2 / scene.width, (top + bottom) / 2 / scene.height
        wide, high = (right - left) / scene.width, (bottom - top) / scene.height
        lines.append(f"{CLASSES.index(name)} {across:.6f} {down:.6f} {wide:.6f} {high:.6f}")
    return "\n".join(lines)


def instances(scenes: Mapping[str, Scene], **replaced: object) -> str:
    """As COCO has it; category ids are 3 and 7, out of their order."""
    ids = {"cat": 3, "dog": 7}
    images, annotations = [], []
    for number, (name, scene) in enumerate(scenes.items()):
        size = {"height": scene.height, "width": scene.width}
        images.append({"id": number, "file_name": f"{name}.png", **size})
        for kind, left, top, right, bottom in scene.objects:
            box = [left, top, right - left, bottom - top]
            at = {"id": len(annotations), "image_id": number, "category_id": ids[kind]}
            annotations.append({**at, "bbox": box, "iscrowd": 0})
    categories = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    return json.dumps(whole | replaced)


def found(examples: object, class_names: Sequence[str]) -> dict[tuple[int, int], list[tuple]]:
    """Objects of examples by (width, height) of their picture, in the form of a scene."""
    scenes = {}
    for index in range(len(examples)):  # type: ignore[arg-type]
        raw = examples.read(index)  # type: ignore[attr-defined]
        assert raw["image"].shape[:2] == tuple(raw["size"])
        present = raw["labels"] >= 0
        rows = zip(raw["labels"][present], raw["boxes"][present].round(3).tolist(), strict=True)
        size = (int(raw["size"][1]), int(raw["size"][0]))
        scenes[size] = [(class_names[label], *box) for label, box in rows]
    return scenes


def truth(scenes: Mapping[str, Scene] = SCENES) -> dict[tuple[int, int], list[tuple]]:
    return {(s.width, s.height): list(s.objects) for s in scenes.values()}


def is_drawn(raw: Mapping[str, np.ndarray], class_names: Sequence[str]) -> bool:
    """Whether a picture is black but for its boxes, and those are of the colour of their class."""
    expected = np.zeros_like(raw["image"])
    for box, label in zip(raw["boxes"].round(3).astype(int), raw["labels"], strict=True):
        if label >= 0:
            expected[box[1] : box[3], box[0] : box[2]] = COLOURS[class_names[label]]
    return bool((expected == raw["image"]).all())
