"""Is an HDF5 file plain: groups and arrays of numbers, all of them in the file itself?

HDF5 can do more: links to other files, arrays whose numbers lie in other files, texts and objects
of any length. Whoever opens a file that was given to them would read what it points to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h5py

MOST = 1_000_000  # groups and arrays; the largest nets have some thousands
NUMBERS = "fiub"  # kinds of NumPy types: floats, integers, truth values


def refusal(file: h5py.File) -> str | None:
    """What of a file is not plain, in words that follow `Received:`, or None."""
    import h5py

    waiting: list[tuple[str, Any]] = [("", file)]
    seen: set[Any] = set()
    while waiting:
        place, group = waiting.pop()
        if len(seen) > MOST:
            return f"more than {MOST:,} groups and arrays"
        for name in group:
            path, link = f"{place}/{name}", group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                return f"{path}, {_link(link)}"
            item = group[name]
            identity = h5py.h5o.get_info(item.id).addr
            if isinstance(item, h5py.Dataset):
                odd = _array(item)
                if odd:
                    return f"{path}, {odd}"
            elif not isinstance(item, h5py.Group):
                return f"{path}, a type and no array"
            elif identity not in seen:
                waiting.append((path, item))
            seen.add(identity)
    return None


def _link(link: Any) -> str:
    to = f"{link.filename}:{link.path}" if hasattr(link, "filename") else f"{link.path}"
    return f"a link to {to}"


def _array(array: h5py.Dataset) -> str:
    if array.is_virtual or array.external:
        return "an array whose numbers are in another file"
    if array.shape is None:
        return "an array without numbers"
    if array.dtype.kind not in NUMBERS:
        return f"an array of type {array.dtype}"
    return ""
