"""A store of its own for each test."""

from tests.tracking.conftest import empty_database, module_store, store

__all__ = ["empty_database", "module_store", "store"]
