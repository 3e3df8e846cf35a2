"""Whose code does a run name? That of a store on another machine is not imported unasked.

A recipe that somebody runs may name code: `type: my_package.module:name` imports it. The recipe
that lies with a run does so again when the run is resumed or evaluated, and who can write into a
store that others share could name any function of any installed package.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from dlsuite.recipe import Document
from dlsuite.tracking import RunRecord, StoreError

OWN = re.compile(r"([A-Za-z_]\w*)[\w.]*:[A-Za-z_]\w*")
TRUST = "DLSUITE_TRUST_RUNS"  # set to 1 by who trusts all that write into the store


def refuse_foreign_code(record: RunRecord, document: Document) -> None:
    """Lets pass a recipe that names no code, or is of a store on this machine, or is trusted.

    Raises:
        StoreError: A run of another machine's store names code to import.
    """
    uri = record.connection.location.uri
    if os.environ.get(TRUST) == "1" or _is_here(uri):
        return
    named = list(dict.fromkeys(_own_code(document.tree)))
    if named:
        raise StoreError(
            f"The recipe of {record} names code to import, {', '.join(named)}, and comes from "
            f"{uri}, where others may have written it. Set {TRUST}=1 if you trust all of them, "
            "or train from a recipe file of your own."
        )


def _is_here(uri: str) -> bool:
    host = urlsplit(uri).hostname
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _own_code(value: Any) -> Iterator[str]:
    """Texts such as `my_package.module:name` whose package is installed here."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _own_code(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _own_code(inner)
    elif isinstance(value, str) and (found := OWN.fullmatch(value)):
        try:
            known = find_spec(found[1]) is not None
        except (ImportError, ValueError):
            known = True
        if known:
            yield value
