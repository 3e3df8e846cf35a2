"""Comparisons of runs that were written by hand, so that nothing is trained."""
