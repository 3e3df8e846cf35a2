"""A selection in words: what was taken and why, for the terminal, the registry and files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dlsuite.figures.selection import pareto_picture
from dlsuite.strategy.markdown import markdown_table
from dlsuite.strategy.selection import Constraint
from dlsuite.studies.select import Selected
from dlsuite.tracking import RunRecord
from dlsuite.tracking.pictures import saved

FILES = ("selection.json", "selection.csv")


def called(record: RunRecord) -> str:
    """Such as `wine_mlp 1a2b3c4d`."""
    return f"{record.name} {record.run_id[:8]}"


def sentences(found: Selected) -> list[str]:
    """The answer, the first sentence first."""
    selection, most = found.selection, "largest" if found.direction == "max" else "smallest"
    asked = " and ".join(map(str, found.constraints))
    if found.winner is None:
        return _nothing(found, asked)
    among = f" of the {len(selection.feasible)} runs with {asked}" if asked else ""
    if len(selection.feasible) == 1 and asked:
        most, among = "only", f" run with {asked}"
    value = found.value(found.winner.run_id)
    said = [f"Take {called(found.winner)}: {found.optimize} {value:.4g}, the {most}{among}."]
    if selection.runner_up is None:
        said.append("No other run meets every constraint." if asked else "There is no other run.")
    else:
        said.append(_runner_up(found))
    if selection.binding is not None:
        other = str(selection.would_win)
        said.append(
            f"The binding constraint is {selection.binding}: without it "
            f"{called(found.records[other])} would be taken, {found.optimize} "
            f"{found.value(other):.4g}."
        )
    elif asked:
        said.append("No constraint is binding: without any one of them the answer is the same.")
    return said


def to_dict(found: Selected) -> dict[str, Any]:
    """Plain values, ready for JSON."""
    selection = found.selection
    lead = found.lead
    return {
        "optimize": found.optimize,
        "direction": found.direction,
        "constraints": list(map(str, found.constraints)),
        "winner": selection.winner,
        "runner_up": selection.runner_up,
        "ties": list(selection.ties),
        "binding": None if selection.binding is None else str(selection.binding),
        "would_win": selection.would_win,
        "pareto": list(selection.pareto),
        "feasible": list(selection.feasible),
        "unmeasured": list(selection.unmeasured),
        "remeasured": list(found.finalists),
        "lead_of_runner_up": None
        if lead is None or lead.interval is None
        else {
            "difference": lead.interval.estimate,
            "low": lead.interval.low,
            "high": lead.interval.high,
            "finding": lead.finding,
        },
        "runs": rows(found).to_dict("records"),
        "notes": list(found.notes),
        "sentences": sentences(found),
    }


def rows(found: Selected) -> pd.DataFrame:
    """Every run with its metrics and its part in the answer, the best first.

    `misses` is by how much each missed constraint is missed.
    """
    selection = found.selection
    first = [*selection.feasible, *selection.misses.index, *found.table.index]
    order = list(dict.fromkeys(map(str, first)))
    table = found.table.loc[order]
    facts: dict[str, Sequence[Any]] = {
        "run_id": order,
        "name": [found.records[each].name for each in order],
        "feasible": [each in selection.feasible for each in order],
        "pareto": [each in selection.pareto for each in order],
        "misses": [_missed(found, each) for each in order],
    }
    numbers = {str(name): table[name].to_numpy() for name in table}
    return pd.DataFrame(facts | numbers)


def picture(found: Selected) -> Figure | None:
    """The goal against the first constrained metric; None where there is none or it is unknown."""
    costs = [each for each in found.constraints if each.metric != found.optimize]
    if not costs or found.table[[found.optimize, costs[0].metric]].dropna().empty:
        return None
    return pareto_picture(
        found.table,
        found.optimize,
        costs[0].metric,
        pareto=found.selection.pareto,
        feasible=found.selection.feasible,
        winner=found.selection.winner,
        limit=costs[0].limit,
        names=[called(found.records[each]) for each in found.table.index],
    )


def markdown(found: Selected) -> str:
    """The evidence, as the description of a registered model."""
    shown = rows(found).head(10)
    metrics = list(map(str, found.table))
    table: list[Sequence[str]] = [("run", *metrics, "misses")]
    for row in shown.to_dict("records"):
        name = called(found.records[row["run_id"]])
        table.append((name, *(f"{row[metric]:.4g}" for metric in metrics), row["misses"]))
    parts = [" ".join(sentences(found)), markdown_table(table)]
    parts += [f"> {note}" for note in found.notes]
    return "\n\n".join(parts)


def files_of(found: Selected, folder: Path) -> list[Path]:
    """What `write` writes into a folder."""
    drawn = picture(found) is not None
    return [folder / name for name in (*FILES, *(["selection.png"] if drawn else []))]


def write(found: Selected, folder: Path) -> list[Path]:
    """Writes JSON, CSV and picture into a folder, which is made if need be; files are replaced."""
    files, drawn = files_of(found, folder), picture(found)
    folder.mkdir(parents=True, exist_ok=True)
    plain = json.loads(pd.Series([to_dict(found)]).to_json(orient="records"))[0]  # NaN to null
    files[0].write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    rows(found).to_csv(files[1], index=False)
    if drawn is not None:
        saved(drawn, files[2])
    return files


def _nothing(found: Selected, asked: str) -> list[str]:
    selection = found.selection
    if len(selection.misses):
        nearest = selection.misses.index[0]
        said = [f"No run meets {asked}."]
        missed = _missed(found, nearest)
        said.append(f"Nearest is {called(found.records[nearest])}, which misses {missed}.")
        return said
    return [f"No run has {found.optimize}."]


def _runner_up(found: Selected) -> str:
    selection = found.selection
    other = str(selection.runner_up)
    said = f"Next is {called(found.records[other])} with {found.value(other):.4g}"
    lead = found.lead
    if lead is None or lead.interval is None:
        return f"{said}."
    low, high = lead.interval.low, lead.interval.high
    said += f", {lead.interval.estimate:+.4g} (95 % interval {low:+.4g} to {high:+.4g})"
    if lead.finding in ("not distinguishable from noise", "identical"):
        return f"{said}: {lead.finding}, so whatever else speaks for it may decide."
    return f"{said}."


def _missed(found: Selected, run_id: Any) -> str:
    misses = found.selection.misses
    if run_id not in misses.index:
        return ""
    missed = {each: float(misses[str(each)].loc[run_id]) for each in found.constraints}
    return ", ".join(_by(each, excess) for each, excess in missed.items() if excess)


def _by(constraint: Constraint, excess: float) -> str:
    measured = excess < float("inf")
    return f"{constraint} by {excess:.4g}" if measured else f"{constraint}: not measured"
