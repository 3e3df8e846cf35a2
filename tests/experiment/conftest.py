"""A store that the tests of a file share."""

from tests.tracking.conftest import empty_database, module_store

__all__ = ["empty_database", "module_store"]
