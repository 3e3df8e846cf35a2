"""What a YOLO set says of itself: names of its classes, and which folders are which part."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dlsuite.data.annotated_folder import name_of
from dlsuite.data.examples import DataError
from dlsuite.data.file_names import shown

YAML_ENDINGS = (".yaml", ".yml")
# Files with a name in each line.
LISTS = ("classes.txt", "obj.names", "classes.names", "names.txt", "_darknet.labels")
PARTS = {"train": "train", "val": "dev", "valid": "dev", "dev": "dev", "test": "test"}
LARGEST = 2**20  # bytes


class Described(NamedTuple):
    """Names of the classes or None, folders of the parts as they are written, the file or empty."""

    names: list[str] | None
    folders: dict[str, list[str]]
    file: str


def described(root: Path, paths: Iterable[str]) -> Described:
    """Reads the outermost YAML file that has `names`, else a list of names, where there is one.

    Args:
        root: The folder.
        paths: Files below it.

    Raises:
        DataError: It cannot be read, or names are no list.
    """
    outermost = sorted(paths, key=lambda path: (path.count("/"), path))
    for path in outermost:
        if path.lower().endswith(YAML_ENDINGS):
            told = _yaml(root / path)
            if isinstance(told, Mapping) and "names" in told:
                names = _names(root / path, told["names"], told.get("nc"))
                return Described(names, _folders(root / path, told), path)
    for path in outermost:
        if path.rpartition("/")[2] in LISTS:
            lines = _text(root / path).splitlines()
            return Described([line.strip() for line in lines if line.strip()], {}, path)
    return Described(None, {}, "")


def parts_as_described(told: Described, names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The split of those pictures whose folders are named, none without train, and what to say.

    Args:
        told: What the file says; of its paths the last folders count, as they were written for
            another place.
        names: Pictures, see `annotated_folder`.
    """
    parts, notes = dict[str, str](), list[str]()
    for part, folders in told.folders.items():
        inside = {name for folder in folders for name in _inside(folder, names)}
        again = sum(name in parts for name in inside)
        if again:
            notes.append(
                f"{told.file} gives {again:,} pictures to {part} that it gave to another part; "
                "they stay in the first one."
            )
        parts |= {name: part for name in inside if name not in parts}
    if "train" not in parts.values():
        return {}, []
    left = sum(name not in parts for name in names)
    if left:
        notes.append(f"{left:,} pictures are in no folder that {told.file} names; passed over.")
    return {name: parts[name] for name in names if name in parts}, notes


def _inside(folder: str, names: Sequence[str]) -> list[str]:
    """Names below a folder, of whose path as much counts as is there."""
    steps = [step for step in folder.replace("\\", "/").split("/") if step not in ("", ".", "..")]
    wanted = name_of("/".join([*steps, "."])).split("/")[:-1]
    for start in range(len(wanted)):
        run = f"/{'/'.join(wanted[start:])}/"
        found = [name for name in names if run in f"/{name}"]
        if found:
            return found
    return []


def _yaml(file: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(_text(file))
    except (YAMLError, ValueError, RecursionError) as error:
        raise DataError(f"{file} must be YAML of plain values: {error}") from error


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise DataError(f"{file} may have {LARGEST:,} bytes. Received: more.")
        return file.read_bytes().decode("utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise DataError(f"{file} must be a text in UTF-8: {error}") from error


def _names(file: Path, names: Any, count: Any) -> list[str]:
    if isinstance(names, Mapping) and sorted(map(str, names)) == sorted(
        map(str, range(len(names)))
    ):
        by_number = {str(number): name for number, name in names.items()}
        names = [by_number[str(number)] for number in range(len(names))]
    plain = isinstance(names, list) and all(isinstance(n, (str, int, float)) for n in names)
    if not plain or not names:
        raise DataError(
            f"`names` of {file} must be a list of names, or names by the numbers from 0 on. "
            f"Received: {shown(str(names)[:80])}."
        )
    if count is not None and count != len(names):
        raise DataError(
            f"`nc` of {file} must be the number of names. Received: nc {count} and "
            f"{len(names)} names."
        )
    return [str(name) for name in names]


def _folders(file: Path, told: Mapping[str, Any]) -> dict[str, list[str]]:
    found = dict[str, list[str]]()
    for key, part in PARTS.items():
        value = told.get(key)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(folder, str) for folder in listed):
            raise DataError(f"`{key}` of {file} must be folders. Received: {str(value)[:80]}.")
        found.setdefault(part, []).extend(folder for folder in listed if folder)
    return found
