"""A run that is a part of a study: below which run it is kept, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """What makes a run one of several that a study starts.

    Attributes:
        parent: Id of the run that it is kept below; lists of runs leave it out.
        name: Its name in the store.
        tags: By which the study finds it again.
        tested: Whether the test part is scored. It is not where runs are chosen between: the
            course scores test once, for the one that was chosen.
        model_kept: Whether weights and SavedModel are kept, and with them size and latency known.
        looked_at: Whether people look at it by itself: then it has pictures, and a rival beside it.
    """

    parent: str
    name: str
    tags: Mapping[str, Any] = field(default_factory=dict)
    tested: bool = False
    model_kept: bool = True
    looked_at: bool = True
