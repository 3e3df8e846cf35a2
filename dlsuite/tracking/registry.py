"""The model registry: a run's model under a name that others serve it by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlsuite.tracking.location import StoreError
from dlsuite.tracking.refusals import in_words

if TYPE_CHECKING:
    from dlsuite.tracking.records import RunRecord

CHAMPION = "champion"  # the alias of the version to serve


class Registered(NamedTuple):
    """A version of a registered model.

    `uri` is what MLflow loads it by: `models:/NAME@ALIAS`.
    """

    name: str
    version: int
    alias: str
    uri: str


def require_name(name: str, alias: str = CHAMPION) -> None:
    """Refuses what no registered model can be called.

    Raises:
        ValueError: The name or the alias is not one.
    """
    for what, word in (("name", name), ("alias", alias)):
        if not re.fullmatch(r"\w[\w-]*", word):
            raise ValueError(f"`{what}` must be of letters, digits, _ and -. Received: {word!r}.")


def register(
    record: RunRecord, name: str, *, alias: str = CHAMPION, description: str = ""
) -> Registered:
    """Makes a run's model the newest version of a registered model, and gives it an alias.

    The registered model is made where there is none of that name. A version of this very model is
    taken again instead of made twice. The alias is moved last, so that whoever asks for it gets
    the old version or the whole new one.

    Args:
        record: The run.
        name: Of the registered model: letters, digits, `_` and `-`.
        alias: Of the version; the version that had it loses it.
        description: Of the version, Markdown.

    Raises:
        ValueError: The name or the alias is not one.
        StoreError: The run stored no model, or the store takes none.
    """
    from mlflow.exceptions import MlflowException

    require_name(name, alias)
    record.saved_model()  # says what is wrong where it is gone
    client, model_id = record.connection.client, record.tags["model_id"]
    with in_words(record.connection.location):
        try:
            client.create_registered_model(name)
        except MlflowException as problem:
            if problem.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        known = client.search_model_versions(f"name = '{name}'")
        same = [each for each in known if each.run_id == record.run_id]
        if same:
            version = same[0].version
            client.update_model_version(name, version, description)
        else:
            made = client.create_model_version(
                name,
                source=_source(record, model_id),
                run_id=record.run_id,
                description=description,
                model_id=model_id,
            )
            if made.status != "READY":
                raise StoreError(f"Version {made.version} of {name} is {made.status}, not READY.")
            version = made.version
        client.set_registered_model_alias(name, alias, str(version))
    return Registered(name, int(version), alias, f"models:/{name}@{alias}")


def _source(record: RunRecord, model_id: str) -> str:
    """Where the model lies: a server knows by its id, a database wants the place."""
    if record.connection.location.database is None:
        return f"models:/{model_id}"
    return record.connection.client.get_logged_model(model_id).artifact_location
