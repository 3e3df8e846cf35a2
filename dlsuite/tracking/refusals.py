"""Why a store does not take or give what it is asked for, in words, and whether it may later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dlsuite.disk import is_full, room
from dlsuite.tracking.location import Location, StoreError
from dlsuite.tracking.values import NO_ANSWER, first_line

# Whose exceptions mean the store, and not a mistake in a program.
FOREIGN = (
    *("mlflow", "sqlalchemy", "sqlite3", "requests", "urllib3", "filelock", "json"),
    *("boto3", "botocore", "google", "azure"),  # through which MLflow reaches files elsewhere
)
# Answers that stay the same however often the store is asked.
LASTING = ("INVALID_PARAMETER_VALUE", "MALFORMED_REQUEST")
BINNED = "must be in the 'active' state"  # MLflow, of a run that may be taken out of the bin again
NO_SUCH_RUN = "RESOURCE_DOES_NOT_EXIST"


def of_the_store(problem: BaseException) -> bool:
    """Whether the store, its disk or the way to it is to blame."""
    package = type(problem).__module__.partition(".")[0]
    return isinstance(problem, OSError) or package in FOREIGN


def lasting(problem: BaseException) -> bool:
    """Whether asking again would be in vain: the question itself is wrong, or our own code is."""
    if getattr(problem, "error_code", None) in LASTING:
        return BINNED not in str(problem)
    return isinstance(problem, TypeError | ValueError) and _raised_here(problem)


def no_answer(problem: BaseException) -> bool:
    """Whether nobody is there, so that asking again at once would only take time."""
    return first_line(problem) == NO_ANSWER


def missing_run(problem: BaseException) -> bool:
    """Whether the store answers that it has no such run."""
    return getattr(problem, "error_code", None) == NO_SUCH_RUN


def reason(problem: BaseException, location: Location) -> str:
    """One line on what happened, with the space that is left where there is too little."""
    line = first_line(problem)
    if not location.exists:
        return f"{location.database} is gone"
    if is_full(problem) and location.database is not None:
        return f"{line}, {room(location.folder)} in {location.folder}"
    if "database is locked" in line:
        return f"{line} by another process"
    if "malformed" in line or "not a database" in line:
        return f"{line}: the file is damaged"
    return line


def _raised_here(problem: BaseException) -> bool:
    """Whether a line of this suite raised it, and no library that the line called."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return name.partition(".")[0] == __name__.partition(".")[0]


@contextmanager
def in_words(location: Location) -> Iterator[None]:
    """Inside, what the store refuses is a `StoreError`; mistakes of programs stay as they are."""
    try:
        yield
    except StoreError:
        raise
    except Exception as problem:
        if not of_the_store(problem):
            raise
        text = f"The store {location.uri} cannot be used: {reason(problem, location)}"
        raise StoreError(text) from problem
