"""Where pages are printed: as wide as the terminal, and wide enough where there is none."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console

WIDE = 160  # columns of a file or a pipe, of which rich would believe 80 and cut tables there


def screen(**options: Any) -> Console:
    """A console of rich; what COLUMNS says holds, as everywhere.

    Args:
        **options: Of `rich.console.Console`.
    """
    console = Console(**options)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDE
    return console
