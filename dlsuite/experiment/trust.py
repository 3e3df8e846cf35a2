"""Whose code does a run name? That of a store on another machine is not imported unasked.

A recipe that somebody runs may name code: `type: my_package.module:name` imports it. The recipe
that lies with a run does so again when the run is resumed or evaluated, and who can write into a
store that others share could name any function of any installed package.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from dlsuite.tracking import RunRecord

TRUST = "DLSUITE_TRUST_RUNS"  # set to 1 by who trusts all that write into the store


def foreign(record: RunRecord) -> str:
    """Why code that the run's recipe names may not be imported, in a sentence.

    Empty where it may: the store is on this machine, or all who write into it are trusted.
    """
    uri = record.connection.location.uri
    if os.environ.get(TRUST) == "1" or _is_here(uri):
        return ""
    return (
        f"It comes with {record} from {uri}, where others may have written it: set {TRUST}=1 if "
        "you trust all of them, or train from a recipe file of your own."
    )


def _is_here(uri: str) -> bool:
    host = urlsplit(uri).hostname
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
