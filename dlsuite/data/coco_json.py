"""One annotation file of COCO: its JSON as pictures with objects."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dlsuite.data.box_checks import Corners, Marked
from dlsuite.data.examples import DataError
from dlsuite.data.file_names import shown

NOWHERE: Corners = (0.0, 0.0, 0.0, 0.0)


class Pictured(NamedTuple):
    """A picture: its file, height and width where they are stated, and what is marked in it."""

    file: str
    stated: tuple[int, int] | None
    objects: list[Marked]


class Instances(NamedTuple):
    """Pictures by their id, and names of categories in the order of their ids.

    Attributes:
        pictures: Each with its objects, boxes in pixels.
        categories: Name of each category by its id, in the order of ids.
        strays: Objects of pictures that are not there.
    """

    pictures: dict[Any, Pictured]
    categories: dict[int, str]
    strays: list[Marked]


def read_instances(file: Path) -> Instances:
    """Reads `instances_*.json`: boxes are (x, y, width, height) in pixels, crowds are ignored.

    Raises:
        DataError: It is no JSON, or lists other than those of COCO.
    """
    told = _loaded(file)
    lists = {name: _records(file, told, name) for name in ("categories", "images", "annotations")}
    categories = _categories(file, lists["categories"])
    pictures = dict[Any, Pictured]()
    for place, record in enumerate(lists["images"]):
        number, name = record.get("id"), record.get("file_name")
        if not isinstance(number, (int, str)) or not isinstance(name, str) or not name:
            raise _refused(file, f"images[{place}]", "a number or text id and a file_name", record)
        if number in pictures:
            raise _refused(file, f"images[{place}]", "an id of its own", record)
        pictures[number] = Pictured(name, _stated(record), [])
    strays = []
    for place, record in enumerate(lists["annotations"]):
        marked = _object(record, f"{file.name} annotations[{place}]", categories)
        try:
            pictures[record.get("image_id")].objects.append(marked)
        except (KeyError, TypeError):
            reason = f"its image_id is none of images: {record.get('image_id')!r}"
            strays.append(marked._replace(wrong=reason))
    return Instances(pictures, categories, strays)


def _loaded(file: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except json.JSONDecodeError as error:
        raise DataError(
            f"{file} must be JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except (ValueError, RecursionError, OSError) as error:
        raise DataError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(told, dict):
        raise DataError(
            f"{file} must be an object with images, annotations and categories. "
            f"Received: {type(told).__name__}."
        )
    return told


def _records(file: Path, told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = told.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        present = ", ".join(shown(str(key)) for key in list(told)[:10]) or "nothing"
        raise DataError(f"{file} must have a list `{name}` of objects. Received: {present}.")
    return found


def _categories(file: Path, records: list[dict[str, Any]]) -> dict[int, str]:
    found = dict[int, str]()
    for place, record in enumerate(records):
        number, name = record.get("id"), record.get("name")
        if type(number) is not int or not isinstance(name, str) or not name:
            raise _refused(file, f"categories[{place}]", "a whole number id and a name", record)
        if number in found or name in found.values():
            raise _refused(file, f"categories[{place}]", "an id and a name of its own", record)
        found[number] = name
    return dict(sorted(found.items()))


def _object(record: Mapping[str, Any], where: str, categories: Mapping[int, str]) -> Marked:
    category, box = record.get("category_id"), record.get("bbox")
    ignored = bool(record.get("iscrowd", 0))
    if type(category) is not int or category not in categories:
        reason = f"its category_id is none of categories: {category!r}"
        return Marked("", NOWHERE, ignored, where, reason)
    name = categories[category]
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(edge) for edge in box):
        reason = f"its bbox must be four numbers, [x, y, width, height]. Received: {str(box)[:60]}"
        return Marked(name, NOWHERE, ignored, where, reason)
    left, top, width, height = (float(edge) for edge in box)
    return Marked(name, (left, top, left + width, top + height), ignored, where)


def _is_number(value: Any) -> bool:
    # Numbers that a float cannot hold are whole ones of hundreds of digits.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _stated(record: Mapping[str, Any]) -> tuple[int, int] | None:
    height, width = record.get("height"), record.get("width")
    if isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0:
        return height, width
    return None


def _refused(file: Path, place: str, wanted: str, record: Mapping[str, Any]) -> DataError:
    return DataError(f"{place} of {file} must have {wanted}. Received: {str(record)[:100]}.")
