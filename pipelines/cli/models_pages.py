"""What a person reads of the catalogue: the list, one network, the table of its layers."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.models.layer_table import LayerRow

MARGIN = (0, 0, 0, 4)


def list_page(documents: Sequence[Mapping[str, Any]]) -> None:
    """Every network with its paper and its forms."""
    console = screen(highlight=False)
    for document in documents:
        _head(console, document)
        if document["forms"]:
            console.print(Padding(_forms(document["forms"]), MARGIN))
    console.print("\nOne in full: dlsuite models NAME. Its layers: dlsuite models NAME --layers.")


def network_page(document: Mapping[str, Any]) -> None:
    """One network: paper, forms with who counted them, arguments, stages."""
    console = screen(highlight=False)
    _head(console, document)
    for form in document["forms"]:
        console.print(Padding(_forms([form]), MARGIN))
        console.print(Padding(escape(_circumstances(form)), (0, 0, 0, 8)))
    console.print()
    for each in document["arguments"]:
        told = each["allowed"] or ""
        told += (
            "" if each["required"] else f"{'; ' if told else ''}default {_yaml(each['default'])}"
        )
        console.print(f"[bold]{each['name']}[/]  {escape(told)}".rstrip())
        console.print(Padding(escape(each["meaning"]), MARGIN))
    if document["stages"]:
        console.print(f"\nStages: {', '.join(document['stages'])}.", soft_wrap=True)
    if document["smallest"]:
        console.print(f"Smallest image: {document['smallest']} pixels a side.")
    console.print(
        f"\nIn a recipe, model: {{type: {document['name']}}}; input_shape and num_classes come "
        "from the data, and dropout stands under regularization."
    )


def layers_page(
    name: str, given: Mapping[str, Any], rows: Sequence[LayerRow], sums: LayerRow
) -> None:
    """What each layer gives out, holds and computes."""
    console = screen(highlight=False)
    told = ", ".join(f"{key} {_yaml(value)}" for key, value in given.items())
    console.print(f"[bold]{name}[/]  {escape(told)}\n")
    table = Table("layer", "output", box=None)
    for heading in ("parameters", "not trained", "multiply-adds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row))
    table.add_section()
    table.add_row(*_cells(sums), style="bold")
    console.print(table)


def meanings(build: Callable[..., Any]) -> dict[str, str]:
    """Argument -> what the docstring of a function says of it."""
    text = inspect.getdoc(build) or ""
    section = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
    if section is None:
        return {}
    found = re.findall(r"^ {4}(\w+): (.*?)(?=^ {4}\w|\Z)", section[1], re.DOTALL | re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in found}


def _head(console: Console, document: Mapping[str, Any]) -> None:
    console.print(f"[bold]{document['name']}[/]  {escape(document['what'])}")
    if document["title"]:
        paper = "{authors} {year}: {title}. {venue}.".format(**document)
        console.print(Padding(escape(paper), MARGIN))


def _forms(forms: Sequence[Mapping[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)
    for form in forms:
        published = f"{form['published']:,}"
        same = "as published" if form["equal"] else f"[red]published {published}[/]"
        table.add_row(form["name"], f"{form['counted']:,}", same)
    return table


def _circumstances(form: Mapping[str, Any]) -> str:
    sides = "x".join(map(str, form["input_shape"]))
    apart = f", without {', '.join(form['without'])}" if form["without"] else ""
    return f"{sides}, {form['num_classes']:,} classes{apart}. Published: {form['source']}."


def _cells(row: LayerRow) -> tuple[str, ...]:
    output = "x".join("?" if side is None else str(side) for side in row.output)
    numbers = (row.parameters, row.moving, row.multiply_adds)
    return row.name, output, *("?" if n is None else f"{n:,}" if n else "" for n in numbers)


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
