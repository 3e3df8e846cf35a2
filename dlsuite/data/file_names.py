"""Names of files as text that can be printed and written, whatever bytes they are made of."""

import os
import unicodedata
from itertools import islice
from pathlib import Path

from dlsuite.recipe.spelling import nearest

# Control characters, and bytes that are not UTF-8 as Python carries them in a name.
UNPRINTABLE = frozenset(("Cc", "Cs"))
MOST = 1_000  # names of a folder that a slip is looked for in


def plain(name: str) -> bool:
    """Whether a name is UTF-8 without control characters such as a line break."""
    return not any(unicodedata.category(letter) in UNPRINTABLE for letter in name)


def shown(name: str | bytes | os.PathLike[str]) -> str:
    r"""A name in one line of text: what cannot be printed as `\n` or `\xff`.

    >>> shown(b"caf\xe9.png"), shown("two\nlines.png")
    ('caf\\xe9.png', 'two\\nlines.png')
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(letter if plain(letter) else ascii(letter)[1:-1] for letter in text)


def near_miss(place: Path) -> str:
    """Of a path where nothing is, where the way ends, or what may have been meant; else empty."""
    folder = place.parent
    try:
        if place.exists():
            return ""
        if folder.exists() and not folder.is_dir():
            return f" {shown(folder)} is a file."
        if not folder.is_dir():
            return f" The folder {shown(folder)} is not there either."
        names = (name for name in os.listdir(folder) if not name.startswith("."))
        near = nearest(place.name, sorted(islice(names, MOST)))
    except OSError:
        return ""
    return f" Did you mean {shown(folder / near)}?" if near else ""
