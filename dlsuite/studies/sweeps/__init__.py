"""Sweeps: trials of a recipe over ranges of its keys, see `running`."""
