"""`dlsuite models`: the catalogue, each network with its paper and its parameters counted here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.completion import builders_like
from pipelines.cli.output import Json, emit

if TYPE_CHECKING:
    from dlsuite.models.listing import Entry
    from dlsuite.models.published import Form
    from dlsuite.recipe.slots import Slot

ALWAYS = ("input_shape", "num_classes")  # what a program passes and a recipe may not


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite models resnet depth=18 --layers")(models)


def models(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="One network, with all of it.", autocompletion=builders_like
        ),
    ] = None,
    choices: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="With --layers: its arguments, such as depth=18."),
    ] = None,
    layers: Annotated[
        bool,
        typer.Option("--layers", help="Output, parameters and multiply-adds of each layer."),
    ] = False,
    as_json: Json = False,
) -> None:
    """List the networks: paper, year, and parameters counted now beside the published number.

    The exit code is 1 where a count is not the published one.
    """
    from pipelines.cli.waiting import loading

    if choices and not layers:
        raise typer.BadParameter("needs --layers.", param_hint="KEY=VALUE")
    with loading("loading TensorFlow"):
        from dlsuite.models.listing import entries

        known = {entry.name: entry for entry in entries()}
    if name is None:
        if layers:
            raise typer.BadParameter("needs the NAME of a network.", param_hint="--layers")
        chosen = list(known.values())
    elif name not in known:
        raise typer.BadParameter(
            f"must be one of {', '.join(known)}. Received: {name}.", param_hint="NAME"
        )
    else:
        chosen = [known[name]]
    if layers:
        return _layers(chosen[0], choices or [], as_json)
    return _list(chosen, as_json, in_full=name is not None)


def _list(chosen: list[Entry], as_json: bool, *, in_full: bool) -> None:
    from dlsuite.progress import working
    from pipelines.cli.models_pages import list_page, network_page

    with working("counting parameters"):
        documents = [_document(entry, in_full) for entry in chosen]
    if as_json:
        emit(documents[0] if in_full else documents)
    elif in_full:
        network_page(documents[0])
    else:
        list_page(documents)
    wrong = [form for each in documents for form in each["forms"] if not form["equal"]]
    if wrong:
        typer.echo("dlsuite: a count is not the published one; the exit code is 1.", err=True)
        raise typer.Exit(1)


def _document(entry: Entry, in_full: bool) -> dict[str, Any]:
    """What is told of a network, its forms counted."""
    paper = entry.paper
    told = {key: getattr(paper, key, None) for key in ("authors", "title", "year", "venue")}
    forms = [_form(entry, form) for form in (paper.forms if paper else ())]
    document = {"name": entry.name, "what": entry.what, **told, "forms": forms}
    if in_full:
        document["smallest"] = getattr(paper, "smallest", None)
        document["stages"] = getattr(paper, "stages", ())
        document["arguments"] = _arguments(entry)
    return document


def _form(entry: Entry, form: Form) -> dict[str, Any]:
    from dlsuite.models.listing import counted

    count = counted(entry, form)
    return {
        "name": form.name,
        "choices": form.choices,
        "input_shape": form.input_shape,
        "num_classes": form.num_classes,
        "without": form.without,
        "counted": count,
        "published": form.parameters,
        "equal": count == form.parameters,
        "source": form.source,
    }


def _arguments(entry: Entry) -> list[dict[str, Any]]:
    """What the builder takes, each with what it may be."""
    from inspect import signature

    from dlsuite.recipe.wording import allowed
    from pipelines.cli.models_pages import meanings

    meant, required = meanings(entry.build), _required(entry)
    taken = signature(entry.build).parameters
    return [
        {
            "name": name,
            "allowed": None if name in ALWAYS else allowed(slot),
            "required": name in required,
            "default": None if name in required else taken[name].default,
            "meaning": meant.get(name, ""),
        }
        for name, slot in _slots(entry).items()
    ]


def _required(entry: Entry) -> list[str]:
    from dlsuite.recipe.signature import parameters, required

    return required(parameters(entry.build))


def _slots(entry: Entry) -> dict[str, Slot]:
    from dlsuite.recipe import Room
    from dlsuite.recipe.slots import Slot

    taken = Room("dlsuite.models").arguments(entry.build)
    return Slot(taken.adapter.core_schema, {}).keys({})


def _layers(entry: Entry, choices: list[str], as_json: bool) -> None:
    from dlsuite.models.layer_table import layer_table, total
    from dlsuite.models.weightless import weightless
    from pipelines.cli.models_pages import layers_page

    given = _as_asked(entry, choices)
    build = partial(entry.build, **given)
    # One without a published form may read its weights from elsewhere.
    rows = layer_table(weightless(build) if entry.paper and entry.paper.forms else build())
    if as_json:
        emit({"name": entry.name, "arguments": given, "layers": rows, "total": total(rows)})
    else:
        layers_page(entry.name, given, rows, total(rows))


def _as_asked(entry: Entry, choices: list[str]) -> dict[str, Any]:
    """Arguments of the builder: the words', else its defaults and the data of the first form."""
    from pydantic import ValidationError
    from ruamel.yaml import YAML

    from dlsuite.recipe import Room
    from dlsuite.recipe.wording import must_be

    slots, given = _slots(entry), {}
    for text in choices:
        key, sign, value = text.partition("=")
        if not sign or key not in slots:
            raise typer.BadParameter(
                f"must be KEY=VALUE with one of {', '.join(slots)}. Received: {text}.",
                param_hint="KEY=VALUE",
            )
        given[key] = YAML(typ="safe", pure=True).load(value)
    form = entry.paper.forms[0] if entry.paper and entry.paper.forms else None
    if form is not None:
        shaped = {"input_shape": list(form.input_shape), "num_classes": form.num_classes}
        given = {**shaped, **given}
    missing = [key for key in _required(entry) if key not in given]
    if missing:
        raise typer.BadParameter(
            f"{entry.name} needs {', '.join(missing)}; a shape is input_shape=[32,32,3].",
            param_hint="KEY=VALUE",
        )
    try:
        return Room("dlsuite.models").arguments(entry.build).read(given)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        said = f"{key} {must_be(slots[key], given[key])}"
        raise typer.BadParameter(said, param_hint="KEY=VALUE") from error
