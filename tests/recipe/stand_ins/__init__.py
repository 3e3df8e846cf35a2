"""Packages for Rooms of the tests: small annotated functions in place of real builders."""
