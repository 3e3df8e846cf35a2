"""What a person reads after the commands of `dlsuite data`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from dlsuite.data.catalog import DataSet, data_folder, shown
from dlsuite.data.catalog_files import Held
from dlsuite.progress.pieces import amount
from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.data.checks import DataCheck
    from dlsuite.data.checks_boxes import Boxes

STATES = {
    "whole": "[green]here, verified[/]",
    "here": "[green]here[/], not verified",
    "incomplete": "[yellow]here in part[/]",
    "damaged": "[red]damaged[/]",
    "other edition": "[yellow]here in another edition[/]",
    "absent": "[dim]not here[/]",
}
COLOURS = {"refused": "red", "leak": "red", "warning": "yellow"}
MOST_CLASSES = 20  # rows of a table of classes
MOST_BAD = 10  # examples listed


def list_page(looked: Iterable[tuple[DataSet, Held]], folder: Path | None) -> None:
    """A paragraph for each set."""
    console = screen()
    for entry, state in looked:
        size = amount(entry.download) if entry.download else "?"
        console.print(f"[bold]{entry.name}[/]  {size}  {STATES[state.state]}", highlight=False)
        _print(console, entry.what, 4)
        _print(console, f"Licence: {entry.licence}.", 4)
    console.print()
    where = shown(folder or data_folder())
    console.print(f"Looked in {where}. Fetch one: dlsuite data get NAME", highlight=False)


def plan_line(entry: DataSet, folder: Path | None, dry_run: bool) -> None:
    """What will be fetched, or would be, from where and under which licence."""
    from dlsuite.data.catalog_files import held
    from dlsuite.data.download_sets import kept, lacking, tensorflow_urls

    state = held(entry, folder)
    console = screen(stderr=not dry_run)
    if state.state == "whole":
        console.print(f"{entry.name} is here and whole.", highlight=False)
        return
    if state.state == "here" and entry.tfds is not None:
        told = "is here; what TensorFlow Datasets prepared cannot be verified."
        console.print(f"{entry.name} {told}", highlight=False, soft_wrap=True)
        return
    if entry.tfds is not None:
        urls = tensorflow_urls(entry.tfds) if dry_run else {}
        size = sum(urls.values()) or entry.download
        addresses = [f"{url}" for url in urls]
    else:
        wanted = lacking(entry, state)
        size = sum(file.bytes for file in wanted) - state.fetched
        addresses = [file.urls[0] for file in wanted]
    told = f"{entry.name}: {amount(size)}, " if size else f"{entry.name}: "
    console.print(
        f"{told}licence: {escape(entry.licence)}, to {escape(shown(state.place))}",
        highlight=False,
        soft_wrap=True,
    )
    for name, old in kept(state).items():
        console.print(
            f"    {escape(name)} there is another edition and is kept as {escape(old.name)}",
            highlight=False,
            soft_wrap=True,
        )
    if dry_run:
        for address in addresses:
            console.print(f"    {escape(address)}", highlight=False, soft_wrap=True)


def fetched_page(entry: DataSet, state: Held, folder: Path | None) -> None:
    """Where a set is now and how a recipe reads it."""
    console = screen()
    what = f"{len(entry.files)} files, verified, " if entry.files else ""
    told = f"{entry.name}: {what}in {shown(state.place)}"
    console.print(escape(told), highlight=False, soft_wrap=True)
    if entry.source is not None:
        inside = ", ".join(f"{name}: {_yaml(value)}" for name, value in entry.source.items())
        console.print(
            f"    data: {{source: {{{escape(inside)}}}}}", highlight=False, soft_wrap=True
        )
    if entry.note:
        _print(console, f"Note: {entry.note}.", 4)
    if folder is not None and folder.resolve() != data_folder().resolve():
        console.print(
            f"    Recipes find it with: export DLSUITE_DATA={escape(str(folder.resolve()))}",
            highlight=False,
            soft_wrap=True,
        )


def set_document(entry: DataSet, state: Held) -> dict[str, Any]:
    """A set for scripts."""
    return {
        "name": entry.name,
        "what": entry.what,
        "bytes": entry.download or None,
        "licence": entry.licence,
        "home": entry.home,
        "state": state.state,
        "here": state.state in ("whole", "here"),
        "folder": str(state.place),
        "missing": list(state.missing),
        "damaged": dict(state.wrong),
        "editions": dict(state.editions),
        "files": [
            {"name": f.name, "bytes": f.bytes, "sha256": f.sha256, "urls": list(f.urls)}
            for f in entry.files
        ],
        "tfds": entry.tfds,
        "source": entry.source,
        "note": entry.note,
    }


def check_page(check: DataCheck, written: Sequence[Path]) -> None:
    """Counts, what the examples are like, then what was found, worst first."""
    console = screen()
    total = sum(check.report.counts.values())
    console.print(f"[bold]{total:,} examples[/] read by {escape(check.source)}", highlight=False)
    console.print(_counts(check))
    if check.pictures is not None:
        _pictures(console, check)
    if check.boxes is not None:
        console.print(_boxes(check.boxes))
    if check.columns:
        console.print(_columns(check))
    for item in check.bad[:MOST_BAD]:
        _print(console, f"{item['path']}: {item['reason']}", 2)
    if len(check.bad) > MOST_BAD:
        _print(console, f"and {len(check.bad) - MOST_BAD:,} more", 2)
    console.print()
    for finding in check.findings:
        console.print(
            f"[{COLOURS[finding.kind]}]{finding.kind}:[/] {escape(finding.message)}",
            highlight=False,
            soft_wrap=True,
        )
    if not check.findings:
        console.print("[green]Nothing was found to be wrong.[/]", highlight=False)
    elif check.clean:
        console.print("[green]`train` takes it, and nothing leaks between splits.[/]")
    if written:
        listed = ", ".join(path.name for path in written)
        console.print(
            f"Written to {escape(str(written[0].parent))}: {escape(listed)}",
            highlight=False,
            soft_wrap=True,
        )


def _counts(check: DataCheck) -> Table:
    """Examples by split, and by class where there are classes."""
    splits = list(check.report.counts)
    table = Table("", *splits, box=None, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    what = "all" if check.boxes is None else "pictures"
    table.add_row(what, *(f"{check.report.counts[split]:,}" for split in splits))
    classes = {name: 0 for counts in check.report.classes.values() for name in counts}
    for name in list(classes)[:MOST_CLASSES]:
        row = [check.report.classes.get(split, {}).get(name, 0) for split in splits]
        with_it = "" if check.boxes is None else "  with "
        table.add_row(f"{with_it}{escape(name)}", *(f"{count:,}" for count in row))
    if len(classes) > MOST_CLASSES:
        table.add_row(f"and {len(classes) - MOST_CLASSES} more", *("" for _ in splits))
    return table


def _pictures(console: Console, check: DataCheck) -> None:
    found = check.pictures
    assert found is not None
    (low, middle, high), (narrow, usual, wide) = found.heights, found.widths
    same = (
        f"{middle}x{usual}"
        if len(found.sizes) == 1
        else (f"{low} to {high} high (median {middle}), {narrow} to {wide} wide (median {usual})")
    )
    kind = "grey" if found.channels == 1 else "colour"
    console.print(f"{found.count:,} pictures in {kind}, pixels: {same}", highlight=False)


def _boxes(boxes: Boxes) -> Table:
    """Boxes by class and split, and how large they are."""
    splits = list(boxes.counts)
    table = Table("boxes", *splits, "shorter side, pixels", box=None, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    totals = (f"{sum(boxes.counts[split].values()):,}" for split in splits)
    table.add_row("all", *totals, f"at most {boxes.most} in a picture")
    names = list(boxes.counts[splits[0]])
    for name in names[:MOST_CLASSES]:
        counts = (f"{boxes.counts[split][name]:,}" for split in splits)
        sides = boxes.sides.get(name)
        size = "" if sides is None else f"{sides[0]:.0f} to {sides[2]:.0f}, median {sides[1]:.0f}"
        table.add_row(escape(name), *counts, size)
    if len(names) > MOST_CLASSES:
        table.add_row(f"and {len(names) - MOST_CLASSES} more", *("" for _ in (*splits, "")))
    return table


def _columns(check: DataCheck) -> Table:
    table = Table(
        "column", "kind", "distinct", "missing", "least", "mean", "most", box=None,
        header_style="bold",
    )  # fmt: skip
    for column in table.columns[2:]:
        column.justify = "right"
    for found in check.columns:
        numbers = ("" if v is None else f"{v:.4g}" for v in (found.least, found.mean, found.most))
        counts = (f"{found.distinct:,}", f"{found.missing:,}" if found.missing else "")
        table.add_row(escape(found.name), found.kind, *counts, *numbers)
    return table


def _print(console: Console, text: str, indent: int) -> None:
    console.print(Padding(escape(text), (0, 0, 0, indent)), highlight=False)


def _yaml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) and "$" in value else str(value)
