"""What lies in a user's folder or table, found out by looking at a part of it."""

from dlsuite.survey.look import Look, Unsuited, form_of

__all__ = ["Look", "Unsuited", "form_of"]
