"""A store of its own for each test."""

from tests.tracking.conftest import empty_database, store

__all__ = ["empty_database", "store"]
