"""Weights that would do harm: each writes the file `marker` if something of it is ever executed."""

from __future__ import annotations

import marshal
import pickle
import zipfile
from base64 import b64encode
from pathlib import Path

import h5py
import numpy as np

from tests.contracts.malicious import HUGE, Bomb, Craft, pickled_npz


def _h5(folder: Path) -> tuple[Path, h5py.File, h5py.Group]:
    path = folder / "x.weights.h5"
    file = h5py.File(path, "w")
    return path, file, file.create_group("layers/dense/vars")


def _secret(folder: Path) -> Path:
    with h5py.File(folder / "secret.h5", "w") as file:
        file["numbers"] = np.arange(12.0, dtype="float32").reshape(4, 3)
    return folder / "secret.h5"


def external_link(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = h5py.ExternalLink(_secret(folder), "numbers")
    return path


def external_link_to_a_group(folder: Path, marker: Path) -> Path:
    path = folder / "x.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers"] = h5py.ExternalLink(_secret(folder), "/")
    return path


def soft_link(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = h5py.SoftLink("/elsewhere")
    return path


def virtual_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource(_secret(folder), "numbers", (4, 3))
    with file:
        group.create_virtual_dataset("0", layout)
    return path


def external_storage(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group.create_dataset("0", (4, 3), "float32", external=[("/etc/passwd", 0, 48)])
    return path


def texts_for_numbers(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group.create_dataset("0", data=["text"], dtype=h5py.string_dtype())
    return path


def pickle_in_an_opaque_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = np.void(pickle.dumps(Bomb(marker)))
    return path


def a_type_for_an_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = np.dtype("float32")
    return path


def names_for_numbers(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["kernel"] = np.zeros((4, 3), "float32")
    return path


def an_array_for_a_group(folder: Path, marker: Path) -> Path:
    path = folder / "x.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars"] = np.zeros((4, 3), "float32")
    return path


def huge_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group.create_dataset("0", (HUGE, 3), "float32", chunks=(1024, 3), compression="gzip")
    return path


def truncated(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = np.zeros((400, 3), "float32")
    path.write_bytes(path.read_bytes()[:-900])
    return path


def empty(folder: Path, marker: Path) -> Path:
    (folder / "x.weights.h5").touch()
    return folder / "x.weights.h5"


def keras_archive(folder: Path, marker: Path, config: str, padding: int = 0) -> Path:
    """A .keras with that configuration, under a name that a recipe may give."""
    path = folder / "x.weights.h5"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", config)
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("../escaped.txt", "x")
        archive.writestr("model.weights.h5", bytes(padding))
    return path


def keras_with_a_lambda(folder: Path, marker: Path) -> Path:
    code = compile(f"open({str(marker)!r}, 'w')", "x", "eval")
    body = b64encode(marshal.dumps(code)).decode()
    inner = f'{{"class_name": "__lambda__", "config": {{"code": "{body}"}}}}'
    return keras_archive(
        folder,
        marker,
        f'{{"module": "keras.layers", "class_name": "Lambda", "config": {{"function": {inner}}}}}',
    )


def keras_of_another_module(folder: Path, marker: Path) -> Path:
    return keras_archive(
        folder,
        marker,
        f'{{"module": "os", "class_name": "system", "config": "touch {marker}"}}',
    )


def keras_bomb(folder: Path, marker: Path) -> Path:
    return keras_archive(folder, marker, "{}", padding=2**24)


def pickle_for_weights(folder: Path, marker: Path) -> Path:
    (folder / "x.weights.h5").write_bytes(pickle.dumps(Bomb(marker)))
    return folder / "x.weights.h5"


def npz_for_weights(folder: Path, marker: Path) -> Path:
    return pickled_npz(folder, marker).rename(folder / "x.weights.h5")


def _listing(folder: Path, layers: list[bytes]) -> tuple[Path, h5py.File]:
    """As Keras 1 and 2 wrote weights alone: layers and arrays are listed in attributes."""
    path, file, group = _h5(folder)
    group["0"] = np.zeros((4, 3), "float32")
    file.attrs["layer_names"] = layers
    return path, file


def old_h5_with_a_link(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [b"dense"])
    with file:
        group = file.create_group("dense")
        group.attrs["weight_names"] = [b"kernel"]
        group["kernel"] = h5py.ExternalLink(_secret(folder), "numbers")
    return path


def old_h5_that_lists_what_there_is_not(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [b"../../secret"])
    file.close()
    return path


def old_h5_that_lists_a_group_for_an_array(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [b"layers"])
    with file:
        file["layers"].attrs["weight_names"] = [b"dense"]
    return path


def old_h5_whose_list_is_a_pickle(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [])
    with file:
        file.attrs["layer_names"] = np.void(pickle.dumps(Bomb(marker)))
    return path


def old_h5_whose_list_is_of_references(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [])
    with file:
        file.attrs.create("layer_names", [file["layers"].ref], dtype=h5py.ref_dtype)
    return path


def old_h5_whose_names_are_no_text(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [b"\xff\xfe"])
    file.close()
    return path


def nothing_for_an_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = h5py.Empty("float32")
    return path


def old_h5_whose_list_is_nothing(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [])
    with file:
        file.attrs["layer_names"] = h5py.Empty("S5")
    return path


def old_h5_whose_list_of_arrays_is_nothing(folder: Path, marker: Path) -> Path:
    path, file = _listing(folder, [b"layers"])
    with file:
        file["layers"].attrs["weight_names"] = h5py.Empty("S5")
    return path


def old_h5_with_a_lambda(folder: Path, marker: Path) -> Path:
    """As Keras 2 wrote whole models: the configuration with the code is an attribute."""
    path, file, group = _h5(folder)
    code = b64encode(marshal.dumps(compile(f"open({str(marker)!r}, 'w')", "x", "eval"))).decode()
    with file:
        file.attrs["model_config"] = (
            f'{{"class_name": "Lambda", "config": {{"function": "{code}"}}}}'
        )
        group["0"] = np.zeros((2, 2), "float32")
    return path


WEIGHTS: tuple[Craft, ...] = (
    *(external_link, external_link_to_a_group, soft_link, virtual_array, external_storage),
    *(texts_for_numbers, pickle_in_an_opaque_array, a_type_for_an_array, names_for_numbers),
    *(an_array_for_a_group, huge_array, truncated, empty, keras_with_a_lambda),
    *(keras_of_another_module, keras_bomb, pickle_for_weights, npz_for_weights),
    *(old_h5_with_a_lambda, old_h5_with_a_link, old_h5_that_lists_what_there_is_not),
    *(old_h5_that_lists_a_group_for_an_array, old_h5_whose_list_is_a_pickle),
    *(old_h5_whose_list_is_of_references, old_h5_whose_names_are_no_text),
    *(nothing_for_an_array, old_h5_whose_list_is_nothing, old_h5_whose_list_of_arrays_is_nothing),
)
