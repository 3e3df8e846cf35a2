"""Where pages are printed: as wide as the terminal, and wide enough where there is none."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console

WIDE = 160  # columns of a file or a pipe, of which rich would believe 80 and cut tables there


def _near_a_terminal() -> bool:
    """Whether someone looks, perhaps through a pager; rich asks all three for the width too."""
    return any(os.isatty(number) for number in range(3))


def screen(**options: Any) -> Console:
    """A console of rich; what COLUMNS says holds, as everywhere.

    Args:
        **options: Of `rich.console.Console`.
    """
    console = Console(**options)
    if "COLUMNS" not in os.environ and not (console.is_terminal or _near_a_terminal()):
        console.width = WIDE
    return console
