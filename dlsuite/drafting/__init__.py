"""A first recipe for data that nobody has trained on yet, every line with its reason."""

from dlsuite.drafting.draft import Draft, Line, checked, propose, save

__all__ = ["Draft", "Line", "checked", "propose", "save"]
