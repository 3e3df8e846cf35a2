"""Runs and where they are kept. The only room that knows MLflow, which is imported when needed."""

from dlsuite.tracking.catching_up import Synced, sync
from dlsuite.tracking.endings import Ended, Terminated
from dlsuite.tracking.environment import facts
from dlsuite.tracking.lineage import Dataset
from dlsuite.tracking.location import Location, StoreError, locate
from dlsuite.tracking.records import WEIGHTS, RunRecord
from dlsuite.tracking.runs import TrackedRun
from dlsuite.tracking.store import Store
from dlsuite.tracking.ui import serve_ui, show_ui
from dlsuite.tracking.values import EPOCH, HEADLINE

__all__ = [
    "EPOCH",
    "HEADLINE",
    "WEIGHTS",
    "Dataset",
    "Ended",
    "Location",
    "RunRecord",
    "Store",
    "StoreError",
    "Synced",
    "Terminated",
    "TrackedRun",
    "facts",
    "locate",
    "serve_ui",
    "show_ui",
    "sync",
]
