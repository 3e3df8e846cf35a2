"""Names of files as text that can be printed and written, whatever bytes they are made of."""

import difflib
import os
import unicodedata
from pathlib import Path

# Control characters, and bytes that are not UTF-8 as Python carries them in a name.
UNPRINTABLE = frozenset(("Cc", "Cs"))
CLOSE = 0.7  # likeness of names, of which one may be a slip of the other
LONGEST = 100  # letters of a name that are compared


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
    if not folder.is_dir():
        return f" The folder {folder} is not there either."
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    near = difflib.get_close_matches(place.name[:LONGEST], names, n=1, cutoff=CLOSE)
    return f" Did you mean {shown(folder / near[0])}?" if near else ""
