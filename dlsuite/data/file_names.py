"""Names of files as text that can be printed and written, whatever bytes they are made of."""

import os
import unicodedata

# Control characters, and bytes that are not UTF-8 as Python carries them in a name.
UNPRINTABLE = frozenset(("Cc", "Cs"))


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
